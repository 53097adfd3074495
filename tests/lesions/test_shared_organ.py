"""Organ and lesions: conservation of energy, one dose where all are as active, electrons in closed form."""

from __future__ import annotations

import pytest

from dosimetry import DosimetryError
from lesions.doses.around.shared_organ import shared_organ

ORGAN = {"photon": 0.4, "electron": 0.3, "alpha": 5.0}
MASSES = [0.004, 0.060, 0.011]
#: S of lesions to themselves: all alphas, most electrons, few photons stay; energies as the organ's x 1.8 kg.
LESIONS = [
    {"photon": 3.0, "electron": p * 0.54 / m, "alpha": 9.0 / m}
    for p, m in zip((0.9, 0.98, 0.94), MASSES, strict=True)
]
KINDS = tuple(ORGAN)


def test_where_all_are_as_active_all_have_the_organs_dose() -> None:
    found = shared_organ(1.8, ORGAN, MASSES, LESIONS)
    concentration = 7.0
    for kind in KINDS:
        organ = concentration * 1.8 * ORGAN[kind]
        for i, mass in enumerate(MASSES):
            others = sum(m for j, m in enumerate(MASSES) if j != i)
            dose = concentration * (
                mass * LESIONS[i][kind]
                + others * found.between[kind]
                + found.healthy_mass_kg * found.to_lesion[i][kind]
            )
            assert dose == pytest.approx(organ, rel=1e-12)
        theirs = sum(m * s[kind] for m, s in zip(MASSES, found.to_lesion, strict=True))
        healthy = concentration * (found.healthy_mass_kg * found.healthy[kind] + theirs)
        assert healthy == pytest.approx(organ, rel=1e-12)


def test_energy_is_conserved_whoever_emits_it() -> None:
    """Energy that starts in the healthy tissue alone and in each lesion alone; together that of the organ."""
    found = shared_organ(1.8, ORGAN, MASSES, LESIONS)
    for kind in KINDS:
        h = found.healthy_mass_kg
        absorbed = h * h * found.healthy[kind]
        for i, mass in enumerate(MASSES):
            absorbed += 2.0 * h * mass * found.to_lesion[i][kind] + mass * mass * LESIONS[i][kind]
            absorbed += sum(mass * m * found.between[kind] for j, m in enumerate(MASSES) if j != i)
        assert absorbed == pytest.approx(1.8**2 * ORGAN[kind], rel=1e-12)


def test_electrons_around_a_lesion_give_back_what_leaves_it() -> None:
    """E (1 - phi)/m_H: with E = 0.54 for the organ's 1.8 kg x 0.3, and phi = 0.9."""
    found = shared_organ(1.8, ORGAN, MASSES[:1], LESIONS[:1])
    assert found.to_lesion[0]["electron"] == pytest.approx(0.54 * 0.1 / (1.8 - 0.004), rel=1e-12)
    assert found.to_lesion[0]["alpha"] == pytest.approx(0.0, abs=1e-12)


def test_what_leaves_at_the_organs_surface_does_not_take_from_a_lesion_inside() -> None:
    """An organ that keeps 99 % of its electrons: the lesion gets E (1 - phi)/m_H; energy is conserved."""
    leaking = {**ORGAN, "electron": 0.99 * ORGAN["electron"]}
    emitted = {kind: 1.8 * s for kind, s in ORGAN.items()}
    found = shared_organ(1.8, leaking, MASSES[:1], LESIONS[:1], emitted)
    assert found.to_lesion[0]["electron"] == pytest.approx(0.54 * 0.1 / (1.8 - 0.004), rel=1e-12)
    h, mass = found.healthy_mass_kg, MASSES[0]
    absorbed = h * h * found.healthy["electron"] + 2.0 * h * mass * found.to_lesion[0]["electron"]
    absorbed += mass * mass * LESIONS[0]["electron"]
    assert absorbed == pytest.approx(1.8**2 * leaking["electron"], rel=1e-12)
    assert (
        found.to_lesion[0]["photon"]
        == shared_organ(1.8, ORGAN, MASSES[:1], LESIONS[:1]).to_lesion[0]["photon"]
    )


def test_lesions_that_are_all_of_the_organ_are_refused() -> None:
    with pytest.raises(DosimetryError, match=r"weigh 75 g and leave nothing of its 70 g.*organs\.mass"):
        shared_organ(0.07, ORGAN, MASSES, LESIONS)
