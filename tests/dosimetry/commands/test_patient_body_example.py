"""The example of a patient's own body: its data, and its commands on coarse voxels with few photons."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

nib = pytest.importorskip("nibabel")

EXAMPLE = Path(__file__).parents[3] / "examples" / "patient-body"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's files."""
    spec = importlib.util.spec_from_file_location("make_trunk", EXAMPLE / "make_data.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("scan")
    module.write(folder)
    return folder


def test_the_image_of_activity_holds_the_tiacs_of_the_table(scan: Path) -> None:
    tiac = pd.read_csv(scan / "tiac.csv").set_index("source")["tiac_h"]
    image = nib.load(scan / "activity.nii.gz").get_fdata()
    labels = np.asarray(nib.load(scan / "labels.nii.gz").dataobj)
    assert image.sum() == pytest.approx(tiac.sum(), rel=1e-5)
    assert image[labels == 201].sum() == pytest.approx(tiac["lesion 1"], rel=1e-5)
    assert image[np.isin(labels, (2, 3))].sum() == pytest.approx(tiac["kidneys"], rel=1e-5)


def test_its_commands_give_doses_and_a_map_that_agree(
    scan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dosimetry.commands.app import main

    monkeypatch.chdir(scan)

    def milligray(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(words)
        told = capsys.readouterr()
        assert end.value.code == 0, told.err
        return told.out + told.err

    told = milligray(
        "phantoms", "voxels", "labels.nii.gz", "--labels", "labels.toml", "--ct", "ct.nii.gz",
        "--nuclide", "Zr-89", "--sources", "liver,lesion 1,spleen", "--voxel-mm", "12",
        "--precision", "30", "--units", "units", "--out", "patient.h5",
    )  # fmt: skip
    assert "upper end, lower end" in " ".join(told.split())
    tiac = pd.read_csv("tiac.csv").set_index("source")["tiac_h"]
    few = tiac[["liver", "lesion 1", "spleen"]]
    few["remainder"] = tiac.sum() - few.sum()
    few.to_csv("few.csv")
    milligray(
        "dose", "--nuclide", "Zr-89", "--phantom", "patient.h5", "--tiac", "few.csv", "--csv", "doses.csv"
    )
    doses = pd.read_csv("doses.csv", comment="#").set_index("target")["dose_mGy_per_MBq"]
    assert doses["lesion 1"] > 1.5 * doses["liver"] > 1.5 * doses["spleen"] > 0.0
    milligray(
        "map", "activity.nii.gz", "--body", "patient.h5", "--nuclide", "Zr-89", "--resample",
        "--precision", "10", "--most-outside", "20", "--out", "dose.nii.gz",
    )  # fmt: skip
    regions = pd.read_csv("dose_regions.csv", comment="#").set_index("region")
    facts = json.loads(Path("dose.json").read_text(encoding="utf-8"))
    assert "Zr-89" in json.dumps(facts)
    for region in ("liver", "spleen"):
        assert regions.loc[region].filter(like="mean").iloc[0] == pytest.approx(doses[region], rel=0.15)
