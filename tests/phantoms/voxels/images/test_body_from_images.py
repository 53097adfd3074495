"""From label volumes and CTs to a body: masses, orientations, outline, densities, what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import BODY_MM, COUCH_HU, ORGANS, Made, patient, turned, write

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.images.densities import STEP
from phantoms.voxels.images.make import body_from_images
from phantoms.voxels.images.tables.calibration import read_calibration

Files = Callable[..., tuple[Path, Path]]


@pytest.fixture(scope="module")
def made() -> Made:
    return patient()


@pytest.fixture
def files(tmp_path: Path, made: Made) -> Files:
    def write_both(axes: str = "RAS", labels: Any = None, ct: Any = None) -> tuple[Path, Path]:
        one = turned(made.labels if labels is None else labels, made.affine_mm, axes)
        two = turned(made.ct if ct is None else ct, made.affine_mm, axes)
        return write(tmp_path / f"seg_{axes}.nii.gz", *one), write(tmp_path / f"ct_{axes}.nii.gz", *two)

    return write_both


def grid_mass_kg(body: VoxelBody, region: str) -> float:
    of = body.codes_of(body.parts(region))
    return float((body.voxels_by_code * body.density_by_code)[of].sum() * body.voxel_cm3 * 1e-3)


def test_masses_are_the_sums_of_the_voxels_densities_at_full_resolution(files: Files, made: Made) -> None:
    labels, ct = files()
    density = np.interp(made.ct, read_calibration().hu, read_calibration().density_g_per_cm3)
    for voxel_mm in (None, 10.0, (10.0, 5.0, 12.0)):
        body = body_from_images(labels, "totalsegmentator", ct=ct, voxel_mm=voxel_mm, sex="female")
        for number, region in ((5, "liver"), (29, "vertebra L3"), (10, "left lung, upper lobe")):
            own = density[made.labels == number].sum() * 0.125 * 1e-3
            assert body.mass_of(region) == pytest.approx(own, rel=1e-9)
        rest = density[made.body & (made.labels == 0)].sum() * 0.125 * 1e-3
        assert body.mass_of("other tissue") == pytest.approx(rest, rel=1e-9)
        for region in body.regions:
            assert grid_mass_kg(body, region) == pytest.approx(body.mass_of(region), rel=1e-9)


def test_sums_have_the_parts_that_are_there(files: Files) -> None:
    labels, ct = files()
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    assert body.sums["kidneys"] == ("left kidney", "right kidney")
    assert body.sums["lungs"] == ("left lung, upper lobe", "left lung, lower lobe", "right lung, upper lobe")
    assert body.sums["pelvis"] == ("left hip bone",)
    assert "ribs" not in body.sums
    assert "pelvis without right hip bone" in body.facts["sums in part"]
    assert "spleen" in body.facts["regions without a voxel"]
    assert body.facts["hollow organs as one"].startswith(
        "wall and contents (or blood, or air) are one region: urin"
    )
    assert "other tissue" in body.facts["skin"]


@pytest.mark.parametrize("axes", ["LPS", "ASR", "IPL"])
def test_any_orientation_of_the_array_gives_the_same_body(files: Files, axes: str) -> None:
    there = body_from_images(files()[0], "totalsegmentator", ct=files()[1], sex="male")
    labels, ct = files(axes)
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    assert body.mass_kg == pytest.approx(there.mass_kg)
    assert body.spread == there.spread
    back, affine = turned(body.code, body.affine_mm, "RAS")
    np.testing.assert_allclose(affine, there.affine_mm, atol=1e-5)
    mine = np.array([k.density_g_per_cm3 for k in body.kinds])[back]
    np.testing.assert_allclose(mine, np.array([k.density_g_per_cm3 for k in there.kinds])[there.code])
    names = np.array([k.region for k in body.kinds])[back]
    assert (names == np.array([k.region for k in there.kinds])[there.code]).all()
    assert body.facts["image ends"] == "the image cuts the body at its upper end, lower end"


def test_the_couch_is_left_out_and_lungs_are_filled(files: Files, made: Made) -> None:
    labels, ct = files()
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    assert ((body.code > 0) == made.body).all()
    volume = np.pi * BODY_MM[0] * BODY_MM[1] * 480.0 / 1000.0
    assert body.volume_cm3("total body") == pytest.approx(volume, rel=0.01)
    couch = int(((made.ct == COUCH_HU) & ~made.body).sum()) * 0.125
    left = re.search(r"what else is as dense, (\S+) mL, is left out", body.facts["outline"])
    assert left is not None and float(left[1]) == pytest.approx(couch, rel=0.01)


def test_gas_that_is_not_labelled_is_air_inside_the_body(files: Files, made: Made) -> None:
    ct = made.ct.copy()
    ct[30:36, 22:28, 90:] = -990  # it reaches the image's last slice: no hole in three axes
    seg, scan = files(ct=ct)
    body = body_from_images(seg, "totalsegmentator", ct=scan, sex="male")
    assert ((body.code > 0) == made.body).all()
    gas = body.kinds[body.code[33, 25, 95]]
    assert gas.region == "other tissue" and gas.density_g_per_cm3 < 0.02
    assert gas.tissue is not None and gas.tissue.fractions[7] == pytest.approx(0.755)


def test_an_arm_apart_from_the_trunk_is_kept_where_labels_are_in_it(files: Files, made: Made) -> None:
    moved = made.labels.copy()
    ct = made.ct.copy()
    arm = np.zeros(ct.shape, dtype=bool)
    arm[72:74, 25:29, 20:60] = True
    ct[71:76, 22:32, 20:60] = 40
    moved[arm] = 70  # right humerus
    seg, scan = files(labels=moved, ct=ct)
    body = body_from_images(seg, "totalsegmentator", ct=scan, sex="male")
    assert body.code[75, 23, 40] > 0
    seg, scan = files(ct=ct)
    without = body_from_images(seg, "totalsegmentator", ct=scan, sex="male")
    assert without.code[75, 23, 40] == 0


def test_no_density_of_a_voxel_is_off_by_more_than_half_a_step(files: Files, made: Made) -> None:
    noisy = made.ct + np.random.default_rng(3).normal(0.0, 30.0, made.ct.shape)
    labels, ct = files(ct=np.where(made.ct > -1000, noisy, -1000).astype(np.int16))
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    seen = np.where(made.ct > -1000, noisy, -1000).astype(np.int16)
    true = np.interp(seen, read_calibration().hu, read_calibration().density_g_per_cm3)
    inside = body.code > 0
    ratio = body.density_by_code[body.code[inside]] / true[inside]
    assert np.abs(np.log(ratio)).max() <= STEP * 1.01  # a code's mean may lie anywhere within its step
    assert len(body.kinds) < 4000
    # along rays the steps average out: of n voxels, each off by a uniform error of at most half a step
    coded = np.where(inside, body.density_by_code[body.code], 0.0)
    exact = np.where(inside, true, 0.0)
    rays = inside.sum(axis=2) > 50
    off = (coded.sum(axis=2) - exact.sum(axis=2))[rays]
    expected = STEP / np.sqrt(12.0) * np.sqrt((exact**2).sum(axis=2)[rays])
    assert np.sqrt(np.mean((off / expected) ** 2)) < 1.0 + 4.0 / np.sqrt(2.0 * off.size)
    assert np.abs(off / exact.sum(axis=2)[rays]).max() < 0.005


def test_tissues_by_label_and_where_nothing_is_labelled_by_ct(files: Files, made: Made) -> None:
    body = body_from_images(*files()[:1], "totalsegmentator", ct=files()[1], sex="male")
    at = {k.region: k for k in body.kinds}
    assert at["liver"].tissue is not None and at["liver"].tissue.name == "liver"
    assert at["left lung, upper lobe"].tissue is not None
    assert at["left lung, upper lobe"].tissue.name == "lung"
    fat, muscle = body.kinds[body.code[9, 26, 40]], body.kinds[body.code[40, 26, 20]]
    assert fat.region == muscle.region == "other tissue"
    assert fat.tissue is not None and fat.tissue.fractions[6] == pytest.approx(0.681)  # -120 to -83 HU
    assert muscle.tissue is not None and muscle.tissue.fractions[8] == pytest.approx(0.723)  # 18 to 80 HU


def test_bone_gets_the_mixture_of_its_density(files: Files) -> None:
    labels, ct = files()
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    [l3] = [k for k in body.kinds if k.region == "vertebra L3"]
    [hip] = [k for k in body.kinds if k.region == "left hip bone"]
    assert l3.tissue is not None and hip.tissue is not None
    assert l3.tissue.density_g_per_cm3 == pytest.approx(l3.density_g_per_cm3, abs=0.025)
    assert hip.tissue.fractions[20] > l3.tissue.fractions[20] > 0.05


def test_without_a_ct_the_outline_and_the_tables_densities_are_taken(
    files: Files, made: Made, tmp_path: Path
) -> None:
    labels, _ = files()
    outline = write(tmp_path / "outline.nii", made.body.astype(np.uint8), made.affine_mm)
    body = body_from_images(labels, "totalsegmentator", outline=outline, sex="male")
    n = int((made.labels == 5).sum())
    assert body.mass_of("liver") == pytest.approx(n * 0.125 * 1.06e-3)
    assert ((body.code > 0) == made.body).all()
    rest = int((made.body & (made.labels == 0)).sum())
    assert body.mass_of("other tissue") == pytest.approx(rest * 0.125 * 1.0e-3)
    assert body.facts["density"] == "of the label table; there is no CT"


def test_without_anything_that_says_where_the_body_ends_there_is_none(files: Files) -> None:
    with pytest.raises(PhantomError, match=r"where the body ends is not known.*--outline.*--ct"):
        body_from_images(files()[0], "totalsegmentator", sex="male")


def test_metal_and_contrast_are_named(files: Files, made: Made) -> None:
    ct = made.ct.copy()
    ct[made.labels == 5] = 300  # contrast medium in the liver
    ct[12:14, 26:28, 80:84] = 3000
    body = body_from_images(*files(ct=ct)[:1], "totalsegmentator", ct=files(ct=ct)[1], sex="male")
    assert "other tissue 2 mL" in body.facts["warning dense"] and "2.8" in body.facts["warning dense"]
    assert "liver 1.19 for 1.06" in body.facts["warning organs"]
    plain = body_from_images(*files()[:1], "totalsegmentator", ct=files()[1], sex="male")
    assert not [key for key in plain.facts if key.startswith("warning")]


def test_lungs_without_air_are_named(files: Files, made: Made) -> None:
    ct = made.ct.copy()
    ct[ct < -700] = np.where(made.body, 20, -1000)[ct < -700]
    seg, scan = files(ct=ct)
    body = body_from_images(seg, "totalsegmentator", ct=scan, sex="male")
    assert "labelled lung is 20 HU" in body.facts["warning lungs"]


def test_a_ct_that_is_none_of_these_labels_is_refused(files: Files, made: Made) -> None:
    shifted = (made.ct + 1024).astype(np.int16)
    with pytest.raises(PhantomError, match=r"median CT number of its soft organs is 1\d\d\d HU"):
        body_from_images(files(ct=shifted)[0], "totalsegmentator", ct=files(ct=shifted)[1], sex="male")


def test_the_share_of_marrow_in_the_image(files: Files) -> None:
    labels, ct = files()
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="female")
    lumbar, pelvis = 12.3 * 2 / 5, 17.5 / 2  # per cent: two of five vertebrae, one of two hip bones
    shares = body.spread["red marrow"]
    assert sum(shares.values()) == pytest.approx((lumbar + pelvis) / 99.9)
    assert shares["left hip bone"] == pytest.approx(pelvis / 99.9)
    mass = body.mass_of("vertebra L2") + body.mass_of("vertebra L3")
    assert shares["vertebra L2"] == pytest.approx(lumbar / 99.9 * body.mass_of("vertebra L2") / mass)
    assert body.mass_kg["red marrow"] == pytest.approx(0.90 * (lumbar + pelvis) / 99.9)
    assert body.facts["red marrow"].startswith("13.7 % of the active marrow is in the image")
    assert "doses to the rest" in body.facts
    own = body_from_images(labels, "totalsegmentator", ct=ct, sex="female", marrow_kg=0.8)
    assert own.mass_kg["red marrow"] == pytest.approx(0.80 * (lumbar + pelvis) / 99.9)
    assert "warning sex" not in body.facts
    assert "no sex was given" in body_from_images(labels, "totalsegmentator", ct=ct).facts["warning sex"]


def test_a_lesion_is_a_label_like_any_other(files: Files, made: Made, tmp_path: Path) -> None:
    labels = made.labels.copy()
    labels[50, 26, 56] = 201  # one voxel of the liver
    table = tmp_path / "mine.toml"
    table.write_text(
        'name = "mine"\nsource = "drawn by hand"\nextends = "totalsegmentator"\n'
        '[labels]\n201 = { region = "Lesion 1", tissue = "liver" }\n'
    )
    paths = files(labels=labels)
    body = body_from_images(paths[0], table, ct=paths[1], voxel_mm=15.0, sex="male")
    assert body.mass_of("lesion 1") > 0 and body.volume_cm3("lesion 1") == pytest.approx(3.375)
    assert (
        "smaller than a voxel and kept in one, at their own density: lesion 1" in body.facts["transport grid"]
    )
    assert body.sums["kidneys"] == ("left kidney", "right kidney")


def test_a_coarser_grid_keeps_volumes_and_places(files: Files) -> None:
    labels, ct = files()
    fine = body_from_images(labels, "totalsegmentator", ct=ct, sex="male")
    body = body_from_images(labels, "totalsegmentator", ct=ct, sex="male", voxel_mm=12.0)
    assert body.width_cm == (1.2, 1.2, 1.2)
    for region in body.regions:
        if fine.volume_cm3(region) > 20 * body.voxel_cm3:
            assert body.volume_cm3(region) == pytest.approx(fine.volume_cm3(region), rel=0.03)
    for region in ("liver", "right kidney"):
        middles = []
        for b in (fine, body):
            index = np.argwhere(b.codes_of((region,))[b.code])
            middles.append((index @ b.affine_mm[:3, :3].T + b.affine_mm[:3, 3]).mean(axis=0))
        np.testing.assert_allclose(
            middles[1], middles[0], atol=2.5
        )  # mm: edges are known to half a fine voxel


def test_a_finer_grid_than_that_of_the_labels_is_refused(files: Files) -> None:
    labels, ct = files()
    with pytest.raises(PhantomError, match=r"voxel_mm 4, 4, 4: the voxels of the labels are 5, 5, 5 mm wide"):
        body_from_images(labels, "totalsegmentator", ct=ct, sex="male", voxel_mm=4.0)
    with pytest.raises(PhantomError, match=r"voxel_mm 10, 10, 4: the voxels"):
        body_from_images(labels, "totalsegmentator", ct=ct, sex="male", voxel_mm=(10.0, 10.0, 4.0))
    with pytest.raises(PhantomError, match="one width or three"):
        body_from_images(labels, "totalsegmentator", ct=ct, sex="male", voxel_mm=(4.0, 4.0))


REST_LABEL = (
    'name = "mine"\nsource = "made up"\nextends = "totalsegmentator"\n[labels]\n'
    '200 = { region = "trunk", rest = true }\n201 = { region = "cast", rest = true%s }\n'
)


def test_a_label_can_be_the_rest_of_the_body(files: Files, made: Made, tmp_path: Path) -> None:
    labels = made.labels.copy()
    labels[(labels == 0) & made.body] = 200
    table = tmp_path / "mine.toml"
    table.write_text(REST_LABEL % "")
    body = body_from_images(files(labels=labels)[0], table, sex="male")
    assert ((body.code > 0) == made.body).all() and "trunk" not in body.regions
    assert body.volume_cm3("other tissue") == pytest.approx(0.125 * int((labels == 200).sum()))
    assert body.facts["outline"] == "the labels, one of which is the rest of the body"
    # as what has no label: by the CT number
    whole = body_from_images(*files()[:1], "totalsegmentator", ct=files()[1], sex="male")
    one, ct = files(labels=labels)
    by_ct = body_from_images(one, table, ct=ct, sex="male")
    assert by_ct.mass_of("other tissue") == pytest.approx(whole.mass_of("other tissue"), rel=1e-9)
    assert "regions of several tissues" not in by_ct.facts


def test_a_label_of_the_rest_keeps_the_tissue_that_it_states(
    files: Files, made: Made, tmp_path: Path
) -> None:
    labels = made.labels.copy()
    labels[(labels == 0) & made.body] = 200
    labels[:, :, :5][labels[:, :, :5] == 200] = 201
    table = tmp_path / "mine.toml"
    table.write_text(REST_LABEL % ', tissue = "cortical bone", density_from_ct = false')
    seg, ct = files(labels=labels)
    body = body_from_images(seg, table, ct=ct, sex="male")
    kinds = [body.kinds[c] for c in np.unique(body.code[labels == 201])]
    assert {(k.region, k.tissue.name if k.tissue else "") for k in kinds} == {
        ("other tissue", "cortical bone")
    }
    assert [k.density_g_per_cm3 for k in kinds] == [pytest.approx(1.92, rel=0.01)]
    assert "cast" not in body.regions
    table.write_text(REST_LABEL % "")
    plain = body_from_images(seg, table, ct=ct, sex="male")
    more = (1.92e-3 - plain.density_by_code[plain.code[labels == 201]].mean() * 1e-3) * 0.125
    assert body.mass_of("other tissue") - plain.mass_of("other tissue") == pytest.approx(
        more * int((labels == 201).sum()), rel=0.01
    )
    assert body.facts["regions of several tissues"] == (
        "each voxel is of its own label's: other tissue (unlabelled, cortical bone)"
    )


def test_labels_of_one_region_keep_their_own_tissues(files: Files, made: Made, tmp_path: Path) -> None:
    table = tmp_path / "mine.toml"
    table.write_text(
        'name = "mine"\nsource = "made up"\nextends = "totalsegmentator"\n[labels]\n'
        '21 = { region = "liver", tissue = "water" }\n'
    )
    seg, ct = files()
    body = body_from_images(seg, table, ct=ct, sex="male")
    for number, name in ((5, "liver"), (21, "water")):
        there = [body.kinds[c] for c in np.unique(body.code[made.labels == number])]
        assert {(k.region, k.tissue and k.tissue.name) for k in there} == {("liver", name)}
    assert (
        body.facts["regions of several tissues"] == "each voxel is of its own label's: liver (liver, water)"
    )


def test_thick_slices_stay_as_they_are_where_one_width_is_asked_for(tmp_path: Path) -> None:
    made = patient((5.0, 5.0, 12.0))
    seg = write(tmp_path / "seg.nii.gz", made.labels, made.affine_mm)
    ct = write(tmp_path / "ct.nii.gz", made.ct, made.affine_mm)
    body = body_from_images(seg, "totalsegmentator", ct=ct, sex="male", voxel_mm=10.0)
    assert body.width_cm == (1.0, 1.0, 1.2)
    assert body.facts["transport grid"].startswith("voxels of 10 x 10 x 12 mm")


def test_all_organs_of_the_made_up_patient_are_in_the_body(files: Files) -> None:
    body = body_from_images(*files()[:1], "totalsegmentator", ct=files()[1], sex="male")
    assert len(body.regions) == len(ORGANS) + 1
    assert body.cranial == frozenset()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sex": "woman"}, "sex is 'woman'; there are male, female, both"),
        ({"marrow_kg": 1170.0}, "marrow_kg is 1170"),
        ({"ct": None, "resample_ct": True}, "there is none; name it"),
        ({"tables_folder": "there"}, "reads no other tables"),
    ],
)
def test_options_that_cannot_be(files: Files, options: dict[str, Any], words: str) -> None:
    labels, ct = files()
    with pytest.raises(PhantomError, match=words):
        body_from_images(labels, "totalsegmentator", **{"ct": ct, "sex": "male", **options})
