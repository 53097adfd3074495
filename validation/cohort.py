"""Layer d, cohort: a simulated cohort from counts to organ doses, through the pipeline of ``milligray run``.

Clearance is drawn from the published medians and ranges. The four organs that papers contour (liver, kidneys,
spleen, lungs) get the TIACs of a fit of layer b, with the SD that gives the published SD of the dose through
the organ's dose to itself, so their doses agree by construction; heart contents and red marrow come from the
published serum clearance, the whole body from the published half-life: these are what this layer can fail on,
and so are the spreads.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dosimetry.nuclide import nuclide
from dosimetry.results import EACH
from dosimetry.study import run_study
from phantoms.library import load_phantom
from validation.case import Case
from validation.checks import Cohort
from validation.consistency import check_of, fit_of, matrix_of
from validation.outcome import OPEN, Outcome
from validation.simulated import Truth, write_tables

LAYER = "d. cohort"
ORGANS = ("liver", "kidneys", "spleen", "lungs")

STUDY = """
name = "simulated cohort"
data = "simulated"
nuclide = "{nuclide}"
product = "{product}"
effective_dose = ["ICRP 60", "ICRP 26"]
phantom = {{ male = "{male}", female = "{female}" }}
patients = {{ file = "patients.csv" }}
whole_body = {{ file = "whole_body.csv", decay_corrected = false, model = "monoexponential", weights = "sd" }}
serum = {{ file = "serum.csv", decay_corrected = true, model = "biexponential", weights = "sd" }}
masses = {{ organs = "scaled to body mass" }}
blood = {{ heart_contents = "serum", red_marrow = "serum" }}

[organs]
file = "organs.csv"
decay_corrected = false
method = "linear"
first_interval = "constant"
tail = "effective"
"""


def truth_of(case: Case, check: Cohort) -> Truth:
    """What a case's cohort is drawn from."""

    def band(of: str) -> tuple[float, float, float]:
        row = case.value(of)[0]
        assert row.minimum is not None and row.maximum is not None
        return row.minimum, row.centre, row.maximum

    base = check_of(case, check.base)
    tiac, matrix = fit_of(case, base).tiac_h, matrix_of(case, base)
    own = {o: tiac[o] * float(matrix[o].to_dict()[o]) for o in ORGANS}
    return Truth(
        whole_body_h=band("whole-body biologic half-life"),
        serum_beta_h=band("serum beta biologic half-life"),
        plasma_percent=band("plasma activity at the end of infusion"),
        serum_fast_share=check.serum_fast_share,
        serum_fast_h=check.serum_fast_half_life_h,
        plasma_volume_L_per_kg=check.plasma_volume_L_per_kg,
        organ_tiac_h={o: tiac[o] for o in ORGANS},
        organ_sd={o: (case.value(o)[0].sd or 0.0) / dose for o, dose in own.items()},
        organ_g_per_kg={sex: _organ_g_per_kg(phantom) for sex, phantom in check.phantoms.items()},
        lambda_per_h=nuclide(case.nuclide).lambda_per_h,
        patients=case.n,
    )


def _organ_g_per_kg(phantom: str) -> dict[str, float]:
    mass = load_phantom(phantom).source_mass_kg
    return {o: 1e3 * mass[o] / mass["total body"] for o in ORGANS}


@dataclass(frozen=True)
class Spread:
    """A quantity over the simulated patients: mean, SD, lowest and highest."""

    mean: float
    sd: float
    low: float
    high: float


def simulate(case: Case, check: Cohort) -> dict[str, Spread]:
    """The simulated cohort by target, effective dose ("effective dose, ICRP 60") or TIAC ("TIAC, liver")."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(folder, truth_of(case, check), check.men, check.women, check.seed)
        text = STUDY.format(nuclide=case.nuclide, product=case.product, **check.phantoms)
        (folder / "study.toml").write_text(text, encoding="utf-8")
        result = run_study(folder / "study.toml")
    effective = result.effective_dose.assign(of=lambda t: t["quantity"] + ", " + t["weights"])
    tables = (
        (result.organ_doses, "target", "dose_mGy_per_MBq"),
        (effective, "of", "effective_dose_mSv_per_MBq"),
        (result.tiac.assign(of="TIAC, " + result.tiac["source"]), "of", "tiac_h"),
    )
    found: dict[str, Spread] = {}
    for table, key, value in tables:
        for of, values in table[table["statistic"] == EACH].groupby(key)[value]:
            four = (values.mean(), values.std(), values.min(), values.max())
            found[str(of)] = Spread(*map(float, four))
    return found


def outcomes(case: Case, check: Cohort) -> list[Outcome]:
    """For each published value: is it among the simulated patients' values, and are the SDs alike?"""
    found = simulate(case, check)
    left_out = {o.region: f"not judged: {o.because}" for o in check.leave_out}
    means, spreads = [], []
    for value in (v for group in case.published for v in group.rows):
        if value.of not in found or value.sd is None:
            continue
        published, sd, unit = case.in_unit(value.of)
        ours, note = found[value.of], left_out.get(value.of, "")
        # lowest <= published <= highest patient, as limits of our mean
        reach = published - (ours.high - ours.mean), published + (ours.mean - ours.low)
        means.append(
            Outcome(
                case.name,
                LAYER,
                f"mean of {check.men + check.women} simulated patients",
                quantity=value.of,
                unit=unit,
                published=published,
                published_sd=sd,
                ours=ours.mean,
                ours_se=ours.sd,
                limits=OPEN if note else reach,
                because="the published mean is between the lowest and the highest simulated patient",
                note=note,
            )
        )
        spreads.append(
            Outcome(
                case.name,
                LAYER,
                "SD, simulated over published",
                quantity=value.of,
                ours=ours.sd / (sd or math.nan),
                limits=OPEN if note else (1.0 / check.sd_factor, check.sd_factor),
                because=check.because,
                note=note,
            )
        )
    tiacs = [
        Outcome(
            case.name,
            LAYER,
            "mean of the simulated patients",
            quantity=of,
            unit="h",
            ours=ours.mean,
            ours_se=ours.sd,
        )
        for of, ours in found.items()
        if of.startswith("TIAC")
    ]
    return means + spreads + tiacs
