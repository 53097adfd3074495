"""The files of a dose map: what they hold, that a preview says so, that all are there or none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from map_bodies import box_body, uniform_in

from dosimetry.errors import DosimetryError
from dosimetry.maps.activity import ActivityImage
from dosimetry.maps.dose_map import DoseMap
from dosimetry.maps.making import MapOptions, dose_map
from dosimetry.report.maps.histograms import check_regions
from dosimetry.report.maps.names import map_files
from dosimetry.report.maps.slices import _legend, planes, upright
from dosimetry.report.maps.writing import check_map_places, write_map, write_together
from phantoms import PhantomError

BODY = box_body()


def made(**options: Any) -> DoseMap:
    values = uniform_in(BODY, "left kidney", total=2.0)
    # an image whose first axis runs to the left
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = values.shape[0] - 1
    image = ActivityImage(values[::-1], BODY.affine_mm @ flip, "tiac_h", {"activity image": "act.nii.gz"})
    given = {"precision_percent": 20.0, "histories_per_batch": 2000, "workers": 1, **options}
    return dose_map(image, BODY, "Zr-89", options=MapOptions(**given))


@pytest.fixture(scope="module")
def result() -> DoseMap:
    return made()


def test_images_have_doses_places_and_units(result: DoseMap, tmp_path: Path) -> None:
    paths = write_map(tmp_path / "dose.nii.gz", result, facts={"command": "milligray map"})
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in paths.values())
    dose: Any = nib.load(paths["dose"])
    np.testing.assert_array_equal(dose.get_fdata(dtype=np.float32), result.dose)
    np.testing.assert_allclose(dose.affine, result.affine_mm)
    assert dose.header.get_xyzt_units()[0] == "mm"
    text = bytes(dose.header["descrip"]).rstrip(b"\0").decode()
    assert text.startswith("absorbed dose, mGy/MBq, Zr-89, milligray ")
    assert bytes(dose.header["intent_name"]).rstrip(b"\0") == b"mGy/MBq"
    se: Any = nib.load(paths["relative_se"])
    np.testing.assert_array_equal(se.get_fdata(dtype=np.float32), result.relative_se)
    # the left kidney lies at negative x in this body, wherever its voxels are stored
    mm = dose.affine @ [*np.unravel_index(np.nanargmax(result.dose), result.dose.shape), 1.0]
    assert mm[0] < 0.0


def test_tables_and_provenance(result: DoseMap, tmp_path: Path) -> None:
    paths = write_map(tmp_path / "dose.nii", result, shares=(50.0, 95.0), doses=(1.0,))
    table = pd.read_csv(paths["regions"], comment="#", index_col="region")
    np.testing.assert_allclose(
        table["mean_mGy_per_MBq"], [result.mean(r)[0] for r in result.regions], rtol=1e-6
    )
    assert {"D50_mGy_per_MBq", "D95_mGy_per_MBq", "V1mGy_per_MBq_percent", "mass_kg"} <= set(table.columns)
    assert table["V1mGy_per_MBq_percent"].between(0.0, 100.0).all()
    curves = pd.read_csv(paths["dvh"], comment="#")
    one = curves[curves["region"] == "left kidney"]
    h = result.dvh("left kidney")
    # doses are written with seven digits: a voxel may fall to the other side
    voxel = 100.0 / h.dose.size
    np.testing.assert_allclose(
        one["volume_percent"], h.share_above(one["dose_mGy_per_MBq"]), atol=1.01 * voxel
    )
    assert one["volume_percent"].iloc[0] == 100.0 and one["volume_percent"].iloc[-1] == pytest.approx(voxel)
    facts = json.loads(paths["provenance"].read_text())
    assert facts["preview"] is False and facts["unit"] == "mGy/MBq"
    for name, kept in facts["files"].items():
        assert kept["sha256"] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    wanted = (
        "nuclide", "seed", "precision reached", "bremsstrahlung", "version milligray", "activity image",
        "activity outside of the body", "histories of photons of 30 keV and more", "body origin",
    )  # fmt: skip
    for fact in wanted:
        assert facts["provenance"][fact], fact
    assert [r["region"] for r in facts["regions"]] == list(result.regions)


def test_the_same_map_is_the_same_files(result: DoseMap, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_map(tmp_path / name / "dose.nii.gz", result)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_preview_is_marked_in_names_headers_tables_and_provenance(tmp_path: Path) -> None:
    paths = write_map(tmp_path / "dose.nii.gz", made(preview=True))
    assert all("dose_preview" in p.name for p in tmp_path.iterdir()) and "relative_se" not in paths
    header: Any = nib.load(paths["dose"]).header
    assert bytes(header["descrip"]).startswith(b"PREVIEW, no result") and b"PREVIEW" in bytes(
        header["intent_name"]
    )
    for what in ("regions", "dvh"):
        assert paths[what].read_text().startswith("# PREVIEW, no result")
    assert json.loads(paths["provenance"].read_text())["preview"] is True


def test_files_that_are_there_stay_unless_they_are_to_be_replaced(result: DoseMap, tmp_path: Path) -> None:
    (tmp_path / "dose.json").write_text("mine")
    with pytest.raises(DosimetryError, match=r"dose.json exist; name another file, or --overwrite"):
        write_map(tmp_path / "dose.nii.gz", result)
    assert [p.name for p in tmp_path.iterdir()] == ["dose.json"]
    write_map(tmp_path / "dose.nii.gz", result, overwrite=True)
    assert json.loads((tmp_path / "dose.json").read_text())["unit"] == "mGy/MBq"


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match="there is no such folder"):
        check_map_places(map_files(tmp_path / "no" / "dose.nii", preview=False), overwrite=True)
    (tmp_path / "dose_dvh.png").mkdir()
    with pytest.raises(DosimetryError, match=r"dose_dvh.png: this is not a file"):
        check_map_places(map_files(tmp_path / "dose.nii", preview=False), overwrite=True)
    for name in ("dose.csv", ".nii.gz", "dose"):
        with pytest.raises(DosimetryError, match=r"ends in .nii.gz or .nii"):
            map_files(name, preview=False)


@pytest.mark.parametrize("which", [0, 1, 2, 3])
def test_a_failure_leaves_the_old_files_and_no_new_one(
    which: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    old, new = tmp_path / "a", tmp_path / "b"
    old.write_bytes(b"old")
    replace, calls = os.replace, iter(range(100))

    def failing(source: Any, target: Any) -> None:
        if next(calls) == which:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr("dosimetry.report.maps.writing.os.replace", failing)
    content = {old: b"new", new: b"also new"}
    if which < 3:
        with pytest.raises(DosimetryError, match="cannot be written"):
            write_together(content)
        monkeypatch.undo()
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old"}
    else:
        write_together(content)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"new", "b": b"also new"}


def test_pictures_have_the_patients_axes(result: DoseMap) -> None:
    of = upright(result)
    assert of.dose.shape == (7, 5, 9)  # the box without the space around it
    np.testing.assert_allclose(of.first_mm, [-30.0, -30.0, -30.0])
    i, j, k = planes(of)
    assert 1 <= i <= 2 and 1 <= j <= 3 and 2 <= k <= 5  # through the left kidney
    turned = box_body(affine_mm=BODY.affine_mm[:, [2, 0, 1, 3]] @ np.diag([1.0, -1.0, 1.0, 1.0]),
                      code=np.ascontiguousarray(BODY.code.transpose(2, 0, 1)))  # fmt: skip
    image = ActivityImage(uniform_in(turned, "left kidney"), turned.affine_mm)
    options = MapOptions(precision_percent=20.0, histories_per_batch=2000)
    other = upright(dose_map(image, turned, "Zr-89", options=options))
    assert other.dose.shape == of.dose.shape
    # its second axis runs to the left, so that the kidney of the low indices is on the right
    assert 4 <= planes(other)[0] <= 5


def test_what_the_figure_cannot_show_is_known_before_the_run() -> None:
    """A run of minutes must not end in the refusal of a region that was named at its start."""
    check_regions(BODY, ["kidneys", "left kidney", "total body"])
    with pytest.raises(DosimetryError, match="'gas' has no voxel with a dose"):
        check_regions(BODY, ["gas"])
    with pytest.raises(PhantomError, match="spleen"):
        check_regions(BODY, ["spleen"])
    with pytest.raises(DosimetryError, match="30 regions in one figure; at most"):
        check_regions(BODY, [f"lesion {n}" for n in range(30)])


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_volumes_of_doses_that_cannot_be_are_refused(result: DoseMap, wrong: float) -> None:
    """V of NaN would be 0 %, V of a negative dose 100 %, both without a word."""
    with pytest.raises(DosimetryError, match="V is of doses of 0 and more"):
        result.by_region(doses=(wrong,))


def test_the_picture_says_below_which_dose_it_has_no_colour(result: DoseMap) -> None:
    assert "no colour: under 0.012 mGy/MBq" in _legend(result, 0.0123)
