"""Masses in another unit: refused unless confirmed, by the reference body and the patient's."""

from __future__ import annotations

import pytest

from dosimetry import DosimetryError, absorbed_dose
from dosimetry.svalues.mass_limits import check_masses, unlikely_mass
from phantoms import load_phantom

MAN = load_phantom("adult male")
LIVER_KG = MAN.source_mass_kg["liver"]
BODY_KG = MAN.source_mass_kg["total body"]


@pytest.mark.parametrize(
    ("factor", "body", "fits"),
    [
        (0.199, None, False), (0.201, None, True), (4.99, None, True), (5.01, None, False),
        (0.25, 1.0, True), (0.25, 1.5, False), (6.0, 1.5, True), (1e-3, None, False),
    ],
)  # fmt: skip
def test_a_fifth_to_five_times_the_reference_in_proportion_to_the_body(
    factor: float, body: float | None, fits: bool
) -> None:
    problem = unlikely_mass("liver", factor * LIVER_KG, MAN, None if body is None else body * BODY_KG)
    assert (problem is None) == fits


def test_the_message_names_the_likely_unit() -> None:
    assert "kilograms taken for grams?" in str(unlikely_mass("liver", LIVER_KG / 1000, MAN))
    assert "milligrams taken for grams?" in str(unlikely_mass("liver", LIVER_KG * 1000, MAN))
    assert "taken for" not in str(unlikely_mass("liver", LIVER_KG * 10, MAN))


def test_a_dose_wants_a_confirmed_mass() -> None:
    tiac, mass = {"liver": 10.0}, {"liver": LIVER_KG / 10}
    with pytest.raises(DosimetryError, match=r"mass of 'liver', .* confirm it if it is so"):
        absorbed_dose(tiac, "Zr-89", MAN, organ_mass_kg=mass)
    dose = absorbed_dose(tiac, "Zr-89", MAN, organ_mass_kg=mass, confirmed_masses=["Liver"])
    assert dose["liver"] > 4 * absorbed_dose(tiac, "Zr-89", MAN)["liver"]


def test_organs_do_not_outweigh_the_body() -> None:
    heavy = {"liver": 4.0, "muscle": 50.0}
    with pytest.raises(DosimetryError, match="liver, muscle are 54 kg together, the body's is 50 kg"):
        check_masses(heavy, MAN, 50.0, confirmed=["liver", "muscle"])
    check_masses(heavy, MAN, 60.0, confirmed=["liver", "muscle"])
    with pytest.raises(DosimetryError, match="300 kg together; the body of 'adult male' weighs"):
        check_masses({"muscle": 300.0}, MAN, confirmed=["muscle"])
