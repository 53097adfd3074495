"""The adult male of ICRP Publication 110 as a body: masses, marrow, orientation; reads a copy beside the"
" project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import turned, write

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.images.make import body_from_images
from phantoms.voxels.images.tables.icrp110 import read_icrp_tables
from phantoms.voxels.images.tables.labels import sites

DATA = Path(__file__).parents[5] / "shared" / "data" / "icrp110"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no copy of ICRP 110's tables beside the project")

#: Reference masses of the adult male, g (ICRP 89 as ICRP 133 prints them), to which ICRP 110 was made: those
# of organs
#: that its voxels resolve.
REFERENCE_G = {
    "liver": 1800, "spleen": 150, "pancreas": 140, "kidneys": 310, "brain": 1450, "lungs": 1200,
    "heart wall": 330, "stomach wall": 150, "stomach contents": 250, "SI-wall": 650,
    "small intestine contents": 350, "RC-wall": 150,
    "RC-cont": 150, "LC-wall": 150, "LC-cont": 75, "RS-wall": 70, "RS-cont": 75, "thyroid": 20, "thymus": 25,
    "adrenals": 14, "urinary bladder wall": 50, "urinary bladder contents": 200, "testes": 35, "prostate": 17,
    "oesophagus": 40, "muscle": 29000, "salivary glands": 85, "breasts": 25, "tongue": 73, "teeth": 50,
    "ureters": 16, "red marrow": 1170, "cortical bone": 4400,
}  # fmt: skip


@pytest.fixture(scope="module")
def voxels() -> tuple[Any, Any]:
    data = np.load(DATA / "ICRP110_AM.npz")
    # [z, y, x] with z from the feet up, y from the front to the back, x from right to left
    array = np.ascontiguousarray(data["organ_id"].transpose(2, 1, 0))
    return array, np.diag([-2.137, -2.137, 8.0, 1.0])


@pytest.fixture(scope="module")
def male(voxels: Any, tmp_path_factory: pytest.TempPathFactory) -> VoxelBody:
    path = write(tmp_path_factory.mktemp("icrp") / "am.nii.gz", *voxels)
    return body_from_images(path, "icrp110", tables_folder=DATA, name="ICRP adult male", sex="male")


@needs_data
def test_masses_are_voxels_times_the_tables_densities_and_the_published_ones(
    male: VoxelBody, voxels: Any
) -> None:
    tables = read_icrp_tables(DATA)
    number = np.bincount(voxels[0].ravel(), minlength=142)
    voxel_cm3 = 0.2137 * 0.2137 * 0.8
    for region, organs in (("liver", [95]), ("spleen", [127]), ("skin", [122, 123, 124, 125])):
        own = sum(number[n] * tables.organs[n].density_g_per_cm3 for n in organs) * voxel_cm3
        assert male.mass_of(region) * 1e3 == pytest.approx(own, rel=1e-6)
    for region, mass_g in REFERENCE_G.items():
        own_g = 1e3 * (male.mass_kg[region] if region in male.mass_kg else male.mass_of(region))
        # 0.1 %, or half a voxel of density 1 where that is more, and the rounding of what is printed
        assert own_g == pytest.approx(mass_g, rel=1e-3, abs=0.05), region
    assert male.mass_of("total body") == pytest.approx(73.0, rel=3e-3)


@needs_data
def test_marrow_is_spread_as_icrp_70_has_it(male: VoxelBody) -> None:
    assert sum(male.spread["red marrow"].values()) == pytest.approx(1.0)
    by_site: dict[str, float] = {}
    for region, share in male.spread["red marrow"].items():
        bone = region.split(",")[0]
        site = next(s for s in sites() if s == bone or s.startswith(bone))
        by_site[site] = by_site.get(site, 0.0) + 100.0 * share
    for site, share in by_site.items():
        assert share == pytest.approx(sites()[site]["marrow_percent"] * 100 / 99.9, abs=0.06), site
    assert all(r.endswith("spongiosa") for r in male.spread["red marrow"])
    assert all(r.endswith("cortical") for r in male.spread["cortical bone"])
    assert male.cranial >= {"cranium, spongiosa", "mandible, spongiosa"}
    assert male.facts["image ends"] == "the whole body is within the image"


@needs_data
def test_left_is_left_and_the_head_is_up(male: VoxelBody) -> None:
    def middle(region: str) -> Any:
        index = np.argwhere(male.codes_of(male.parts(region))[male.code])
        return (index @ male.affine_mm[:3, :3].T + male.affine_mm[:3, 3]).mean(axis=0)

    assert middle("left kidney")[0] < middle("spleen")[0] + 100 and middle("liver")[0] > middle("spleen")[0]
    assert middle("left lung")[0] < middle("right lung")[0]  # +x is the right hand in RAS+
    assert middle("brain")[2] > middle("heart wall")[2] > middle("urinary bladder wall")[2]
    assert middle("sternum, spongiosa")[1] > middle("thoracic spine, spongiosa")[1]


@needs_data
def test_another_orientation_and_a_coarser_grid_have_the_same_masses(voxels: Any, tmp_path: Path) -> None:
    trunk = (voxels[0][:, :, 130:170], voxels[1])
    fine = body_from_images(write(tmp_path / "one.nii.gz", *trunk), "icrp110", tables_folder=DATA, sex="male")
    path = write(tmp_path / "two.nii.gz", *turned(*trunk, "SAL"))
    body = body_from_images(path, "icrp110", tables_folder=DATA, sex="male", voxel_mm=(8.0, 5.0, 5.0))
    assert body.mass_kg == pytest.approx(dict(fine.mass_kg))
    for region in body.regions:
        if fine.volume_cm3(region) > 20 * body.voxel_cm3:
            assert body.volume_cm3(region) == pytest.approx(fine.volume_cm3(region), rel=0.03), region


@needs_data
def test_half_a_phantom_has_half_its_marrow(male: VoxelBody, voxels: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "am.nii.gz", voxels[0][:, :, 140:], voxels[1])
    body = body_from_images(path, "icrp110", tables_folder=DATA, sex="male")
    assert sum(body.spread["red marrow"].values()) == pytest.approx(body.mass_kg["red marrow"] / 1.17)
    assert body.mass_kg["red marrow"] < 0.8
    assert body.facts["image ends"] == "the image cuts the body at its lower end"


@needs_data
def test_the_sex_is_that_of_the_tables(male: VoxelBody, voxels: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "am.nii.gz", voxels[0][:, :, 100:110], voxels[1])
    assert male.sex == body_from_images(path, "icrp110", tables_folder=DATA).sex == "male"
    for options, words in (
        ({"sex": "female"}, "those of the adult male"),
        ({"marrow_kg": 1.0}, "in their own"),
    ):
        with pytest.raises(PhantomError, match=words):
            body_from_images(path, "icrp110", tables_folder=DATA, **options)


def test_folders_and_tables_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="no such folder of tables"):
        read_icrp_tables(tmp_path / "nowhere")
    with pytest.raises(PhantomError, match=r"one file of organs is needed, as AM_organs\.dat; there is none"):
        read_icrp_tables(tmp_path)
    (tmp_path / "10M_organs.dat").touch()
    with pytest.raises(PhantomError, match="the adults of ICRP 110 are AM_organs"):
        read_icrp_tables(tmp_path)
    (tmp_path / "10M_organs.dat").unlink()
    media = "H C N O Na Mg P S Cl K Ca Fe I\n"
    row = "{} x " + " ".join(["10.0", "0.0", "0.0", "{}", *["0.0"] * 9]) + "\n"
    (tmp_path / "AM_organs.dat").write_text("Organ\n1 Liver 30 1.05\n2 Spleen 39 1.04\n3 Brain thirty 1.05\n")
    (tmp_path / "AM_media.dat").write_text(media + row.format(30, "90.0") + row.format(31, "80.0"))
    (tmp_path / "AM_spongiosa.dat").write_text(
        "Med RBM YBM Bone\n3 0.1 0.2 0.3\n4 0.0 0.6 0.4\n4 0.0 0.6 0.4\n"
    )
    with pytest.raises(PhantomError) as told:
        read_icrp_tables(tmp_path)
    for words in (
        "AM_organs.dat: row 4 is not as the others are: '3 Brain thirty 1.05'", "organ 2 is of medium 39,"
                                                                                " which has no",
        "tissue '31 x': the percentages sum to 90", "medium 3: fractions sum to 0.6, not 1",
        "AM_spongiosa.dat: row 4: number 4 stands there twice",
    ):  # fmt: skip
        assert words in str(told.value)
