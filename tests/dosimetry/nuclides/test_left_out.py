"""Energy of daughters that are left out: Bateman's equations in exact decimals, warnings on doses."""

import math
from decimal import Decimal, localcontext

import pytest

from dosimetry import (
    DosimetryError,
    absorbed_dose,
    absorbed_dose_of_chain,
    doses_in_bodies,
    left_out_energy,
    sphere_dose,
)
from dosimetry.nuclides.chains import branchings, descendants, equilibrium
from dosimetry.nuclides.left_out import decays_in_place, left_out_note, still_left_out
from dosimetry.nuclides.nuclide import nuclide
from phantoms import load_phantom


def bateman(name: str, years: float) -> dict[str, Decimal]:
    """Decays by the closed form, path by path: 1 - sum_i e^(-l_i T) prod_j l_j/(l_j - l_i), in 160 digits.

    60 are not enough: the terms of 238U's twenty members cancel over 100 decades.
    """
    found: dict[str, Decimal] = {}
    end = Decimal(repr(years)) * Decimal("365.2422") * 86400

    def visit(path: list[str], share: Decimal) -> None:
        rates = [Decimal(2).ln() / Decimal(repr(nuclide(n).half_life_s)) for n in path]
        left = Decimal(0)
        for i, one in enumerate(rates):
            term = (-one * end).exp()
            for j, other in enumerate(rates):
                if i != j:
                    term *= other / (other - one)
            left += term
        found[path[-1]] = found.get(path[-1], Decimal(0)) + share * (1 - left)
        daughters = branchings().get(path[-1], ())
        total = max(Decimal(1), sum((Decimal(repr(b)) for _, b in daughters), Decimal(0)))
        for daughter, branching in daughters:
            visit([*path, daughter], share * Decimal(repr(branching)) / total)

    with localcontext() as context:
        context.prec = 160
        visit([name], Decimal(1))
        return {n: d / found[name] for n, d in found.items()}


@pytest.mark.parametrize(
    "name",
    [
        "Ac-225",
        "Ra-223",
        "Pb-212",
        "Tc-99m",
        "At-211",
        "Sr-90",
        "U-238",
        "U-235",
        "Th-232",
        "Am-241",
        "Pu-241",
    ],
)
@pytest.mark.parametrize("years", [1e-3, 50.0, 1e6])
def test_decays_of_daughters_are_batemans(name: str, years: float) -> None:
    """Half-lives from 0.3 us to 1.4e10 years, decays per decay of the parent down to 1e-20 and below."""
    found = decays_in_place(name, nuclide(name).half_life_s, years)
    exact = bateman(name, years)
    assert set(found) == set(exact) == {name, *descendants(name)}
    for member, decays in found.items():
        if exact[member] > Decimal("1e-250"):
            assert float(abs(Decimal(repr(decays)) / exact[member] - 1)) < 1e-11, member


@pytest.mark.parametrize("name", ["Ac-225", "Ra-223", "Pb-212"])
def test_for_all_time_every_atom_goes_down_the_chain(name: str) -> None:
    found = decays_in_place(name, nuclide(name).half_life_s, math.inf)
    assert dict(found) == pytest.approx(equilibrium(name), rel=1e-12)
    within = decays_in_place(name, nuclide(name).half_life_s, 1e4)
    assert dict(within) == pytest.approx(dict(found), rel=1e-12)


def test_a_tc99m_atom_has_the_decays_of_tc99_in_50_years_that_its_half_life_says() -> None:
    """All 99mTc is 99Tc at once: 1 - e^(-l T), with ICRP 107's half-life of 2.111e5 years."""
    decays = left_out_energy("Tc-99m").decays["Tc-99"]
    (_, branching), = branchings()["Tc-99m"]  # fmt: skip
    whole = -math.expm1(-math.log(2) * 50 / 2.111e5)
    assert decays == pytest.approx(branching * whole, rel=1e-4)
    assert 1e-4 < decays < 2e-4


def test_energy_by_kind_is_the_sum_over_daughters() -> None:
    out = left_out_energy("Pb-212")
    assert set(out.decays) == {"Bi-212", "Po-212", "Tl-208"}
    for kind, value in out.energy_MeV.items():
        assert value == pytest.approx(
            sum(
                d * nuclide(n).energy_per_decay_MeV[kind]
                for n, d in equilibrium("Pb-212").items()
                if n != "Pb-212"
            ),
            rel=1e-9,
        )
    own = sum(nuclide("Pb-212").energy_per_decay_MeV.values())
    whole = sum(out.energy_MeV.values())
    assert out.counted_MeV == pytest.approx(own)
    assert out.share == pytest.approx(whole / (whole + own))
    some = left_out_energy("Pb-212", ["212Bi"])
    assert set(some.decays) == {"Po-212", "Tl-208"}
    assert some.counted_MeV + sum(some.energy_MeV.values()) == pytest.approx(own + whole, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "daughters", "warns"),
    [
        ("Pb-212", "none", True), ("Ac-225", "none", True), ("Ra-223", "none", True), ("Sr-90", "none", True),
        ("F-18", "none", False), ("Tc-99m", "none", False), ("Lu-177", "none", False),
        ("Pb-212", "equilibrium", False), ("Ac-225", "equilibrium", False),
        # 33 years of 207Bi, which lives longer than 211At; 0.34 % of the energy by 131mXe
        ("At-211", "equilibrium", True), ("I-131", "none", False),
    ],
)  # fmt: skip
def test_more_than_1_percent_is_a_warning_with_the_dose(name: str, daughters: str, warns: bool) -> None:
    assert (left_out_energy(name, daughters).share > 0.01) == warns
    dose = absorbed_dose({"liver": 0.5}, name, "adult male", daughters=daughters)
    said = [n for n in dose.notes if "daughters left out" in n]
    assert len(said) == warns
    if warns:
        out = left_out_energy(name, daughters)
        assert said[0].startswith(f"{name}: daughters left out ({', '.join(out.decays)}) emit ")
        assert f"emit {100 * out.share:.2g} % of the energy" in said[0]
    assert dose.facts()["notes"].count("daughters left out") == warns


def test_what_has_tiacs_of_its_own_is_not_left_out() -> None:
    chain = {"Pb-212": {"liver": 5.0}, "Bi-212": {"liver": 4.0, "kidneys": 1.0}}
    rest = left_out_note("Pb-212", "none", ["Bi-212"])
    assert "left out (Po-212, Tl-208)" in rest
    whole = chain | {"Po-212": {"liver": 2.6}, "Tl-208": {"liver": 1.4}}
    for given, notes in ((chain, [rest]), (whole, [])):
        by_sum = absorbed_dose_of_chain(given, "adult male")
        at_once = doses_in_bodies(given, "Pb-212", "adult male")["adult male"]
        for dose in (by_sum, at_once):
            assert [n for n in dose.notes if "left out" in n] == notes
    by_hand = absorbed_dose(chain["Bi-212"], "Bi-212", "adult male", per_MBq_of="Pb-212") + absorbed_dose(
        chain["Pb-212"], "Pb-212", "adult male"
    )
    assert [n for n in by_hand.notes if "left out" in n] == [rest]
    # two nuclides that have nothing to do with each other
    other = by_hand + absorbed_dose({"liver": 1.0}, "Ra-223", "adult male")
    assert [n.split(":")[0] for n in other.notes if "left out" in n] == ["Pb-212", "Ra-223"]


def test_notes_that_are_something_else_stay() -> None:
    assert still_left_out(["a note"], ["Pb-212"]) == ["a note"]


def test_a_nuclide_of_ones_own_has_no_daughters() -> None:
    from dataclasses import replace

    made = replace(nuclide("F-18"), name="Xx-1")
    assert left_out_energy(made).share == 0.0
    assert absorbed_dose({"liver": 0.5}, made, load_phantom("adult male")).notes == ()


def test_bad_input() -> None:
    with pytest.raises(
        DosimetryError, match="daughters 'some' is unknown; allowed: none, equilibrium, or names"
    ):
        left_out_energy("Pb-212", "some")
    with pytest.raises(DosimetryError, match="unknown nuclide 'Bi-999'"):
        left_out_energy("Pb-212", ["Bi-999"])
    for years in (0.0, -1.0, math.nan):
        with pytest.raises(DosimetryError, match=r"period of .* years: a number above 0"):
            left_out_energy("Pb-212", years=years)


def test_a_sphere_says_so_too() -> None:
    assert "daughters left out" in sphere_dose("Ac-225", 0.01).provenance["notes"]
    assert "left out" not in sphere_dose("Ac-225", 0.01, daughters="equilibrium").provenance["notes"]
