"""NIfTI files as they come: orientations, units, types, and what is refused, each by a clear line."""

from __future__ import annotations

import gzip
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from made_images import Made, patient, turned, write

from phantoms.errors import PhantomError
from phantoms.voxels.images.make import body_from_images
from phantoms.voxels.images.nifti import read_ct, read_label_volume

AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])
SHAPE = (20, 20, 30)


def cube(value: Any = 5, dtype: Any = np.uint8, shape: tuple[int, ...] = SHAPE) -> Any:
    array = np.zeros(shape, dtype=dtype)
    array[5:10, 5:10, 5:10] = value
    return array


def test_what_is_written_is_read_slope_and_all(tmp_path: Path) -> None:
    labels = read_label_volume(write(tmp_path / "a.nii.gz", cube(300, np.int32), AFFINE))
    assert labels.values.dtype == np.uint16 and labels.values[6, 6, 6] == 300
    np.testing.assert_allclose(labels.affine_mm, AFFINE)
    image = nibabel.Nifti1Image(cube(2000, np.int16), AFFINE)
    image.header.set_slope_inter(0.5, -1000.0)
    raw = np.asarray(image.dataobj)
    path = tmp_path / "ct.nii"
    nibabel.save(image, path)
    expected = np.rint(np.asarray(nibabel.load(path).get_fdata()))
    assert raw.shape == SHAPE
    np.testing.assert_array_equal(read_ct(path).values, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.float32, np.float64])
def test_labels_of_any_type_of_number(tmp_path: Path, dtype: Any) -> None:
    labels = read_label_volume(write(tmp_path / "a.nii.gz", cube(5, dtype), AFFINE))
    assert labels.values.dtype == np.uint8 and int(labels.values.sum()) == 5 * 125


def test_nifti_2_and_pairs_of_files_are_read(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti2Image(cube(), AFFINE), tmp_path / "two.nii")
    nibabel.save(nibabel.Nifti1Pair(cube(), AFFINE), tmp_path / "pair.hdr")
    for name in ("two.nii", "pair.hdr"):
        assert int(read_label_volume(tmp_path / name).values.max()) == 5


def test_one_volume_with_a_fourth_axis_of_one_is_one_volume(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", cube()[..., None], AFFINE)
    assert read_label_volume(path).values.shape == SHAPE


@pytest.mark.parametrize(("unit", "scale"), [("meter", 1e-3), ("micron", 1e3), ("mm", 1.0), ("unknown", 1.0)])
def test_the_headers_unit_is_taken(tmp_path: Path, unit: str, scale: float) -> None:
    affine = AFFINE.copy()
    affine[:3] *= scale
    labels = read_label_volume(write(tmp_path / "a.nii", cube(), affine, unit=unit))
    np.testing.assert_allclose(labels.affine_mm, AFFINE, rtol=1e-6)
    assert any("no unit" in text for text in labels.said) == (unit == "unknown")


def test_orientations_of_the_header_that_are_odd_are_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", cube(), AFFINE, sform=0, qform=0)
    assert any("states no orientation" in text for text in read_label_volume(path).said)
    image = nibabel.Nifti1Image(cube(), AFFINE)
    image.set_sform(AFFINE, 1)
    moved = AFFINE.copy()
    moved[0, 3] = 40.0
    image.set_qform(moved, 1)
    nibabel.save(image, tmp_path / "b.nii")
    [text] = [t for t in read_label_volume(tmp_path / "b.nii").said if t.startswith("warning")]
    assert "differ by up to 40 mm; the sform is taken" in text


def sheared() -> Any:
    affine = AFFINE.copy()
    affine[1, 2] = 1.5
    return affine


@pytest.mark.parametrize(
    ("array", "affine", "options", "words"),
    [
        (cube(shape=(*SHAPE, 3)), AFFINE, {}, r"4 axes \(20 x 20 x 30 x 3\)"),
        (np.zeros((20, 20), np.uint8), AFFINE, {}, "2 axes"),
        (cube(np.nan, np.float32), AFFINE, {}, "125 voxels are NaN or infinite"),
        (cube(2.5, np.float32), AFFINE, {}, "125 voxels hold no whole number, e.g. 2.5.*nearest neighbour"),
        (cube(-3, np.int16), AFFINE, {}, "125 voxels are below 0 or above 65535, e.g. -3"),
        (cube(70000, np.int32), AFFINE, {}, "125 voxels are below 0 or above 65535, e.g. 70000"),
        (cube(1, np.complex64), AFFINE, {}, "type complex64"),
        (cube(), np.diag([0.002, 0.002, 0.003, 1.0]), {}, r"0.002 x 0.002 x 0.003 mm.*metres"),
        (cube(), np.diag([2000.0, 2000.0, 3000.0, 1.0]), {}, r"2000 x 2000 x 3000 mm"),
        (cube(), AFFINE, {"unit": "meter"}, r"2000 x 2000 x 3000 mm.*unit in the header: meter"),
        (cube(), sheared(), {}, r"not at right angles \(27 degrees off\)"),
    ],
)  # fmt: skip
def test_label_volumes_that_cannot_be(
    tmp_path: Path, array: Any, affine: Any, options: dict[str, Any], words: str
) -> None:
    path = write(tmp_path / "a.nii", array, affine, **options)
    with pytest.raises(PhantomError, match=words) as told:
        read_label_volume(path)
    assert str(told.value).startswith(str(path)) and "\n" not in str(told.value)


def test_an_affine_that_is_flat_or_not_finite_is_refused(tmp_path: Path) -> None:
    for value, words in ((0.0, "the affine is flat"), (np.nan, "the affine is not finite")):
        path = write(tmp_path / "a.nii", cube(), AFFINE)
        content = bytearray(path.read_bytes())
        content[312:328] = np.full(4, value, np.float32).tobytes()  # srow_z
        path.write_bytes(bytes(content))
        with pytest.raises(PhantomError, match=words):
            read_label_volume(path)


def test_pixdim_that_contradicts_the_affine_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", cube(), AFFINE)
    content = bytearray(path.read_bytes())
    content[80:84] = np.float32(0.002).tobytes()  # pixdim[1]
    path.write_bytes(bytes(content))
    with pytest.raises(PhantomError, match=r"0.002 x 2 x 3 wide by pixdim and 2 x 2 x 3 by the affine"):
        read_label_volume(path)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.where(cube() > 0, np.nan, 0.0).astype(np.float32), r"125 voxels are NaN.*-1024 HU"),
        (cube(1, np.int16), r"run from 0 to 1; a CT in Hounsfield units"),
    ],
)
def test_cts_that_cannot_be(tmp_path: Path, array: Any, words: str) -> None:
    with pytest.raises(PhantomError, match=words):
        read_ct(write(tmp_path / "ct.nii", array, AFFINE))


def test_paths_that_hold_no_image(tmp_path: Path) -> None:
    (tmp_path / "empty.nii").touch()
    (tmp_path / "text.nii").write_text("time,value\n" * 100)
    (tmp_path / "text.csv").write_text("time,value\n" * 100)
    (tmp_path / "not.nii.gz").write_bytes(os.urandom(4000))
    for name, words in [
        ("no.nii", "there is no such file"), ("", "this is a folder"), ("empty.nii", "is empty"),
        ("text.nii", "not a NIfTI"), ("text.csv", "not a NIfTI"), ("not.nii.gz", "not a NIfTI"),
    ]:  # fmt: skip
        with pytest.raises(PhantomError, match=words):
            read_label_volume(tmp_path / name)
    nibabel.save(nibabel.MGHImage(cube(), AFFINE), tmp_path / "other.mgz")
    with pytest.raises(PhantomError, match="not a NIfTI; convert it"):
        read_label_volume(tmp_path / "other.mgz")


def test_a_file_of_2_gb_that_is_no_nifti_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.nii"
    with open(path, "wb") as file:
        file.truncate(2_000_000_000)  # a file of holes: it takes no place on the disk
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(PhantomError, match="not a NIfTI"):
        read_label_volume(path)
    assert time.perf_counter() - began < 1.0
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_files_that_are_cut_short(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    array = rng.integers(0, 5, (30, 30, 40)).astype(np.uint8)
    for name in ("a.nii", "a.nii.gz"):
        path = write(tmp_path / name, array, AFFINE)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(PhantomError, match="damaged or cut short"):
            read_label_volume(path)
    path = write(tmp_path / "b.nii.gz", array, AFFINE)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    try:
        read_label_volume(path)
    except PhantomError as error:
        assert "damaged" in str(error)
    with gzip.open(tmp_path / "c.nii.gz", "wb") as file:
        file.write(b"\0" * 1000)
    with pytest.raises(PhantomError, match="not a NIfTI"):
        read_label_volume(tmp_path / "c.nii.gz")


def test_a_header_of_absurd_size_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", cube(), AFFINE)
    content = bytearray(path.read_bytes())
    content[42:48] = np.array([30000, 30000, 30000], np.int16).tobytes()
    path.write_bytes(bytes(content))
    with pytest.raises(PhantomError, match="30000 x 30000 x 30000 voxels"):
        read_label_volume(path)


@pytest.mark.parametrize("offset", [1e30, -1e30, 1e6, np.nan])
def test_voxels_that_begin_nowhere_are_refused(tmp_path: Path, offset: float) -> None:
    path = write(tmp_path / "a.nii", cube(), AFFINE)
    content = bytearray(path.read_bytes())
    content[108:112] = np.float32(offset).tobytes()  # vox_offset
    path.write_bytes(bytes(content))
    with pytest.raises(PhantomError, match=r"damaged|not a NIfTI"):
        read_label_volume(path)


@pytest.fixture(scope="module")
def made() -> Made:
    return patient((10.0, 10.0, 10.0))


def test_labels_that_the_table_has_not_are_told_with_their_counts(tmp_path: Path, made: Made) -> None:
    labels = made.labels.copy()
    labels[0, 0, :3], labels[0, 1, 0] = 118, 200
    path = write(tmp_path / "seg.nii.gz", labels, made.affine_mm)
    with pytest.raises(PhantomError, match=r"118 \(3 voxels\), 200 \(1 voxels\). Is it another task"):
        body_from_images(path, "totalsegmentator", sex="male")
    path = write(tmp_path / "none.nii.gz", labels * 0, made.affine_mm)
    with pytest.raises(PhantomError, match="no voxel has a label"):
        body_from_images(path, "totalsegmentator", sex="male")


def test_names_in_the_header_are_compared_with_the_tables(tmp_path: Path, made: Made) -> None:
    """As totalsegmentator/nifti_ext_header.py writes them; the numbers of version 1 are not those of"
    " version 2."""
    for sixth, words in (("stomach", None), ("aorta", "6 is 'aorta', here 'stomach'. It is another task")):
        image = nibabel.Nifti1Image(np.where(made.labels == 5, 6, made.labels), made.affine_mm)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?> <CaretExtension>'
            ' <VolumeInformation Index="0"> <LabelTable>\n'
            '<Label Key="2" Red="0.5" Green="0" Blue="0" Alpha="1"><![CDATA[kidney_right]]></Label>\n'
            f'<Label Key="6" Red="1.0" Green="0" Blue="0" Alpha="1"><![CDATA[{sixth}]]></Label>\n'
            "</LabelTable></VolumeInformation></CaretExtension>\n"
        )
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, text.encode()))
        nibabel.save(image, tmp_path / "seg.nii.gz")
        assert read_label_volume(tmp_path / "seg.nii.gz").names == {2: "kidney_right", 6: sixth}
        with pytest.raises(PhantomError, match=words or "where the body ends is not known"):
            body_from_images(tmp_path / "seg.nii.gz", "totalsegmentator", sex="male")


@pytest.mark.parametrize("axes", ["LPS", "IPL"])
def test_a_ct_of_another_orientation_is_refused_and_resampled_on_demand(
    tmp_path: Path, made: Made, axes: str
) -> None:
    seg = write(tmp_path / "seg.nii.gz", made.labels, made.affine_mm)
    same = write(tmp_path / "ct.nii.gz", made.ct, made.affine_mm)
    other = write(tmp_path / "other.nii.gz", *turned(made.ct, made.affine_mm, axes))
    words = r"not on the grid of .*(axes point to RAS there and to LPS here|38 x 26 x 48 voxels there)"
    with pytest.raises(PhantomError, match=words):
        body_from_images(seg, "totalsegmentator", ct=other, sex="male")
    body = body_from_images(seg, "totalsegmentator", ct=other, sex="male", resample_ct=True)
    there = body_from_images(seg, "totalsegmentator", ct=same, sex="male")
    assert (body.code == there.code).all() and body.mass_kg == pytest.approx(there.mass_kg)
    assert "resampled linearly onto the labels" in body.facts["ct"]


def test_resampling_is_linear_and_says_where_the_ct_ends(tmp_path: Path, made: Made) -> None:
    from phantoms.voxels.images.grids import resampled

    wide = np.diag([8.0, 8.0, 6.0, 1.0])
    wide[:3, 3] = made.affine_mm[:3, 3] - 20.0
    index = np.indices((60, 45, 95)).reshape(3, -1).T
    place = index @ wide[:3, :3].T + wide[:3, 3]
    ramp = np.rint(place @ [1.0, -2.0, 3.0]).reshape(60, 45, 95).astype(np.int16)
    ct = read_ct(write(tmp_path / "ramp.nii.gz", ramp, wide))
    labels = read_label_volume(write(tmp_path / "seg.nii.gz", made.labels, made.affine_mm))
    got = resampled(ct, labels).values
    index = np.indices(made.labels.shape).reshape(3, -1).T
    place = index @ made.affine_mm[:3, :3].T + made.affine_mm[:3, 3]
    expected = (place @ [1.0, -2.0, 3.0]).reshape(made.labels.shape)
    assert np.abs(got - expected).max() <= 1.0  # both are rounded
    small = read_ct(write(tmp_path / "small.nii.gz", ramp[:, :, :30], wide))
    with pytest.raises(PhantomError, match=r"\d+ labelled voxels of .*seg.nii.gz lie outside of the CT"):
        resampled(small, labels)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("shift", r"shifted by 0, 0, 10 mm"),
        ("width", r"voxels of 10 x 10 x 10 mm there, 10 x 10 x 9 mm here"),
        ("crop", r"38 x 26 x 48 voxels there, 38 x 26 x 40 here"),
    ],
)
def test_how_grids_differ_is_said(tmp_path: Path, made: Made, change: str, words: str) -> None:
    affine, ct = made.affine_mm.copy(), made.ct
    if change == "shift":
        affine[2, 3] += 10.0
    elif change == "width":
        affine[2, 2] = 9.0
    else:
        ct = ct[:, :, :40]
    seg = write(tmp_path / "seg.nii.gz", made.labels, made.affine_mm)
    with pytest.raises(PhantomError, match=words):
        body_from_images(seg, "totalsegmentator", ct=write(tmp_path / "ct.nii.gz", ct, affine), sex="male")
    outline = write(tmp_path / "outline.nii.gz", (ct > -500).astype(np.uint8), affine)
    with pytest.raises(PhantomError, match=words):
        body_from_images(seg, "totalsegmentator", outline=outline, sex="male")


def test_an_empty_outline_is_refused(tmp_path: Path, made: Made) -> None:
    seg = write(tmp_path / "seg.nii.gz", made.labels, made.affine_mm)
    outline = write(tmp_path / "outline.nii.gz", made.labels * 0, made.affine_mm)
    with pytest.raises(PhantomError, match="no voxel is above 0"):
        body_from_images(seg, "totalsegmentator", outline=outline, sex="male")
