"""Numbers in the text of docs/validation.md, from the run: the template names them as ``{{name}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scipy.optimize import brentq

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.nuclides.nuclide import nuclide
from phantoms.library.installed import load_phantom
from validation.case import Case
from validation.checks import Biokinetic, Cohort, Solved
from validation.layers.arithmetic import whole_body_tiac_h
from validation.layers.biokinetics import excreted, tiac_h
from validation.layers.bodies import dose_per_h
from validation.layers.consistency import check_of, fit, fit_of, matrix_of, rounding_percent
from validation.layers.forward import quantity, solved_tiac_h
from validation.outcome import Outcome

MAIN = "trastuzumab_odonoghue_2018"
MAN, WOMAN = "adult male", "adult female olinda masses"
E60 = "effective dose, ICRP 60"
LOWER = "lower large intestine"
SERUM_IN_MARROW = 0.19  # of serum per mL, Sgouros, J Nucl Med 1993;34:689-694
DENSITY_G_PER_ML = {"red marrow": 1.03, "heart contents": 1.06}


def filled(text: str, facts: Mapping[str, str], where: str) -> str:
    """The text with every ``{{name}}`` replaced; ValueError : a name without a fact, or a fact not used."""
    names = set(re.findall(r"\{\{(\w+)\}\}", text))
    if wrong := names ^ set(facts):
        raise ValueError(
            f"{where}: names without a fact, or facts without a place: {', '.join(sorted(wrong))}"
        )
    return re.sub(r"\{\{(\w+)\}\}", lambda m: facts[m[1]], text)


def _percent(value: float, digits: int = 0) -> str:
    return f"{value:+.{digits}f} %"


def _total_body(body: str, nuclide_name: str) -> float:
    """Dose of the total body per hour of its own TIAC, mGy/MBq per h."""
    return float(dose_per_h(nuclide_name, body, ("total body",))["total body"].to_dict()["total body"])


def fit_facts(case: Case) -> dict[str, str]:
    """Of layer b: what the fit is made of, and what its sum means."""
    check, mixed = check_of(case, MAN), check_of(case, "8:2")
    found, expected = (
        fit_of(case, check),
        whole_body_tiac_h(case.value(check.sum_from)[0].centre, case.nuclide),
    )
    mass = {body: load_phantom(body).source_mass_kg for body in (MAN, WOMAN)}
    marrow, blood = (mass[MAN][s] * 1e3 / DENSITY_G_PER_ML[s] for s in ("red marrow", "heart contents"))
    asked = [SERUM_IN_MARROW * marrow / ((1.0 - haematocrit) * blood) for haematocrit in (0.35, 0.45)]
    eighth = check.model_copy(update={"sources": [*check.sources, f"{LOWER} contents"]})
    with_contents = fit(case.organ_doses(), matrix_of(case, eighth), ["osteogenic cells"])
    half_life, body_dose = case.value("whole-body biologic half-life")[0], case.value("total body")[0]
    assert half_life.minimum is not None and body_dose.minimum is not None
    shortest = whole_body_tiac_h(half_life.minimum, case.nuclide) * _total_body(MAN, case.nuclide)
    sums = {c.name: fit_of(case, c).sum_h for c in (check, mixed)}
    mixed_kg = sum(w * load_phantom(b).source_mass_kg["total body"] for b, w in mixed.phantoms.items())
    mixed_kg /= sum(mixed.phantoms.values())
    residual = found.residual_percent
    return {
        "rounding": f"{rounding_percent(case.organ_doses()):.1f} %",
        "organs": str(len(found.used)),
        "sources": str(sum(t > 0 for t in found.tiac_h.values())),
        "freedom": str(found.degrees_of_freedom),
        "expected_sum": f"{expected:.1f} h",
        "liver_h": f"{found.tiac_h['liver']:.1f} h",
        "liver_percent": f"{100 * found.tiac_h['liver'] * nuclide(case.nuclide).lambda_per_h:.0f} %",
        "marrow_to_blood": f"{found.tiac_h['red marrow'] / found.tiac_h['heart contents']:.2f}",
        "marrow_asked": f"{asked[0]:.2f} to {asked[1]:.2f}",
        "sum_off": _percent(100 * (sums[check.name] / expected - 1), 1),
        "sum_off_mixed": _percent(100 * (sums[mixed.name] / expected - 1), 1),
        "lowest_total_body": f"{body_dose.minimum:g} mGy/MBq",
        "shortest_half_life": f"{half_life.minimum:g} h",
        "shortest_total_body": f"{shortest:.2f} mGy/MBq",
        "mixed_kg": f"{mixed_kg:.0f} kg",
        "meant_kg": f"{mixed_kg * expected / sums[mixed.name]:.0f} kg",
        "contents_h": f"{with_contents.tiac_h[f'{LOWER} contents']:.1f} h",
        "contents_residual": _percent(with_contents.residual_percent[f"{LOWER} wall"], 1),
        "contents_rms": f"{with_contents.rms_percent:.1f} %",
        "osteogenic": _percent(residual["osteogenic cells"]),
        "lower": _percent(residual[f"{LOWER} wall"]),
        "upper": _percent(residual["upper large intestine wall"], 1),
        "bladder_wall": _percent(residual["urinary bladder wall"], 1),
        "brain": _percent(residual["brain"], 1),
        "body_kg": " and ".join(f"{mass[b]['total body']:.1f} kg" for b in (MAN, WOMAN)),
        "mass_ratio": f"{mass[MAN]['total body'] / mass[WOMAN]['total body']:.2f}",
        "total_body_ratio": f"{_total_body(WOMAN, case.nuclide) / _total_body(MAN, case.nuclide):.2f}",
    }


def mass_that_meets_kg(case: Case, check: Solved, cases: Mapping[str, Case]) -> float:
    """Body mass of the woman, kg, with all masses in proportion, that meets the published effective dose."""
    published = case.in_unit(E60)[0]

    def over(mass_kg: float) -> float:
        tiac = solved_tiac_h(case, check, WOMAN, cases, mass_kg)
        return quantity(E60, absorbed_dose(tiac, case.nuclide, WOMAN, body_mass_kg=mass_kg)) - published

    return float(brentq(over, 40.0, 160.0, xtol=0.2))


def woman_facts(cases: Mapping[str, Case]) -> dict[str, str]:
    """Effective doses in the woman alone against the published ones, and body masses that meet them."""
    found = {}
    for word in ("ulaner", "yeh", "laforest"):
        case = next(c for name, c in cases.items() if word in name)
        check = next(c for c in case.check if isinstance(c, Solved))
        ours = quantity(E60, absorbed_dose(solved_tiac_h(case, check, WOMAN, cases), case.nuclide, WOMAN))
        found[word] = _percent(100.0 * (ours / case.in_unit(E60)[0] - 1.0))
        found[f"{word}_kg"] = f"{mass_that_meets_kg(case, check, cases):.0f} kg"
    return found


def kidney_transit_min(case: Case, check: Biokinetic) -> float:
    """Mean time in the kidneys, min, of what the model excretes, that their published dose asks for."""
    decay = nuclide(case.nuclide).lambda_per_h
    tiac = tiac_h(case.model, decay, check.void_every_h)
    missing = (
        case.in_unit("kidneys", check.body)[0] - absorbed_dose(tiac, case.nuclide, check.phantom)["kidneys"]
    )
    per_h = absorbed_dose({"kidneys": 1.0}, case.nuclide, check.phantom)["kidneys"]
    return 60.0 * missing / per_h / excreted(case.model, decay)


def row_facts(rows: Sequence[Outcome], cases: Mapping[str, Case]) -> dict[str, str]:
    """Read off the run's own lines."""

    def difference(case: str, of: str, check: str = "") -> float:
        found = (r for r in rows if r.case == case and r.quantity == of and r.check.startswith(check))
        row = next(r for r in found if r.difference_percent is not None)
        assert row.difference_percent is not None
        return row.difference_percent

    case = cases[MAIN]
    half_life = cases["huj591_pandit_taskar_2014"].value("whole-body biologic half-life")[0]
    curve = [whole_body_tiac_h(half_life.centre + d * (half_life.sd or 0.0), "Zr-89") for d in (-1, 0, 1)]
    control = [r.ours for r in rows if r.quantity.startswith("rms over") and r.ours is not None]
    ratios = [r.ours for r in rows if r.check.startswith("SD, simulated") and r.ours is not None]
    cohort = next(c for c in case.check if isinstance(c, Cohort))
    fdg = cases["fdg_icrp128_2015"]
    ages = {c.body: c for c in fdg.check if isinstance(c, Biokinetic)}
    transit = [kidney_transit_min(fdg, ages[body]) for body in ("adult", "5 years")]
    effective = [difference(fdg.name, E60, f"model, {body}") for body in ages]
    return {
        "e60": _percent(difference(MAIN, E60, "from the published"), 1),
        "e26": _percent(difference(MAIN, "effective dose equivalent, ICRP 26", "from the published"), 1),
        "huj_tiac": _percent(difference("huj591_pandit_taskar_2014", "TIAC, whole body"), 1),
        "huj_mean": f"{abs((curve[0] + curve[2]) / 2 - curve[1]):.1f} h",
        "control": f"{control[0]:.1f} times as large" if control else "not run here",
        "laforest_liver": _percent(difference("trastuzumab_laforest_2016", "liver")),
        "sd_ratios": f"{min(ratios):.1f} to {max(ratios):.1f}",
        "patients": f"{cohort.men + cohort.women} SIMULATED patients"
        f" ({cohort.men} men, {cohort.women} women)",
        "fast": f"{cohort.serum_fast_share:g} with {cohort.serum_fast_half_life_h:g} h",
        "plasma": f"{1e3 * cohort.plasma_volume_L_per_kg:g} mL/kg",
        "masses": f"{cohort.body_mass_kg['male']:g} and {cohort.body_mass_kg['female']:g} kg"
        f" with an SD of {100 * cohort.body_mass_sd:g} %",
        "fdg_e": f"{min(effective):+.1f} to {max(effective):+.1f} %",
        "fdg_kidneys": " and ".join(
            _percent(difference(fdg.name, "kidneys", f"model, {b}")) for b in ("adult", "5 years")
        ),
        "fdg_gallbladder": _percent(difference(fdg.name, "gallbladder wall", "model, 5 years")),
        "fdg_transit": f"{transit[0]:.1f} and {transit[1]:.1f} min",
        "fdg_osteogenic": " and ".join(
            _percent(difference(fdg.name, "osteogenic cells", f"model, {b}")) for b in ("adult", "5 years")
        ),
        "saf_median": f"{_median_off(rows):+.1f} %",
    }


def _median_off(rows: Sequence[Outcome]) -> float:
    from statistics import median

    off = [r.difference_percent for r in rows if r.check.startswith("photon SAFs")]
    return median(d for d in off if d is not None)


def all_facts(rows: Sequence[Outcome], cases: Mapping[str, Case]) -> dict[str, str]:
    """Every number of the text by its name."""
    return {**row_facts(rows, cases), **fit_facts(cases[MAIN]), **woman_facts(cases)}
