"""Four scalings against closed forms and quadrature; what has to be conserved; errors by other means."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import integrate

from dosimetry import Animals, Limit, animal_curve, largest_activities, nuclide, project_to_humans
from dosimetry.projection.animal import AnimalCurve
from dosimetry.projection.human_curves import HumanCurve, Rules, tiac_of, voided_tiac
from dosimetry.projection.scaling import SCALINGS, times_longer
from dosimetry.svalues.folding import KINDS
from phantoms import load_phantom

MALE, FEMALE = "adult male", "adult female"
EXACT: dict[str, Any] = {"first": "extrapolate", "tail": "effective", "method": "log"}
PLAIN: dict[str, Any] = {"first": "constant", "tail": "physical"}


def body_g(body: str) -> float:
    return 1000.0 * load_phantom(body).source_mass_kg["total body"]


def organ_g(body: str, organ: str) -> float:
    return 1000.0 * load_phantom(body).source_mass_kg[organ]


@pytest.mark.parametrize("unit", ["%IA/g", "%IA"])
@pytest.mark.parametrize("name", ["Zr-89", "F-18", "Ac-225"])
@pytest.mark.parametrize("exponent", [0.25, 0.17])
def test_an_exponential_gives_its_closed_form_in_all_four_scalings(
    unit: str, name: str, exponent: float
) -> None:
    per_gram, rate, mass, mouse = 8.0, math.log(2) / 30.0, 1.3, 25.0
    time = np.array([1.0, 4.0, 10.0, 16.0])
    values = per_gram * np.exp(-rate * time) * (1.0 if unit == "%IA/g" else mass)
    mice = Animals("mouse", mouse, [animal_curve("liver", time, values, unit, mass_g=mass)])
    found = project_to_humans(mice, name, remainder="as given", time_exponent=exponent, **EXACT)
    lam = nuclide(name).lambda_per_h
    for body in (MALE, FEMALE):
        longer = (body_g(body) / mouse) ** exponent
        relative = per_gram * mouse * organ_g(body, "liver") / body_g(body)
        expected = {
            "none": per_gram * mass / (rate + lam),
            "mass": relative / (rate + lam),
            "time": per_gram * mass / (rate / longer + lam),  # biologic rate slower, decay as it is
            "mass and time": relative / (rate / longer + lam),
        }
        for scaling, value in expected.items():
            (tiac,) = found[scaling].tiacs[body]
            assert tiac.value_h == pytest.approx(value / 100.0, rel=1e-9)


def test_the_published_factors_of_time() -> None:
    # Cicone et al., EJNMMI Res 2022;12:21, figure 1: 25 g mouse, 73 kg; powers 0.25 and 0.17
    assert f"{times_longer(25.0, 73_000.0):.2f}" == "7.35"
    assert f"{times_longer(25.0, 73_000.0, 0.17):.2f}" == "3.88"


def test_straight_lines_with_decay_are_those_of_quadrature() -> None:
    time, value = np.array([2.0, 24.0, 72.0, 144.0]), np.array([3.0, 9.0, 5.0, 4.0])
    mice = Animals("mouse", 25.0, [animal_curve("spleen", time, value, "%IA")])
    found = project_to_humans(mice, "Zr-89", [MALE], remainder="as given", scalings=["time"], **PLAIN)
    lam, longer = nuclide("Zr-89").lambda_per_h, times_longer(25.0, body_g(MALE))
    total = 0.0
    for a, b in zip([0.0, *(longer * time)], [*(longer * time), 400 / lam], strict=True):
        part = integrate.quad(
            lambda t: np.interp(t / longer, time, value) * math.exp(-lam * t), a, min(b, a + 40 / lam),
            epsabs=0, epsrel=1e-11, limit=200,
        )  # fmt: skip
        total += part[0]
    assert found["time"].tiacs[MALE][0].value_h == pytest.approx(total / 100.0, rel=1e-8)


def mice_like_men() -> Animals:
    """Animals with the masses of the male body."""
    rng = np.random.default_rng(5)
    time = [1.0, 24.0, 96.0]
    curves = [
        animal_curve(o, time, rng.uniform(1, 2, 3) / organ_g(MALE, o), "%IA/g", mass_g=organ_g(MALE, o))
        for o in ("liver", "kidneys", "lungs")
    ]
    return Animals("human", body_g(MALE), curves)


def test_an_animal_with_human_masses_is_no_extrapolation_by_any_scaling() -> None:
    found = project_to_humans(mice_like_men(), "Zr-89", [MALE], remainder="no excretion", **PLAIN)
    none = found["none"].doses
    assert none is not None
    for scaling in SCALINGS:
        doses = found[scaling].doses
        assert doses is not None
        assert np.asarray(doses[MALE]) == pytest.approx(np.asarray(none[MALE]), rel=1e-12)


def mice(**more: AnimalCurve) -> Animals:
    """Mice with SDs in all curves; ``more`` by name in place of the whole body."""
    time, n = [2.0, 24.0, 72.0, 144.0], [5, 5, 4, 3]
    table: Mapping[str, tuple[list[float], float]] = {
        "liver": ([9.5, 8.0, 6.5, 5.0], 1.3),
        "kidneys": ([8.0, 6.0, 5.0, 3.5], 0.35),
        "heart contents": ([33.0, 18.0, 12.0, 8.0], 0.1),
    }
    curves = [
        animal_curve(o, time, v, "%IA/g", sd=0.1 * np.array(v), n=n, mass_g=m) for o, (v, m) in table.items()
    ]
    if not more:
        body = [98.0, 92.0, 84.0, 74.0]
        curves.append(animal_curve("whole body", time, body, "%IA", sd=[1.0, 2.0, 2.0, 3.0], n=n))
    return Animals("mouse", 25.0, [*curves, *more.values()])


def excreta() -> dict[str, AnimalCurve]:
    time, n = [4.0, 24.0, 72.0, 144.0], [4] * 4
    return {
        "urine": animal_curve("urine", time, [2.0, 5.0, 9.0, 14.0], "%IA", sd=[0.5, 1, 1, 2], n=n),
        "faeces": animal_curve("feces", [24.0, 144.0], [2.0, 9.0], "%IA", sd=[1.0, 2.0], n=[4, 4]),
    }


def test_what_is_in_organs_and_remainder_is_the_whole_body_whatever_the_scaling() -> None:
    found = project_to_humans(mice(), "Zr-89", remainder="whole body minus sources", **PLAIN)
    every = nuclide("Zr-89").half_life_h / math.log(2)
    for scaling, scaled in found.items():
        for body, tiacs in scaled.tiacs.items():
            whole = math.fsum(t.value_h for t in tiacs)
            longer = scaled.time_factor[body]
            measured = mice().by_name["whole body"]
            curve = HumanCurve(
                "whole body",
                np.append(0.0, measured.time_h * longer),
                np.append(100.0, measured.value),
                None,
            )
            alone, _ = tiac_of(curve, nuclide("Zr-89").half_life_h, Rules("constant", "physical"))
            assert whole == pytest.approx(alone.value_h, rel=1e-12), scaling
            assert whole < every
    kept = project_to_humans(mice(), "Zr-89", remainder="no excretion", **PLAIN)
    for scaled in kept.values():
        for tiacs in scaled.tiacs.values():
            assert math.fsum(t.value_h for t in tiacs) == pytest.approx(every, rel=1e-12)


def test_excreta_and_a_bladder_that_is_voided_conserve_activity() -> None:
    several = {}
    for void in (None, 1.0, 4.0, 24.0):
        found = project_to_humans(
            mice(**excreta()),
            "Zr-89",
            [MALE],
            remainder="whole body minus sources",
            void_every_h=void,
            **PLAIN,
        )
        several[void] = {s: math.fsum(t.value_h for t in found[s].tiacs[MALE]) for s in SCALINGS}
    every = nuclide("Zr-89").half_life_h / math.log(2)
    for scaling in SCALINGS:
        sums = [several[v][scaling] for v in (None, 1.0, 4.0, 24.0)]
        assert sums == sorted(sums) and sums[0] < sums[1] and sums[-1] < every


@pytest.mark.parametrize("every_h", [0.7, 3.5, 30.0])
def test_contents_of_the_bladder_are_those_of_small_steps(every_h: float) -> None:
    time, percent, half_life = np.array([1.0, 5.0, 20.0]), np.array([10.0, 25.0, 40.0]), 6.0
    lam = math.log(2) / half_life
    points, values = np.append(0.0, time), np.append(0.0, percent)

    def contents(t: float) -> float:
        void = every_h * math.floor(t / every_h + 1e-12)
        return float(np.interp(t, points, values) - np.interp(void, points, values)) * math.exp(-lam * t)

    edges = np.unique(np.concatenate([points, np.arange(0.0, 200.0, every_h), [200.0]]))
    total = sum(
        integrate.quad(contents, a + 1e-12, b - 1e-12, epsabs=1e-13)[0] for a, b in itertools.pairwise(edges)
    )
    tiac = voided_tiac(HumanCurve("urine", time, percent, None), half_life, every_h)
    assert tiac.value_h == pytest.approx(total / 100.0, rel=1e-7)


def changed(animals: Animals, name: str, by: float = 1.0) -> Animals:
    """The animals with every mean moved by one standard error of one independent error."""
    curves = [
        replace(c, value=c.value + by * c.errors[name]) if c.errors and name in c.errors else c
        for c in animals.curves
    ]
    return Animals(animals.species, animals.body_mass_g, curves)


@pytest.mark.parametrize("tail", ["physical", "effective"])
def test_standard_errors_are_those_of_means_that_are_moved_one_by_one(tail: str) -> None:
    options: dict[str, Any] = {
        "first": "constant", "tail": tail, "remainder": "whole body minus sources", "void_every_h": 4.0,
        "scalings": ["mass and time"],
    }  # fmt: skip
    animals = mice(**excreta())
    scaled = project_to_humans(animals, "Zr-89", **options)["mass and time"]
    assert scaled.doses is not None
    names = dict.fromkeys(n for c in animals.curves for n in c.errors or {})
    tiac: dict[str, float] = {}
    effective = 0.0
    for name in names:
        ends = []
        for by in (0.01, -0.01):
            moved = project_to_humans(changed(animals, name, by), "Zr-89", **options)["mass and time"]
            assert moved.doses is not None
            e = float(moved.doses.sex_averaged("ICRP 103")[MALE, FEMALE])
            ends.append(({t.source: t.value_h for t in moved.tiacs[MALE]}, e))
        for source in ends[0][0]:
            step = (ends[0][0][source] - ends[1][0][source]) / 0.02
            tiac[source] = math.hypot(tiac.get(source, 0.0), step)
        effective = math.hypot(effective, (ends[0][1] - ends[1][1]) / 0.02)
    for t in scaled.tiacs[MALE]:
        assert t.se_h == pytest.approx(tiac[t.source], rel=1e-4)
    se = scaled.doses.sex_averaged("ICRP 103")[MALE, FEMALE].se_from_tiac_mSv_per_MBq
    assert se == pytest.approx(effective, rel=1e-4)


def test_without_an_sd_there_is_no_standard_error_and_it_is_said() -> None:
    animals = mice()
    bare = animal_curve("spleen", [2.0, 24.0], [5.0, 4.0], "%IA/g", mass_g=0.09)
    found = project_to_humans(
        Animals("mouse", 25.0, [*animals.curves, bare]), "Zr-89", [MALE], remainder="as given", **PLAIN
    )
    doses = found["mass"].doses
    assert doses is not None and np.isnan(doses[MALE].se_from_tiac_mGy_per_MBq).all()
    assert any("no SD and number of animals at 2 h, 24 h" in note for note in found.notes)
    assert largest_activities(found, [Limit("any organ", 50.0)])[0].cautious_MBq is None


def test_a_scaling_that_lacks_masses_says_so_and_the_others_go_on() -> None:
    curve = animal_curve("liver", [2.0, 24.0], [5.0, 4.0], "%IA/g")
    found = project_to_humans(Animals("rat", 250.0, [curve]), "Zr-89", remainder="as given", **PLAIN)
    assert {s for s in found if found[s].doses is None} == {"none", "time"}
    assert "its mass in the animal is needed" in found["none"].reason
    frame = found.dose_frame()
    assert set(frame[frame["dose_mGy_per_MBq"].isna()]["scaling"]) == {"none", "time"}
    assert (frame[frame["dose_mGy_per_MBq"].isna()]["reason"] != "").all()


def test_organs_that_hold_more_than_there_is_are_told_or_refused() -> None:
    big = animal_curve("liver", [2.0, 24.0], [110.0, 100.0], "%IA/g", mass_g=0.2)
    given = Animals("mouse", 25.0, [big])
    found = project_to_humans(given, "Zr-89", [MALE], remainder="no excretion", **PLAIN)
    assert found["none"].doses is not None
    big = animal_curve("liver", [2.0, 24.0], [200.0, 190.0], "%IA/g", mass_g=0.2)
    given = Animals("mouse", 25.0, [big])
    found = project_to_humans(given, "Zr-89", [MALE], remainder="no excretion", **PLAIN)
    assert found["none"].doses is not None
    assert found["mass"].doses is None and "negative remainder" in found["mass"].reason
    loose = project_to_humans(given, "Zr-89", [MALE], remainder="as given", **PLAIN)
    assert loose["mass"].doses is None and "all decays of Zr-89" in loose["mass"].reason
    nearly = animal_curve("liver", [2.0, 24.0], [160.0, 158.0], "%IA/g", mass_g=0.2)  # 103.7 and 102.4 %IA
    told = project_to_humans(
        Animals("mouse", 25.0, [nearly]), "Zr-89", [MALE], remainder="as given", scalings=["mass"], **PLAIN
    )
    assert any("organs hold 103.7 %IA at 2 h, but 100 %IA were administered" in w for w in told.warnings)
    assert any("most lies after the last point: liver" in w for w in told.warnings)


def test_a_remainder_that_is_much_activity_in_little_mass_is_told() -> None:
    muscle = animal_curve("muscle", [2.0, 24.0], [1.0, 1.0], "%IA/g", mass_g=9.0)
    animals = mice()
    more = Animals("mouse", 25.0, [*animals.curves, muscle])
    found = project_to_humans(more, "Zr-89", [MALE], remainder="whole body minus sources", **PLAIN)
    assert any("times the body's mean concentration" in w for w in found["none"].warnings)
    plain = project_to_humans(animals, "Zr-89", [MALE], remainder="whole body minus sources", **PLAIN)
    assert plain.warnings == ()


def test_organs_of_one_sex_are_in_the_remainder_of_the_other() -> None:
    ovaries = animal_curve("ovaries", [2.0, 24.0], [5.0, 4.0], "%IA/g", mass_g=0.02)
    animals = mice()
    found = project_to_humans(
        Animals("mouse", 25.0, [*animals.curves, ovaries]), "Zr-89", remainder="no excretion", **PLAIN
    )
    sums = [math.fsum(t.value_h for t in tiacs) for tiacs in found["mass"].tiacs.values()]
    assert sums[0] == pytest.approx(sums[1])
    assert "ovaries" not in [t.source for t in found["mass"].tiacs[MALE]]
    assert any("ovaries: not in 'adult male'" in note for note in found.notes)


def test_the_largest_activity_meets_its_limit_with_alphas_weighted() -> None:
    found = project_to_humans(mice(), "Ac-225", remainder="as given", scalings=["mass"], **PLAIN)
    doses = found["mass"].doses
    assert doses is not None
    organ, effective = largest_activities(found, [Limit("kidney", 50.0), Limit("Effective dose", 10.0)])
    assert organ.activity_MBq is not None and effective.activity_MBq is not None
    woman = doses[FEMALE]
    i = woman.targets.index("kidneys")
    part = woman.part_mGy_per_MBq
    mSv = part["photon"][i] + part["electron"][i] + 20 * part["alpha"][i]
    assert (organ.quantity, organ.body) == ("kidneys", FEMALE)
    assert organ.activity_MBq * mSv == pytest.approx(50.0, rel=1e-12)
    e = doses.sex_averaged("ICRP 103")[MALE, FEMALE]
    assert effective.activity_MBq * float(e) == pytest.approx(10.0, rel=1e-12)
    assert organ.cautious_MBq is not None and organ.se_mSv_per_MBq is not None
    assert organ.cautious_MBq == pytest.approx(50.0 / (mSv + 1.645 * organ.se_mSv_per_MBq), rel=1e-4)
    errors = woman.tiac_error_mGy_per_MBq
    assert errors is not None
    by_kind = dict(zip(KINDS, errors[:, :, i].T, strict=True))
    change = by_kind["photon"] + by_kind["electron"] + 20 * by_kind["alpha"]
    assert organ.se_mSv_per_MBq == pytest.approx(math.sqrt(float((change**2).sum())), rel=1e-12)
