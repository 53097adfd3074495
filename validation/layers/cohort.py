"""Layer d, cohort: a simulated cohort from counts to organ doses, through the pipeline of ``milligray run``.

Clearance is drawn from the published medians and ranges. The four organs that papers contour (liver, kidneys,
spleen, lungs) get the TIACs of a fit of layer b, with the SD that gives the published SD of the dose through
the organ's dose to itself, so their doses agree by construction; heart contents and red marrow come from the
published serum clearance, the whole body from the published half-life: these are what this layer can fail on,
and so are the spreads.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dosimetry.doses.effective import weight_set
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.patient import WHOLE_BODY
from dosimetry.patients.results import results_of
from dosimetry.study.keys.settings import methods_of
from dosimetry.study.pipeline import read_study
from dosimetry.study.study_file import load_study
from phantoms.library.installed import load_phantom
from validation.case import Case
from validation.checks import Cohort
from validation.layers.consistency import check_of, fit_of, matrix_of
from validation.layers.sampling import mean_half_width, sd_ratio_limits
from validation.layers.simulated import Truth, write_tables
from validation.outcome import CONSISTENCY, CONSTRUCTION, OPEN, Outcome, around

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
        body_mass_kg={str(sex): mass for sex, mass in check.body_mass_kg.items()},
        body_mass_sd=check.body_mass_sd,
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
    """The simulated cohort by target, effective dose ("effective dose, ICRP 60") or TIAC ("TIAC, liver").

    Doses are those of all patients' phantoms, as the papers averaged them: OLINDA/EXM's men have ovaries. In
    a study's own tables an organ counts in those alone who have it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(folder, truth_of(case, check), check.men, check.women, check.seed)
        text = STUDY.format(nuclide=case.nuclide, product=case.product, **check.phantoms)
        (folder / "study.toml").write_text(text, encoding="utf-8")
        study = load_study(folder / "study.toml")
        of, settings = nuclide(case.nuclide), study.settings
        results = results_of(read_study(study, of), methods_of(settings), of, settings.effective_dose)
    values: dict[str, list[float]] = {}
    for r in results:
        whole = {WHOLE_BODY: r.sources.whole_body.value_h} if r.sources.whole_body else {}
        mine = {
            **r.doses,
            **{f"{weight_set(w)['quantity']}, {w}": value for w, (value, _) in r.effective.items()},
            **{f"TIAC, {source}": value for source, value in {**r.sources, **whole}.items()},
        }
        for name, value in mine.items():
            values.setdefault(name, []).append(value)
    return {name: _spread(v) for name, v in values.items()}


def _spread(values: list[float]) -> Spread:
    return Spread(statistics.fmean(values), statistics.stdev(values), min(values), max(values))


def outcomes(case: Case, check: Cohort) -> list[Outcome]:
    """Means against the 95 % confidence intervals of the published means; SDs by the ratio of variances.

    Rows of the organs whose TIACs and SDs were drawn from their own published dose agree by construction.
    """
    found, patients = simulate(case, check), check.men + check.women
    left_out = {o.region: f"not judged: {o.because}" for o in check.leave_out}
    factor, percent = check.missed_within_factor, check.missed_within_percent
    means, spreads = [], []
    for value in (v for group in case.published for v in group.rows):
        if value.of not in found or value.sd is None:
            continue
        published, sd, unit = case.in_unit(value.of)
        assert sd is not None
        ours, note = found[value.of], left_out.get(value.of, "")
        strength = CONSTRUCTION if value.of in ORGANS else CONSISTENCY
        off_percent = abs(100.0 * (ours.mean / published - 1.0))
        means.append(
            Outcome(
                case.name,
                LAYER,
                f"mean of {patients} simulated patients",
                quantity=value.of,
                unit=unit,
                published=published,
                published_sd=sd,
                ours=ours.mean,
                ours_se=ours.sd,
                limits=OPEN if note else around(published, mean_half_width(sd, case.n)),
                because=f"95 % confidence interval of the published mean of {case.n} patients",
                note=note,
                strength=strength,
                known=check.missed if off_percent <= percent else "",
            )
        )
        spreads.append(
            Outcome(
                case.name,
                LAYER,
                "SD, simulated over published",
                quantity=value.of,
                ours=ours.sd / sd,
                limits=OPEN if note else sd_ratio_limits(patients, case.n),
                because=f"95 % of ratios of SDs of {patients} and {case.n} patients",
                note=note,
                strength=strength,
                known=check.missed if 1.0 / factor <= ours.sd / sd <= factor else "",
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


#: What is not published: name in the case file, and the factor that shows what it does.
ASSUMED = {
    "serum in the fast phase": ("serum_fast_share", 1.5),
    "half-life of the fast phase, h": ("serum_fast_half_life_h", 1.5),
    "plasma volume, L/kg": ("plasma_volume_L_per_kg", 1.15),
    "mean body mass (men, women), kg": ("body_mass_kg", 1.1),
}


def moved(check: Cohort, name: str, factor: float) -> Cohort:
    """The check with one of what it assumes multiplied; three patients, since the same draws are compared."""
    old = getattr(check, name)
    new = {k: v * factor for k, v in old.items()} if isinstance(old, dict) else old * factor
    return check.model_copy(update={name: new, "men": 2, "women": 1})


def sensitivity(case: Case, check: Cohort, of: Sequence[str]) -> dict[str, dict[str, float]]:
    """By assumption and quantity: change of the cohort's mean, %, where the assumption is raised."""
    base = simulate(case, moved(check, "serum_fast_share", 1.0))
    table = {}
    for words, (name, factor) in ASSUMED.items():
        found = simulate(case, moved(check, name, factor))
        table[words] = {q: 100.0 * (found[q].mean / base[q].mean - 1.0) for q in of}
    return table
