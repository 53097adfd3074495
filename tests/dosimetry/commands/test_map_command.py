"""``milligray map`` from files to files, and a line for everything that cannot be."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from dosimetry.commands.app import main
from phantoms import load_phantom
from phantoms.voxels.storing import save_voxel_library

sys.path.insert(0, str(Path(__file__).parents[1] / "maps"))
from map_bodies import box_body, uniform_in

BODY = box_body()
FAST = ("--precision", "20", "--workers", "1")


def write_image(path: Path, values: Any, affine: Any = None, unit: str = "mm") -> Path:
    image: Any = nib.Nifti1Image(np.asarray(values, np.float32), BODY.affine_mm if affine is None else affine)
    image.header.set_xyzt_units(unit)
    nib.save(image, path)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    # batches as small as the body
    monkeypatch.setattr("dosimetry.maps.making.HISTORIES_PER_BATCH", 2000)
    monkeypatch.chdir(tmp_path)
    save_voxel_library(load_phantom("adult male"), BODY, tmp_path / "patient.h5")
    write_image(tmp_path / "act.nii.gz", uniform_in(BODY, "left kidney", total=2.0))
    return tmp_path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def made(*more: object, image: str = "act.nii.gz", body: str = "patient.h5", nuclide: str = "Zr-89") -> int:
    return run("map", image, "--body", body, "--nuclide", nuclide, "--out", "dose.nii.gz", *FAST, *more)


def test_a_map_with_all_its_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made("--v", "1.5", "--d", "95", "--region", "kidneys") == 0
    said = capsys.readouterr()
    assert "Zr-89 in box: absorbed dose / (mGy/MBq)" in said.out and "left kidney" in said.out
    assert "precision reached" in said.err and "bremsstrahlung" in said.err
    facts = json.loads((folder / "dose.json").read_text())
    assert facts["provenance"]["command"].startswith("milligray map act.nii.gz --body patient.h5")
    assert facts["provenance"]["activity image"] == "act.nii.gz"
    assert "V1.5mGy_per_MBq_percent" in facts["regions"][0] and "D95_mGy_per_MBq" in facts["regions"][0]
    names = {"dose.nii.gz", "dose.json", "dose_relative_se.nii.gz", "dose_regions.csv", "dose_dvh.csv",
             "dose_dvh.png", "dose_slices.png"}  # fmt: skip
    assert {p.name for p in folder.iterdir()} == {*names, "act.nii.gz", "patient.h5", "cache"}
    assert not list((folder / "cache").rglob("map-*.npz"))
    assert made() == 2
    assert "dose.nii.gz" in capsys.readouterr().err
    assert made("--overwrite", "--quantity", "MBq_h") == 0
    assert json.loads((folder / "dose.json").read_text())["unit"] == "Gy"


def test_a_stopped_run_keeps_its_work_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from phantoms.voxels.walk.photons import Walker

    batch, count = Walker.batch, iter(range(1000))

    def stopping(self: Walker, *given: Any, **options: Any) -> Any:
        if next(count) == 5:
            raise KeyboardInterrupt
        return batch(self, *given, **options)

    before = {p.name for p in folder.iterdir()}
    monkeypatch.setattr(Walker, "batch", stopping)
    assert made("--work", "kept") == 130
    assert "the same command goes on from it" in capsys.readouterr().err
    assert {p.name for p in folder.iterdir()} == {*before, "kept"}
    monkeypatch.setattr(Walker, "batch", batch)
    assert made("--work", "kept") == 0
    assert list((folder / "kept").glob("map-*.npz"))


def test_a_preview_is_named_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made("--preview") == 0
    said = capsys.readouterr()
    assert "warning: this is a preview" in said.err and "PREVIEW, no result" in said.out
    assert (folder / "dose_preview.nii.gz").exists() and not (folder / "dose.nii.gz").exists()


def test_a_run_ends_at_its_photons_and_says_what_it_reached(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precise = ("--precision", "0.05", "--max-histories", "80000")
    assert (
        run(
            "map",
            "act.nii.gz",
            "--body",
            "patient.h5",
            "--nuclide",
            "Zr-89",
            "--out",
            "dose.nii.gz",
            *precise,
        )
        == 0
    )
    said = " ".join(capsys.readouterr().err.split())
    assert "%, not 0.05 %: the run was to end after 80000 histories" in said


def bad_images(folder: Path) -> dict[str, str]:
    values = uniform_in(BODY, "left kidney", total=2.0)
    outside = values.copy()
    outside[0, 0, 0] = 1.0
    write_image(folder / "nan.nii.gz", np.where(values > 0, np.nan, values))
    write_image(folder / "negative.nii.gz", values - 1e-3)
    write_image(folder / "zero.nii.gz", 0.0 * values)
    write_image(folder / "series.nii.gz", np.stack([values, values], axis=-1))
    write_image(folder / "metres.nii.gz", values, BODY.affine_mm, "meter")
    write_image(folder / "outside.nii.gz", outside)
    write_image(folder / "coarse.nii.gz", values[::2], BODY.affine_mm @ np.diag([2.0, 1.0, 1.0, 1.0]))
    mirrored = np.diag([-1.0, -1.0, 1.0, 1.0]) @ BODY.affine_mm
    mirrored[:2, 3] += 500.0
    write_image(folder / "elsewhere.nii.gz", values, mirrored)
    (folder / "text.nii.gz").write_text("no image")
    (folder / "cut.nii.gz").write_bytes((folder / "act.nii.gz").read_bytes()[:-40])
    with (folder / "large.nii").open("wb") as f:
        f.truncate(2 << 30)  # of zeros, and none of them is on the disk
    (folder / "other.nii.gz").write_bytes(gzip.compress(b"\0" * 4000))
    return {
        "nan.nii.gz": "24 voxels are NaN",
        "negative.nii.gz": "voxels are negative, the first at index (0, 0, 0): -0.001",
        "zero.nii.gz": "all voxels are 0",
        "series.nii.gz": "4 axes",
        "metres.nii.gz": "millimetres against metres",
        "outside.nii.gz": "33.3 % of the activity lies outside of the body 'box'; at most 1 % is allowed",
        "coarse.nii.gz": "its voxels are not those of the body: the image has 5 x 7 x 11 voxels of 20 x 10",
        "elsewhere.nii.gz": "it does not lie where the body 'box' is",
        "text.nii.gz": "not a NIfTI",
        "cut.nii.gz": "damaged or cut short",
        "large.nii": "not a NIfTI",
        "other.nii.gz": "not a NIfTI",
        "none.nii.gz": "there is no such file",
    }


def test_every_bad_image_is_a_line_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = bad_images(folder)
    before = {p.name for p in folder.iterdir()}
    for name, words in bad.items():
        assert made(image=name) == 2, name
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and lines[0].startswith(f"milligray: error: {name}: "), lines
        assert words in lines[0], lines[0]
    assert {p.name for p in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--quantity", "Bq"), "quantity 'Bq' is unknown; there are: tiac_h"),
        (("--precision", "0"), "precision_percent is 0"),
        (("--out", "dose.png"), "a name that ends in .nii.gz or .nii is needed"),
        (("--out", "no/dose.nii"), "no: there is no such folder"),
        (("--region", "liver"), "the body 'box' has no region 'liver'"),
        (("--nuclide", "Zr-8"), "unknown nuclide"),
        (("--body", "act.nii.gz"), "act.nii.gz"),
        (("--d", "101"), "0 to 100 %"),
    ],
)
def test_options_that_cannot_be(options: tuple[str, ...], words: str, folder: Path, capsys: Any) -> None:
    before = {p.name for p in folder.iterdir()}
    assert made(*options) == 2
    assert words in capsys.readouterr().err
    assert {p.name for p in folder.iterdir()} <= {*before, "cache"}
