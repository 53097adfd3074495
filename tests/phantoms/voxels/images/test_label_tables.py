"""Label tables: the ready ones, those of users, and all that can be wrong in one."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from phantoms.errors import PhantomError
from phantoms.voxels.images.tables import tissues
from phantoms.voxels.images.tables.label_tables import read_label_table
from phantoms.voxels.images.tables.labels import region_name, sites

HEAD = 'name = "mine"\nsource = "drawn by hand"\n'


def written(folder: Path, text: str, head: str = HEAD) -> Path:
    path = folder / "mine.toml"
    path.write_text(head + text, encoding="utf-8")
    return path


def test_totalsegmentators_classes_by_their_numbers() -> None:
    table = read_label_table("totalsegmentator")
    assert sorted(table.labels) == list(range(1, 118))
    # class_map["total"] of totalsegmentator/map_to_binary.py, single classes of it
    known = {
        1: "spleen", 2: "right kidney", 3: "left kidney", 5: "liver", 8: "right adrenal", 15: "oesophagus",
        17: "thyroid", 21: "urinary bladder", 22: "prostate", 25: "sacrum", 27: "vertebra L5",
        31: "vertebra L1", 32: "vertebra T12", 43: "vertebra T1", 44: "vertebra C7", 50: "vertebra C1",
        51: "heart", 52: "aorta", 63: "inferior vena cava", 69: "left humerus", 75: "left femur",
        77: "left hip bone", 78: "right hip bone", 79: "spinal cord", 90: "brain", 91: "skull",
        92: "left ribs", 103: "left ribs", 104: "right ribs", 115: "right ribs", 116: "sternum",
        117: "costal cartilages",
    }  # fmt: skip
    assert {n: table.labels[n].region for n in known} == known
    assert table.sums["lungs"] == (
        "left lung, upper lobe", "left lung, lower lobe", "right lung, upper lobe", "right lung, middle lobe",
        "right lung, lower lobe",
    )  # fmt: skip
    assert table.labels[51].holds == "whole" and not table.complete
    assert {table.labels[n].site for n in range(92, 116)} == {"ribs"}
    called = [table.labels[n].called for n in (1, 2, 27, 51, 80, 103, 117)]
    assert called == [
        "spleen", "kidney_right", "vertebrae_L5", "heart", "gluteus_maximus_left", "rib_left_12",
        "costal_cartilages",
    ]  # fmt: skip


def test_the_sites_of_a_whole_segmentation_hold_all_active_marrow() -> None:
    named = {label.site for label in read_label_table("totalsegmentator").labels.values()} - {""}
    assert sum(sites()[s]["marrow_percent"] for s in named) == pytest.approx(99.9)
    parts = [s for s in sites() if s != "skull"]
    assert sum(sites()[s]["marrow_percent"] for s in parts) == pytest.approx(99.9)
    assert sum(sites()[s]["volume_percent"] for s in parts) == pytest.approx(100.1)
    skull, halves = sites()["skull"], (sites()["cranium"], sites()["mandible"])
    assert skull["marrow_percent"] == pytest.approx(sum(h["marrow_percent"] for h in halves))
    assert skull["volume_percent"] == pytest.approx(sum(h["volume_percent"] for h in halves))


def test_every_label_of_the_ready_tables_has_a_tissue_or_is_icrps() -> None:
    for name in ("totalsegmentator", "icrp110"):
        text = (files("phantoms.voxels.images.tables") / f"{name}.toml").read_text(encoding="utf-8")
        for entry in tomllib.loads(text)["labels"].values():
            assert entry.get("tissue", "") in tissues.catalogue() or name == "icrp110"
            assert entry["region"] == region_name(entry["region"])


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Kidney", "kidneys"), ("adrenal gland", "adrenals"), ("Fat", "adipose tissue"),
        ("ESOPHAGUS", "oesophagus"), ("lymph nodes", "lymphatic nodes"), ("rs-cont", "RS-cont"),
        ("Stomach_Wall", "stomach wall"),
        # words that name other things where doses are asked for
        ("stomach", "stomach"), ("heart", "heart"), ("rectum", "rectum"), ("Eyes", "eyes"),
        ("Bladder", "bladder"), ("small intestine wall", "small intestine wall"),
        ("right colon", "right colon"), ("lung tissue", "lung tissue"), ("Vertebra L1", "vertebra L1"),
        ("Lesion 3", "lesion 3"),
    ],
)  # fmt: skip
def test_names_of_regions(word: str, name: str) -> None:
    assert region_name(word) == name


def test_icrps_phantoms_need_the_folder_of_their_tables() -> None:
    with pytest.raises(PhantomError, match=r"ICRP's own: name the folder"):
        read_label_table("icrp110")


def test_a_users_table_with_its_own_tissue(tmp_path: Path) -> None:
    table = read_label_table(
        written(
            tmp_path,
            "complete = true\n[tissues.titanium]\ndensity_g_per_cm3 = 4.5\n"
            "percent = { Ti = 90, Al = 6, V = 4 }\n"
            '[labels]\n1 = { region = "Left Kidney", tissue = "kidney" }\n'
            '2 = { region = "right kidney", tissue = "kidney", density_g_per_cm3 = 1.04 }\n'
            '7 = { region = "hip implant", tissue = "titanium", density_from_ct = false }\n'
            '[sums]\nkidney = ["left kidney", "right kidney"]\n',
        )
    )  # fmt: skip
    assert table.complete
    assert table.labels[1].region == "left kidney" and table.labels[1].density_g_per_cm3 == 1.05
    assert table.labels[2].density_g_per_cm3 == 1.04
    implant = table.labels[7]
    assert implant.tissue.fractions == pytest.approx({22: 0.9, 13: 0.06, 23: 0.04})
    assert implant.density_g_per_cm3 == 4.5 and not implant.density_from_ct
    assert table.sums == {"kidneys": ("left kidney", "right kidney")}


def test_a_table_that_extends_another_keeps_its_labels_and_has_a_hash_of_both(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'extends = "totalsegmentator"\n[labels]\n5 = { region = "liver", tissue = "soft tissue" }\n'
        '118 = { region = "lesion 1", tissue = "soft tissue" }\n[sums]\nlesions = ["lesion 1"]\n',
    )
    table = read_label_table(path)
    assert len(table.labels) == 118 and table.name == "mine"
    assert table.labels[5].tissue.name == "soft tissue" and table.labels[3].region == "left kidney"
    assert table.sums["lesions"] == ("lesion 1",) and "kidneys" in table.sums
    assert table.sha256 != read_label_table("totalsegmentator").sha256 and len(table.sha256) == 64


def test_all_mistakes_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'densities = 1\ncomplete = "yes"\n[rest]\nregion = "rest"\ntissue = "soft tissue"\ndensity = 1\n'
        "[tissues]\nbad = { density_g_per_cm3 = 1.0, percent = { Xx = 50, O = 50 } }\n"
        "short = { density_g_per_cm3 = 1.0, percent = { H = 11, O = 60 } }\n"
        "liver = { density_g_per_cm3 = 1.0, percent = { H = 11.2, O = 88.8 } }\n"
        "heavy = { density_g_per_cm3 = 1000, percent = { H = 11.2, O = 88.8 } }\n"
        '[labels]\n0 = { region = "air", tissue = "air" }\nleft = { region = "x", tissue = "liver" }\n'
        '1 = { region = "liver", tissue = "lever" }\n2 = { tissue = "liver" }\n3 = "liver"\n'
        '4 = { region = "red marrow", tissue = "red marrow" }\n'
        '5 = { region = "L1", tissue = "bone", site = "spine" }\n'
        '6 = { region = "stomach", tissue = "liver", holds = "food" }\n'
        '7 = { region = "aorta", tissue = "blood", density_g_per_cm3 = 1060, colour = "red" }\n'
        '8 = { region = "pelvis", tissue = "bone", site = "pelvis" }\n'
        '9 = { region = "Pelvis", tissue = "bone" }\n'
        '70000 = { region = "y", tissue = "liver" }\n'
        '[sums]\na = ["b"]\nb = ["a"]\nc = ["nothing"]\npelvis = ["aorta"]\nd = "aorta"\n',
        head='source = "x"\n',
    )
    with pytest.raises(PhantomError) as told:
        read_label_table(path)
    lines = str(told.value).splitlines()
    assert all(line.startswith((str(path), "tissue")) or str(path) in line for line in lines)
    for words in (
        "unknown key 'densities'", "name is missing", "complete is true or false", "rest.density: unknown"
                                                                                   " key",
        "symbol 'Xx'", "sum to 71", "tissues.liver: this name is taken", "tissues.heavy.density_g_per_cm3"
                                                                         " is 1000",
        "labels.0: a label is a whole number from 1", "labels.left: a label", "labels.1.tissue is 'lever'",
        "labels.2.region is missing", "labels.3 is { region", "'red marrow' is no region that voxels hold",
        "labels.5.site is 'spine'; there are skull", "labels.6.holds is 'food'", "labels.7.colour:"
                                                                                 " unknown key",
        "labels.7.density_g_per_cm3 is 1060; a number from 0.0005 to 25",
        "labels.9: region 'pelvis' is also that of label 8", "labels.70000: a label",
        "the sums go in a circle: a -> b -> a", "sums.c: no label has the region 'nothing'",
        "sums.pelvis: 'pelvis' is a region itself", "sums.d is a list",
    ):  # fmt: skip
        assert any(words in line for line in lines), words


def test_labels_that_are_one_region_by_chance_are_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[labels]\n1 = { region = "esophagus", tissue = "muscle" }\n'
        '2 = { region = "Oesophagus", tissue = "gastrointestinal tract" }\n'
        '3 = { region = "breasts", tissue = "breast" }\n4 = { region = "Breasts", tissue = "skin" }\n'
        '5 = { region = "Fat", tissue = "skin" }\n6 = { region = "adipose tissue", tissue = "skin" }\n',
    )
    with pytest.raises(PhantomError) as told:
        read_label_table(path)
    [line] = str(told.value).splitlines()  # one name with two tissues is meant so, two with one tissue too
    assert line.endswith(
        "labels.2: 'Oesophagus' and 'esophagus' (label 1) are both the region 'oesophagus', of two tissues"
        " (gastrointestinal tract, muscle): write one name for both if they are one region, else give one of"
        " them another name"
    )


@pytest.mark.parametrize(
    ("tissue", "allowed"),
    [("bone", True), ("cortical bone", True), ("yellow marrow", True), ("callus", True), ("lung", False),
     ("soft tissue", False), ("titanium", False)],
)  # fmt: skip
def test_only_a_tissue_of_bones_has_a_site(tmp_path: Path, tissue: str, allowed: bool) -> None:
    path = written(
        tmp_path,
        "[tissues.titanium]\ndensity_g_per_cm3 = 4.5\npercent = { Ti = 100 }\n"
        "[tissues.callus]\ndensity_g_per_cm3 = 1.3\npercent = { H = 7, O = 86, Ca = 7 }\n"
        f'[labels]\n1 = {{ region = "left femur", tissue = "{tissue}", site = "femora" }}\n',
    )
    if allowed:
        assert read_label_table(path).labels[1].site == "femora"
        return
    with pytest.raises(
        PhantomError, match=rf"labels\.1: site = 'femora' gives .* '{tissue}' is no tissue of"
    ):
        read_label_table(path)


def test_the_rest_of_the_body_has_no_site(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[labels]\n1 = { region = "x", tissue = "bone", site = "femora", rest = true }\n'
    )
    with pytest.raises(PhantomError, match=r"labels\.1: a label that is the rest of the body has no site"):
        read_label_table(path)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("totalsegmenter", "there is totalsegmentator, icrp110, or the path of a TOML file"),
        ("no such.toml", "there is no such file"),
    ],
)
def test_tables_that_are_not_there(table: str, words: str) -> None:
    with pytest.raises(PhantomError, match=words):
        read_label_table(table)


def test_a_table_without_labels_and_one_that_extends_nothing(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="there are no labels"):
        read_label_table(written(tmp_path, ""))
    with pytest.raises(PhantomError, match="extends = 'mine'"):
        read_label_table(written(tmp_path, 'extends = "mine"\n'))
    with pytest.raises(PhantomError, match="not valid TOML"):
        read_label_table(written(tmp_path, "labels = ["))
