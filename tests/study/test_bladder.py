"""The bladder of a study: from the whole body's curve, from urine, in the remainder, and what cannot be."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dosimetry.commands.app import app
from dosimetry.errors import DosimetryError
from dosimetry.study.check import check_study
from dosimetry.study.pipeline import run_study
from dosimetry.study.study_file import load_study
from kinetics import Contents, Emptying, Inflow, MeasuredContents, Urine, fit_urine

BLADDER = "urinary bladder contents"
ZR89 = math.log(2.0) / 78.41
FRACTION = 'urine_fraction = 0.6\nwhole_body_counted = "after voiding"\nevery_h = 4.0\nfirst_h = 1.5\n'
URINE = """file = "urine.csv"
decay_corrected = true
collection = "complete"
whole_body_counted = "with contents"
"""
VOIDS = {
    "P01": [(2.0, 1.5), (5.0, 2.0), (9.0, 2.1), (24.0, 5.0)],
    "P09": [(3.0, 2.5), (8.0, 3.5), (24.0, 6.0)],
}


def with_bladder(folder: Path, keys: str) -> Path:
    study = folder / "study.toml"
    study.write_text(study.read_text(encoding="utf-8") + f"\n[bladder]\n{keys}", encoding="utf-8")
    return study


def with_urine(
    folder: Path, header: str = "patient,time_h,percent_ia,sd_percent_ia", factor: float = 1.0
) -> None:
    rows = [
        f"{name},{t},{x * factor:.10g},{0.05 * x * factor:.10g}"
        for name, voids in VOIDS.items()
        for t, x in voids
    ]
    (folder / "urine.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def complaints(study: Path) -> str:
    with pytest.raises(DosimetryError) as error:
        check_study(study)
    return str(error.value)


@pytest.mark.parametrize("counted", ["after voiding", "with contents"])
def test_a_share_of_what_leaves_the_whole_body(counted: str, study_folder: Path) -> None:
    before = check_study(study_folder / "study.toml").sources[0]
    study = with_bladder(study_folder, FRACTION.replace("after voiding", counted))
    found = check_study(study)
    tiacs = found.sources[0]
    fit = next(c for c in tiacs.curves if c.region == "whole body").fit
    assert fit is not None
    (amplitude, _), (rate, _) = fit.parameters.values()
    inflow = Inflow(np.array([0.6 * amplitude / 100]), np.array([rate]))
    expected = Contents(inflow, Emptying(every_h=4.0, first_h=1.5), ZR89).tiac_h
    assert tiacs[BLADDER] == pytest.approx(expected, rel=1e-9)
    taken = expected if counted == "with contents" else 0.0
    assert tiacs["remainder"] == pytest.approx(before["remainder"] - taken, rel=1e-12)
    assert ("counted after voiding" in tiacs.of("remainder").how) == (counted == "after voiding")
    # the standard errors of the bladder and of what it shares with the whole body, by the fit's covariance
    rng = np.random.default_rng(3)
    draws = rng.multivariate_normal(fit.theta, fit.covariance, 4000)
    each = np.array(
        [
            (
                a / 100 / (b + ZR89),
                Contents(Inflow([0.6 * a / 100], [b]), Emptying(every_h=4.0, first_h=1.5), ZR89).tiac_h,
            )
            for a, b in draws
        ]
    )
    assert tiacs.se_h(BLADDER) == pytest.approx(each[:, 1].std(), rel=0.05)
    covariance = tiacs.covariance_h2()
    assert covariance is not None
    rest = each[:, 0] - (each[:, 1] if counted == "with contents" else 0.0)
    others = [s for s in tiacs if s not in (BLADDER, "remainder")]
    assert all(covariance.loc[BLADDER, s] == 0.0 for s in others)
    assert covariance.loc[BLADDER, "remainder"] == pytest.approx(np.cov(each[:, 1], rest)[0, 1], rel=0.1)


@pytest.mark.parametrize("seed", [0, 1])
def test_averaged_models_average_the_bladder(seed: int, study_folder: Path) -> None:
    study = with_bladder(study_folder, FRACTION)
    rng, rows = np.random.default_rng(seed), ["patient,time_h,percent_ia,sd_percent_ia"]
    for name in ("P01", "P09"):
        for t in (0.5, 3.0, 24.0, 48.0, 96.0, 144.0):
            value = (25 * math.exp(-0.04 * t) + 75 * math.exp(-0.004 * t)) * math.exp(-ZR89 * t)
            rows.append(f"{name},{t},{value * (1 + 0.02 * rng.standard_normal())},{0.02 * value}")
    (study_folder / "whole_body.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    text = study.read_text(encoding="utf-8").replace('model = "monoexponential"', 'model = "auto"', 1)
    study.write_text(text, encoding="utf-8")
    tiacs = check_study(study).sources[0]
    choice = next(c for c in tiacs.curves if c.region == "whole body").choice
    assert choice is not None
    weighed = [(c.weight, c.fit) for c in choice.candidates if c.weight]
    falling = [(w, fit) for w, fit in weighed if not fit.model.startswith("uptake")]
    assert len(falling) > 1
    expected = 0.0
    for weight, fit in falling:
        amplitudes, _, rates = fit.function.split(fit.theta)
        inflow = Inflow(0.006 * (fit.function.coefficients @ amplitudes), rates)
        expected += weight * Contents(inflow, Emptying(every_h=4.0, first_h=1.5), ZR89).tiac_h
    whole = sum(w for w, _ in falling)
    assert tiacs[BLADDER] == pytest.approx(expected / whole, rel=1e-12)
    assert "averaged over" in tiacs.of(BLADDER).how
    said = f"{100 * (1 - whole):.2g} % of the models' weight, which rise"
    assert (said in str(tiacs.warnings.get(BLADDER))) == (len(falling) < len(weighed))


def test_a_fast_part_of_a_curve_that_holds_the_contents_is_said(study_folder: Path) -> None:
    with_contents = FRACTION.replace("after voiding", "with contents")
    study = with_bladder(study_folder, with_contents.replace("every_h = 4.0", "every_h = 400.0"))
    said = check_study(study).sources[0].warnings[BLADDER][0]
    assert "voids are 400 h apart: a whole body that holds the bladder's contents falls at the voids" in said
    study.write_text(study.read_text(encoding="utf-8").replace("400.0", "4.0"), encoding="utf-8")
    assert BLADDER not in check_study(study).sources[0].warnings


def test_measured_voids_without_a_model(study_folder: Path) -> None:
    with_urine(study_folder)
    tiacs = check_study(
        with_bladder(study_folder, f'{URINE}model = "voids as measured"\nresidual = 0.1\n')
    ).sources[0]
    end, percent = np.array(VOIDS["P01"]).T
    urine = Urine(
        end_h=end, percent_ia=percent, sd_percent_ia=0.05 * percent, decay_corrected=True, complete=True,
        lambda_phys_per_h=ZR89,
    )  # fmt: skip
    expected = MeasuredContents(urine, 0.1)
    assert tiacs[BLADDER] == pytest.approx(expected.tiac_h, rel=1e-9)
    assert tiacs.se_h(BLADDER) == pytest.approx(expected.se_h, rel=1e-9)
    assert tiacs.warnings[BLADDER][0].startswith("the last void, at 24 h, brought 47 % of all urine")


def test_urine_fitted_and_emptied_at_other_times(study_folder: Path) -> None:
    with_urine(study_folder)
    keys = f'{URINE}model = "one exponential"\nweights = "sd"\ntimes_h = [1.0, 2.5]\nevery_h = 3.0\n'
    result = run_study(with_bladder(study_folder, keys))
    end, percent = np.array(VOIDS["P09"]).T
    urine = Urine(
        end_h=end, percent_ia=percent, sd_percent_ia=0.05 * percent, decay_corrected=True, complete=True,
        lambda_phys_per_h=ZR89,
    )  # fmt: skip
    contents = Contents(fit_urine(urine, 1).inflow, Emptying(times_h=(1.0, 2.5), every_h=3.0), ZR89)
    row = result.tiac.query(f"patient == 'P09' and source == '{BLADDER}'").iloc[0]
    assert row["tiac_h"] == pytest.approx(contents.tiac_h, rel=1e-9)
    assert row["se_h"] == pytest.approx(contents.se_h, rel=1e-9)
    assert "measured urine, one exponential (sd), emptied at 1, 2.5 h and every 3 h: " in row["obtained"]
    assert " %IA with " in row["obtained"]


def test_concentrations_times_volumes_and_decay_are_the_same(study_folder: Path) -> None:
    with_urine(study_folder)
    keys = f'{URINE}model = "voids as measured"\n'
    first = check_study(with_bladder(study_folder, keys)).sources
    import pandas as pd

    patients = pd.read_csv(study_folder / "patients.csv", comment="#").set_index("patient")
    rows = ["patient,time_h,kBq_per_mL,volume_mL,counted_at_h"]
    for name, voids in VOIDS.items():
        for t, x in voids:
            kBq = x / 100 * patients.loc[name, "administered_MBq"] * 1e3 * math.exp(-ZR89 * (t + 5.0))
            rows.append(f"{name},{t},{kBq / 250:.12g},250,{t + 5.0}")
    (study_folder / "urine.csv").write_text("\n".join([*rows[:1], *reversed(rows[1:]), ""]), encoding="utf-8")
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    at = text.index("[bladder]")
    changed = text[:at] + text[at:].replace("decay_corrected = true", "decay_corrected = false")
    study.write_text(changed, encoding="utf-8")
    for a, b in zip(first, check_study(study).sources, strict=True):
        assert a[BLADDER] == pytest.approx(b[BLADDER], rel=1e-9)
        assert b.se_h(BLADDER) is None
        assert b.of(BLADDER).reason == "the voids have no standard deviations"


def tiac_study(folder: Path, remainder: str, keys: str, rows: str = "") -> Path:
    rest = "whole body" if "minus" in remainder else "remainder"
    table = f"patient,source,tiac_h\nP01,liver,10\nP01,{rest},80\n{rows}"
    (folder / "tiac.csv").write_text(table, encoding="utf-8")
    (folder / "patients.csv").write_text("patient,sex\nP01,male\n", encoding="utf-8")
    (folder / "urine.csv").write_text("patient,time_h,percent_ia\nP01,2,3\nP01,6,4\n", encoding="utf-8")
    study = folder / "study.toml"
    head = study.read_text(encoding="utf-8").split("[whole_body]")[0]
    study.write_text(
        f'{head}\n[tiac]\nfile = "tiac.csv"\nremainder = "{remainder}"\n[bladder]\n{keys}', encoding="utf-8"
    )
    return study


OF_URINE = (
    'file = "urine.csv"\ndecay_corrected = true\ncollection = "complete"\nmodel = "voids as measured"\n'
)


@pytest.mark.parametrize("counted", ["after voiding", "with contents"])
def test_urine_beside_given_tiacs(counted: str, study_folder: Path) -> None:
    study = tiac_study(
        study_folder, "whole body minus sources", f'{OF_URINE}whole_body_counted = "{counted}"\n'
    )
    tiacs = check_study(study).sources[0]
    urine = Urine(
        end_h=[2, 6], percent_ia=[3, 4], decay_corrected=True, complete=True, lambda_phys_per_h=ZR89
    )
    expected = MeasuredContents(urine).tiac_h
    assert tiacs[BLADDER] == pytest.approx(expected, rel=1e-12)
    assert tiacs["remainder"] == pytest.approx(70.0 - (expected if counted == "with contents" else 0.0))


def test_given_remainder_stays(study_folder: Path) -> None:
    tiacs = check_study(tiac_study(study_folder, "as given", OF_URINE)).sources[0]
    assert tiacs["remainder"] == 80.0
    assert tiacs[BLADDER] > 0.0


def test_a_bladder_twice_in_the_table_of_tiacs(study_folder: Path) -> None:
    said = complaints(tiac_study(study_folder, "as given", OF_URINE, f"P01,{BLADDER},1\n"))
    assert f"row 4, column 'source': '{BLADDER}' has a TIAC here and a [bladder] in the study file" in said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("every_h = 3.5\n", "bladder: urine_fraction, or file (a table of measured urine): one of the two"),
        (FRACTION.replace("0.6", "60.0"), "bladder: urine_fraction is 60; above 0 and at most 1"),
        (FRACTION.replace("4.0", "0.0"), "bladder: an interval between emptyings is 0 h; above 0 is needed"),
        (FRACTION.replace("first_h = 1.5", "times_h = [2.0, 1.0]"), "time 2 of emptying is 1 h; above"),
        (FRACTION.replace("first_h = 1.5", "times_h = []"), "bladder: times_h is empty"),
        (FRACTION + "continuous_per_h = 0.5\n", "bladder: 'every_h' does not go with continuous_per_h"),
        (FRACTION + 'file = "urine.csv"\n', "bladder: urine_fraction and file are two ways"),
        (FRACTION + 'collection = "complete"\n', "'collection' is of measured urine, and there is no 'file'"),
        (FRACTION + "every_hour = 3\n", "unknown key bladder.every_hour; near names: every_h"),
        (FRACTION.split("every_h")[0], "bladder: when is it emptied?"),
        (FRACTION.replace('whole_body_counted = "after voiding"\n', ""), "whole_body_counted is missing"),
        (FRACTION + "residual = 1.0\n", "a share of 1 stays at an emptying"),
        ('file = "urine.csv"\nmodel = "auto"\nevery_h = 2\n', "bladder: weights is missing"),
        (URINE + 'model = "voids as measured"\nevery_h = 3.0\n', "'every_h' does not go with voids"),
        (URINE.replace("complete", "incomplete") + 'model = "voids as measured"\n', "needs a complete"),
        (URINE + 'model = "three"\n', "bladder.model = 'three': allowed: 'voids as measured'"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit(keys: str, said: str, study_folder: Path) -> None:
    with pytest.raises(DosimetryError) as error:
        load_study(with_bladder(study_folder, keys))
    assert any(said in line for line in str(error.value).split("\n")), str(error.value)
    assert all(line.startswith(str(study_folder)) for line in str(error.value).split("\n"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("patient,time_h,percent_ia\nP01,2,3\n", "patient 'P09' of"),
        ("patient,time_h,percent_ia\nP01,2,3\nP01,2,4\nP09,2,1\n", "row 3, column 'time_h': 2 stands twice"),
        ("patient,time_h,percent_ia\nP01,2,-3\nP09,2,1\n", "row 2, column 'percent_ia': -3 is not allowed"),
        ("patient,time_h,percent_ia\nP01,0,3\nP09,2,1\n", "row 2, column 'time_h': 0 is not allowed"),
        ("patient,time_h,percent_ia\nP01,2,\nP09,2,1\n", "row 2, column 'percent_ia': the value is missing"),
        ("patient,time_h,percent_ia\nP01,2,80\nP01,3,70\nP09,2,1\n", "rows 2 to 3, P01: all voids hold"),
        ("patient,time_h,percent_ia\nP01,2,8\nP77,3,7\nP09,2,1\n", "row 3, column 'patient': 'P77' is"),
        ("patient,time_h\nP01,2\nP09,2\n", "column 'percent_ia', or 'kBq_per_mL' with 'volume_mL'"),
        ("patient,time_h,kBq_per_mL\nP01,2,1\nP09,2,1\n", "column 'volume_mL' is missing; with 'kBq_per_mL'"),
        ("patient,time_h,start_h,percent_ia\nP01,2,1,3\nP09,2,0,1\n", "row 2, P01: void 1 starts"),
        ("patient,time_h,percent_ia,sd_kBq_per_mL\nP01,2,3,1\nP09,2,1,1\n", "belongs to no column of values"),
    ],
)  # fmt: skip
def test_urine_that_cannot_be(table: str, said: str, study_folder: Path) -> None:
    (study_folder / "urine.csv").write_text(table, encoding="utf-8")
    study = with_bladder(study_folder, f'{URINE}model = "voids as measured"\n')
    assert any(said in line and "urine.csv" in line for line in complaints(study).split("\n"))


def test_an_organ_curve_of_the_same_region(study_folder: Path) -> None:
    with (study_folder / "organs.csv").open("a", encoding="utf-8") as f:
        f.write("P01,bladder contents,2,3,0.1,%IA\nP01,bladder contents,8,3,0.1,%IA\n")
    said = complaints(with_bladder(study_folder, FRACTION))
    assert "organs.csv: rows" in said
    assert f"'{BLADDER}' has a curve of its own and a [bladder] as well" in said


def test_a_whole_body_that_rises(study_folder: Path) -> None:
    study = with_bladder(study_folder, FRACTION)
    text = study.read_text(encoding="utf-8").replace('model = "monoexponential"', 'model = "uptake"', 1)
    study.write_text(text, encoding="utf-8")
    assert f"{BLADDER}: what enters is below 0 at 0 h: the curve rises there" in complaints(study)


def test_clock_times(study_folder: Path) -> None:
    with_urine(study_folder)
    keys = f'{URINE}model = "voids as measured"\n'
    hours = check_study(with_bladder(study_folder, keys)).sources
    patients = (study_folder / "patients.csv").read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(patients) if line.startswith("patient,"))
    patients = [
        line if i < at or not line else line + (",injected_at" if i == at else ",2024-03-01T08:00")
        for i, line in enumerate(patients)
    ]
    (study_folder / "patients.csv").write_text("\n".join(patients), encoding="utf-8")
    rows = [
        f"{n},2024-03-0{1 + (8 + int(t)) // 24}T{(8 + int(t)) % 24:02d}:00,{x}"
        for n, voids in VOIDS.items()
        for t, x in voids
    ]
    (study_folder / "urine.csv").write_text(
        "\n".join(["patient,time,percent_ia", *rows, ""]), encoding="utf-8"
    )
    for a, b in zip(hours, check_study(study_folder / "study.toml").sources, strict=True):
        assert a[BLADDER] == pytest.approx(b[BLADDER], rel=1e-12)
        assert b.warnings[BLADDER][0].startswith("clock times without a time zone")


def test_check_and_init_know_the_bladder(study_folder: Path, tmp_path: Path) -> None:
    study = with_bladder(study_folder, FRACTION)
    told = CliRunner().invoke(app, ["check", str(study)])
    assert told.exit_code == 0, told.output
    assert "60 % of what leaves the whole body's curve, emptied at 1.5 h and every 4 h" in " ".join(
        told.output.split()
    )
    new = tmp_path / "new"
    assert CliRunner().invoke(app, ["init", str(new), "--nuclide", "F-18", "--product", "x"]).exit_code == 0
    text = (new / "study.toml").read_text(encoding="utf-8")
    wanted = ("# [bladder]", "# urine_f", "# whole_body_counted", "# every")
    lines = [line[2:] for line in text.split("\n") if line.startswith(wanted)]
    (new / "study.toml").write_text("\n".join([text, *lines]), encoding="utf-8")
    assert load_study(new / "study.toml").settings.bladder is not None
