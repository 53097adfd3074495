"""Serum samples of a study in batches: numbers, the note, and what is taken for a typing error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry.errors import DosimetryError
from dosimetry.study.pipeline import run_study
from kinetics.curves.gamma_counter import Standard, serum_curve

COMMON = ["standard_counts", "background_counts"]


def change(folder: Path, cells: dict[int, dict[str, object]]) -> pd.DataFrame:
    """Cells by row of the data, from 0."""
    frame = pd.read_csv(folder / "serum.csv", comment="#")
    for row, values in cells.items():
        for column, value in values.items():
            if column not in frame:
                frame[column] = ""
            frame.loc[row, column] = value
    frame.to_csv(folder / "serum.csv", index=False)
    return frame


def test_each_batch_has_its_own_standard(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    frame = pd.read_csv(study_folder / "serum.csv", comment="#")
    late = frame.index[(frame["patient"] == "P01") & (frame["time_h"] > 20)]
    assert len(late) > 1
    frame = change(study_folder, {i: {"standard_counts": 18000, "background_counts": 111} for i in late})
    after = run_study(study_folder / "study.toml")
    mine = frame[frame["patient"] == "P01"].sort_values("time_h")
    expected = serum_curve(
        mine["time_h"], mine["sample_counts"], sample_volume_mL=mine["sample_volume_mL"],
        live_time_s=mine["live_time_s"],
        standard=[Standard(5.352 / 1000, c, 60.0) for c in mine["standard_counts"]],
        administered_MBq=178.4, background_counts=mine["background_counts"],
        background_live_time_s=mine["background_live_time_s"], decay_corrected=True, half_life_h=78.41,
    )  # fmt: skip
    used = next(c for c in after.of("serum") if c.patient == "P01")
    assert used.curve.value == pytest.approx(expected.value, rel=1e-12)
    assert used.curve.covariance() == pytest.approx(expected.covariance(), rel=1e-12)
    early = np.array(mine["time_h"]) < 20
    assert used.curve.covariance()[np.ix_(early, ~early)] == pytest.approx(0.0)
    note = after.kinetics.query("patient == 'P01' and curve == 'serum'")["note"]
    assert note.str.contains("samples were counted in 2 batches: .*standard 18000 in 60 s").all()
    assert any(w.startswith("P01: serum: samples were counted in 2 batches") for w in after.warnings)
    other = [next(c for c in r.of("serum") if c.patient == "P09") for r in (before, after)]
    assert other[0].curve.value.tolist() == other[1].curve.value.tolist()


def test_a_named_batch_of_one_sample(study_folder: Path) -> None:
    change(study_folder, {3: {"standard_counts": 20100, "batch": "second"}})
    result = run_study(study_folder / "study.toml")
    note = result.kinetics.query("patient == 'P01' and curve == 'serum'")["note"]
    assert note.str.contains("2 batches").all()


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            {3: {"standard_counts": 12345}},
            r"row 5, column 'standard_counts': 12345, but row 2 of .* has 20363.*'batch'",
        ),
        ({3: {"background_counts": 970}}, r"row 5, column 'background_counts': 970, but row 2 .* has 97"),
        ({3: {"standard_activity_kBq": 53.52}}, r"row 5, column 'standard_activity_kBq': 53.52, but row 2"),
        (
            {2: {"batch": "a"}, 3: {"batch": "a", "standard_counts": 12345}},
            r"row 5, column 'standard_counts': 12345, but row 4 of the same patient and batch 'a' has 20363",
        ),
        ({2: {"standard_counts": 50, "background_counts": 98}}, r"standard: reading .* has 50 counts"),
    ],
)
def test_nonsense_is_refused(cells: dict[int, dict[str, object]], said: str, study_folder: Path) -> None:
    change(study_folder, cells)
    with pytest.raises(DosimetryError, match=said):
        run_study(study_folder / "study.toml")
