"""First order against inputs that are really changed: the chain is run again, and the difference taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from a_cohort import METHODS, WEIGHTS, of_exponentials, patient, stated

from dosimetry import (
    BladderMethod,
    DosimetryError,
    Effect,
    GutMethod,
    Methods,
    Nuclide,
    Patient,
    UncertaintyMethod,
    Unknown,
    budgets,
    nuclide,
)
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.tiacs.blood import BloodConstants
from dosimetry.uncertainty.budget import Budget, Error
from kinetics import Curve, Emptying
from phantoms import load_phantom

ZR = nuclide("Zr-89")
MASSES = {"liver": 2.1, "kidneys": 0.4, "lungs": 1.0}
Changed = tuple[Patient, Methods, Nuclide]


def numbers(result: PatientResult) -> np.ndarray:
    """The quantities of a budget, straight from a result."""
    tiacs = result.sources
    assert tiacs.whole_body is not None
    effective = [value for value, _ in result.effective.values()]
    return np.array(
        [
            *(t.value_h for t in tiacs.tiacs),
            tiacs.whole_body.value_h,
            *result.doses.total_mGy_per_MBq,
            *effective,
        ]
    )


def difference(change: Callable[[float], Changed], step: float) -> np.ndarray:
    """Central difference of all quantities by an input, per unit of it."""
    ends = []
    for x in (step, -step):
        who, methods, of = change(x)
        ends.append(numbers(results_of([who], methods, of, WEIGHTS)[0]))
    return (ends[0] - ends[1]) / (2.0 * step)


def line(budget: Budget, name: str) -> np.ndarray:
    """The sum of an input's lines, which here is one."""
    rows = [i for i, e in enumerate(budget.errors) if e.name == name]
    assert len(rows) == 1
    return budget.changes[rows[0]]


def one(who: Patient, methods: Methods, *inputs: object, **more: object) -> Budget:
    method = UncertaintyMethod(inputs=inputs, **more)  # type: ignore[arg-type]
    return budgets([who], methods, ZR, WEIGHTS, method).budgets[0]


def scaled(who: Patient, region: str, factor: Callable[[Curve], Curve]) -> Patient:
    """The patient with one curve changed."""
    m = who.measurements
    assert m is not None
    if region == "whole body":
        return replace(who, measurements=replace(m, whole_body=factor(m.whole_body)))
    if region == "serum":
        assert m.serum is not None
        return replace(who, measurements=replace(m, serum=factor(m.serum)))
    return replace(who, measurements=replace(m, organs={**m.organs, region: factor(m.organs[region])}))


def times(x: float) -> Callable[[Curve], Curve]:
    return lambda c: replace(c, value=c.value * (1 + x), sd=None if c.sd is None else c.sd * (1 + x))


def shifted(x: float) -> Callable[[Curve], Curve]:
    return lambda c: replace(c, time_h=c.time_h + x)


GUT = GutMethod(model="ICRP 30", contents="whole body", faeces_fraction=0.3)
BLADDER = BladderMethod(
    urine_fraction=0.7, emptied=Emptying(every_h=3.5), whole_body_counted="after voiding"
)  # fmt: skip
EXCRETED = replace(METHODS, gut=GUT, bladder=BLADDER)
AVERAGED = replace(METHODS, whole_body_model="auto", serum_model="auto")
FITTED = replace(
    METHODS, organ_model="monoexponential", organ_weights="relative", organ_trapezoids=None,
    first_interval=None, tail=None,
)  # fmt: skip
PLAIN = {"plain": METHODS, "gut and bladder": EXCRETED, "fitted organs": FITTED}


@pytest.mark.parametrize("methods", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("region", ["whole body", "serum", "liver"])
def test_a_scale_of_a_curve(region: str, methods: Methods) -> None:
    budget = one(patient(), methods, stated("scale", "everybody", Effect("curve", 0.03, region)))
    by = difference(lambda x: (scaled(patient(), region, times(x)), methods, ZR), 1e-3)
    np.testing.assert_allclose(line(budget, "scale"), 0.03 * by, rtol=2e-6, atol=1e-9)


@pytest.mark.parametrize("methods", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("region", ["whole body", "serum", "liver"])
def test_a_shift_of_the_times(region: str, methods: Methods) -> None:
    budget = one(patient(), methods, stated("clock", "curve", Effect("time", 0.1, region)))
    by = difference(lambda x: (scaled(patient(), region, shifted(x)), methods, ZR), 1e-3)
    # the gain of a fit leaves out its residuals times second derivatives: 2 % noise here
    near = 1e-6 if region == "liver" and methods is not FITTED else 0.05
    np.testing.assert_allclose(line(budget, "clock"), 0.1 * by, rtol=near, atol=1e-3 * np.abs(0.1 * by).max())


@pytest.mark.parametrize("methods", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("region", ["whole body", "serum", "liver"])
def test_single_points_of_a_curve(region: str, methods: Methods) -> None:
    """Each point changed alone; the squares add up to those of the budget's lines."""
    budget = one(patient(), methods, stated("noise", "point", Effect("curve", 0.05, region)))
    rows = [i for i, e in enumerate(budget.errors) if e.name == "noise"]
    found = np.sqrt(np.square(budget.changes[rows]).sum(axis=0))
    m = patient().measurements
    assert m is not None
    curve = {"whole body": m.whole_body, "serum": m.serum, **m.organs}[region]
    assert curve is not None
    total = np.zeros(len(budget.value))
    for i in range(len(curve)):

        def change(x: float, i: int = i) -> Changed:
            def moved(c: Curve) -> Curve:
                value = c.value.copy()
                value[i] *= 1 + x
                return replace(c, value=value)

            return scaled(patient(), region, moved), methods, ZR

        total += (0.05 * difference(change, 1e-4)) ** 2
    near = 1e-6 if region == "liver" and methods is not FITTED else 0.1
    np.testing.assert_allclose(found, np.sqrt(total), rtol=near, atol=2e-3 * np.sqrt(total).max())


@pytest.mark.parametrize(
    "methods",
    [METHODS, EXCRETED, FITTED, replace(METHODS, organ_trapezoids="log", tail="effective")],
    ids=["plain", "gut and bladder", "fitted organs", "effective tail"],
)
def test_the_half_life(methods: Methods) -> None:
    budget = one(patient(), methods, stated("half-life", "everybody", Effect("half-life", 0.01)))
    by = difference(lambda x: (patient(), methods, replace(ZR, half_life_s=ZR.half_life_s * (1 + x))), 1e-4)
    # of fits of curves as measured nothing changes: the fit's effective rates are those of the data
    near = max(2e-3 * np.abs(0.01 * by).max(), 1e-7)
    np.testing.assert_allclose(line(budget, "half-life"), 0.01 * by, rtol=0.02, atol=near)


def test_administered_activity_is_in_absolute_units_alone() -> None:
    inputs = stated("activity", "patient", Effect("administered activity", 0.02))
    by = difference(lambda x: (patient(administered_MBq=180 * (1 + x)), METHODS, ZR), 1e-4)
    budget = one(patient(), METHODS, inputs)
    np.testing.assert_allclose(line(budget, "activity"), 0.02 * by, rtol=1e-6, atol=1e-10)
    named = stated("activity", "patient", Effect("administered activity", 0.02, "serum"))
    found = line(one(patient(), METHODS, named), "activity")
    np.testing.assert_allclose(
        found[budget.of("tiac", "red marrow")], -0.02 * budget.value[budget.of("tiac", "red marrow")]
    )
    m = patient().measurements
    assert m is not None
    in_percent = patient(measurements=replace(m, organs={"liver": of_exponentials("%IA", [(15.0, 0.002)])}))
    assert "what %IA were divided by is not known" in one(in_percent, METHODS, inputs).idle["activity"]


def test_what_cancels_is_said_to_the_last_bit() -> None:
    """A meter that measured the activity and calibrated the scanner: rounding left 1e-16, and no word."""
    of = [Effect("curve", 0.03, organ) for organ in ("liver", "kidneys", "lungs")]
    meter = stated("meter", "everybody", Effect("administered activity", 0.03, "organs"), *of)
    budget = one(patient(), METHODS, meter)
    assert not line(budget, "meter").any() and budget.idle["meter"] == "its effects cancel"


@pytest.mark.parametrize("region", ["liver", "kidneys"])
def test_a_measured_mass_moves_tiac_and_s_values(region: str) -> None:
    methods = replace(METHODS, organ_masses="measured")
    budget = one(patient(organ_mass_kg=MASSES), methods, stated("mass", "curve", Effect("mass", 0.1, region)))
    by = difference(
        lambda x: (patient(organ_mass_kg=MASSES | {region: MASSES[region] * (1 + x)}), methods, ZR), 1e-3
    )
    np.testing.assert_allclose(line(budget, "mass"), 0.1 * by, rtol=1e-5, atol=1e-9)


def test_a_reference_mass_is_one_that_the_patient_may_not_have() -> None:
    """The same as a measured mass that happens to be the reference's."""
    kg = {"liver": load_phantom("adult male").source_mass_kg["liver"]}
    effect = stated("mass", "curve", Effect("mass", 0.1, "liver"))
    reference = one(patient(), METHODS, effect)
    measured = one(patient(organ_mass_kg=kg), replace(METHODS, organ_masses="measured"), effect)
    np.testing.assert_allclose(line(reference, "mass"), line(measured, "mass"), rtol=1e-6, atol=1e-12)


def test_the_body_mass_moves_what_is_scaled_with_it() -> None:
    methods = replace(METHODS, organ_masses="scaled to body mass")
    budget = one(patient(body_mass_kg=80.0), methods, stated("body", "patient", Effect("mass", 0.02, "body")))
    by = difference(lambda x: (patient(body_mass_kg=80.0 * (1 + x)), methods, ZR), 1e-3)
    np.testing.assert_allclose(line(budget, "body"), 0.02 * by, rtol=1e-5, atol=1e-9)


def test_haematocrit_marrow_factor_and_densities() -> None:
    def constants(**factors: float) -> Methods:
        blood = BloodConstants()
        return replace(
            METHODS, blood=replace(blood, **{k: getattr(blood, k) * v for k, v in factors.items()})
        )

    def liver(x: float) -> Methods:
        return replace(
            METHODS, tissue_density_g_per_mL={**METHODS.tissue_density_g_per_mL, "liver": 1.04 * (1 + x)}
        )

    cases: list[tuple[Effect, Callable[[float], Changed]]] = [
        (Effect("haematocrit", 0.03), lambda x: (patient(haematocrit=0.42 + x), METHODS, ZR)),
        (Effect("marrow factor", 0.2), lambda x: (patient(), constants(extracellular_fraction=1 + x), ZR)),
        (Effect("density", 0.02, "liver"), lambda x: (patient(), liver(x), ZR)),
        (Effect("density", 0.02, "red marrow"),
         lambda x: (patient(), constants(marrow_density_g_per_mL=1 + x), ZR)),
        (Effect("density", 0.02, "heart contents"),
         lambda x: (patient(), constants(blood_density_g_per_mL=1 + x), ZR)),
    ]  # fmt: skip
    for effect, change in cases:
        found = line(one(patient(), METHODS, stated("it", "patient", effect)), "it")
        np.testing.assert_allclose(
            found, effect.u * difference(change, 1e-4), rtol=1e-5, atol=1e-10, err_msg=effect.what
        )


def test_energy_and_dose_act_on_doses_alone() -> None:
    budget = one(
        patient(), METHODS, stated("energy", "everybody", Effect("energy", 0.01)),
        stated("liver", "patient", Effect("dose", 0.2, "liver"), apart=True),
    )  # fmt: skip
    i, e = budget.of("absorbed dose", "liver"), budget.of("effective dose", "ICRP 103")
    energy, liver = line(budget, "energy"), line(budget, "liver")
    assert energy[i] == pytest.approx(0.01 * budget.value[i])
    assert energy[e] == pytest.approx(0.01 * budget.value[e])
    assert liver[i] == pytest.approx(0.2 * budget.value[i])
    assert liver[e] == pytest.approx(0.2 * 0.04 * budget.value[i])  # w_T of the liver
    assert np.count_nonzero(liver[: budget.of("absorbed dose", "adrenals")]) == 0
    assert np.all(budget.u(apart=False) <= budget.u())
    assert budget.u(apart=False)[i] == pytest.approx(np.sqrt(budget.u()[i] ** 2 - liver[i] ** 2))


def test_saf_statistics_and_counts_are_those_of_the_results() -> None:
    """Without a stated input and rules the budget is what results say already."""
    who = patient()
    budget = one(who, METHODS, rules=False)
    doses = results_of([who], METHODS, ZR, WEIGHTS)[0]
    at = budget.of("absorbed dose", doses.doses.targets[0])
    u = budget.u()[at : at + len(doses.doses.targets)]
    np.testing.assert_allclose(u, doses.doses.se_mGy_per_MBq, rtol=1e-10)
    names = [e for e in budget.errors if e.name == "SAF statistics"]
    assert Error("SAF statistics", ("adult male", "liver"), "A") in names


def test_trapezoids_rules_are_one_error_of_all_curves() -> None:
    budget = one(patient(), METHODS)
    result = results_of([patient()], METHODS, ZR, WEIGHTS)[0]
    liver = next(c for c in result.sources.curves if c.region == "liver")
    assert liver.area is not None and liver.area.area is not None
    i = budget.of("tiac", "liver")
    for rule in liver.area.u_rules:
        found = line(budget, f"rule of trapezoids: {rule}")
        assert found[i] == pytest.approx(budget.value[i] * liver.area.spread_rule(rule) / liver.area.area)
    offset = sum(liver.area.offset_rules.values())
    assert offset < 0.0  # lines through what falls exponentially lie above it
    assert budget.offset()[i] == pytest.approx(budget.value[i] * offset / liver.area.area)
    of_organs = sum(budget.offset()[budget.of("tiac", r)] for r in ("liver", "kidneys", "lungs"))
    assert budget.offset()[budget.of("tiac", "remainder")] == pytest.approx(-of_organs)
    rest = sum(
        line(budget, "rule of trapezoids: tail")[budget.of("tiac", r)] for r in ("liver", "kidneys", "lungs")
    )
    assert line(budget, "rule of trapezoids: tail")[budget.of("tiac", "remainder")] == pytest.approx(-rest)
    assert not any("rule of" in e.name for e in one(patient(), METHODS, rules=False).errors)


def test_an_averaged_area_has_the_choice_of_model_apart() -> None:
    """Counts and fit, and choice of model, add to what the averaged area has."""
    budget = one(patient(), AVERAGED)
    result = results_of([patient()], AVERAGED, ZR, WEIGHTS)[0]
    choice = next(c.choice for c in result.sources.curves if c.region == "serum")
    assert choice is not None
    those = [(c.fit.area, c.weight) for c in choice.candidates if c.fit and c.weight]
    mean = sum(a * w for a, w in those)
    between = sum(w * (a - mean) ** 2 for a, w in those) ** 0.5
    assert len(those) > 1 and between > 0
    i = budget.of("tiac", "red marrow")
    found = line(budget, "choice of model: serum")[i]
    assert found == pytest.approx(budget.value[i] * between / mean)
    both = np.hypot(found, line(budget, "counts and fit: serum")[i])
    assert both == pytest.approx(result.sources.se_h("red marrow"))


def test_a_scale_of_a_curve_normalised_to_its_first_reading_cancels() -> None:
    m = patient().measurements
    assert m is not None
    first = replace(m.whole_body, normalised_at_h=float(m.whole_body.time_h[0]))
    who = patient(measurements=replace(m, whole_body=first))
    budget = one(who, METHODS, stated("probe", "everybody", Effect("curve", 0.05, "whole body")))
    assert "cancels" in budget.idle["probe"] and not any(e.name == "probe" for e in budget.errors)
    noise = one(who, METHODS, stated("geometry", "point", Effect("curve", 0.02, "whole body")))
    plain = one(patient(), METHODS, stated("geometry", "point", Effect("curve", 0.02, "whole body")))
    i = noise.of("tiac", "whole body")
    assert line(noise, "geometry")[i] ** 2 > line(plain, "geometry")[i] ** 2 > 0  # the divisor's comes on top


def test_what_is_not_known_is_listed_and_what_acts_on_nothing_too() -> None:
    m = patient().measurements
    assert m is not None
    bare = patient(
        measurements=replace(m, organs={"liver": of_exponentials("kBq/mL", [(10.0, 0.002)], sd=None)})
    )
    method = UncertaintyMethod(
        inputs=[stated("urine counter", "everybody", Effect("curve", 0.05, "urine"))],
        unknown=[Unknown("calibration of the gamma counter", "no certificate")],
    )
    budget = budgets([bare], METHODS, ZR, WEIGHTS, method).budgets[0]
    assert budget.unknown["calibration of the gamma counter"] == "no certificate"
    assert "no standard error" in budget.unknown["counts and fit: liver"]
    assert budget.idle["urine counter"] == "no curve of urine"
    i = budget.of("tiac", "remainder")  # what is known of the other curves is in it
    assert line(budget, "counts and fit: whole body")[i] > 0


def test_a_region_that_nobody_has_is_an_error_with_what_there_is() -> None:
    with pytest.raises(
        DosimetryError, match=r"(?s)scanner: no patient has a curve of 'livre'.*whole body, serum, liver"
    ):
        one(patient(), METHODS, stated("scanner", "everybody", Effect("curve", 0.05, "livre")))


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (Effect("dose", 0.1, "livre"), "no patient has a dose of 'livre'.*adrenals, brain"),
        (
            Effect("mass", 0.1, "spleen"),
            "no patient has a mass of 'spleen'.*there are: liver, kidneys, lungs, heart",
        ),
        (
            Effect("time", 0.1, "spleen"),
            "no patient has a time of 'spleen'.*there are: whole body, serum, liver",
        ),
        (Effect("density", 0.1, "spleen"), "no patient has a density of 'spleen'"),
    ],
)
def test_what_could_have_been_named_is_told(effect: Effect, said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        one(patient(), METHODS, stated("it", "patient", effect))


def test_given_tiacs_have_their_own_errors_and_take_masses_and_doses() -> None:
    from dosimetry import Tiac, Tiacs

    given = Tiacs((Tiac("liver", 11.0, {"liver": 0.5}), Tiac("remainder", 70.0, {"remainder": 2.0})))
    who = Patient(name="P01", sex="male", phantom="adult male", given_tiacs=given)
    budget = one(
        who, METHODS, stated("mass", "patient", Effect("mass", 0.1, "liver")),
        stated("scanner", "everybody", Effect("curve", 0.05, "organs")),
        stated("phantom", "organ", Effect("dose", 0.1, "all")),
    )  # fmt: skip
    assert "given" in budget.idle["scanner"]
    assert line(budget, "given TIAC: liver")[budget.of("tiac", "liver")] == 0.5
    i = budget.of("absorbed dose", "liver")
    own = results_of(
        [replace(who, given_tiacs=Tiacs((Tiac("liver", 11.0), Tiac("remainder", 1e-9))))], METHODS, ZR, []
    )
    part = own[0].doses.part_mGy_per_MBq
    at = own[0].doses.targets.index("liver")
    power = (2 / 3 * part["photon"][at] + part["electron"][at]) * 0.1
    assert line(budget, "mass")[i] == pytest.approx(-power, rel=1e-4)
    assert line(budget, "mass")[budget.of("tiac", "liver")] == 0.0
