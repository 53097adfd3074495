"""The import of an ICRP 133 supplement, on a made-up one: what is read, and each kind of bad input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import supplement

from phantoms import PhantomError, load_phantom
from phantoms.library.importing import import_icrp133, supplement_files
from phantoms.library.installed import available

posix = pytest.mark.skipif(os.name != "posix", reason="file locks and permissions of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return supplement.write(tmp_path / "P133")


@pytest.fixture(autouse=True)
def _own_data_folder(data_home: Path) -> None:
    pass


def test_both_adults_are_there_after_an_import(folder: Path, data_home: Path) -> None:
    done = import_icrp133(folder)
    assert not done.unchanged and done.release == "unknown"
    male, female = load_phantom("ICRP adult male"), load_phantom("icrp_adult_female")
    assert male.sex == "male" and "prostate" in male.targets and "uterus" not in male.targets
    assert female.sex == "female" and "uterus" in female.sources and "prostate" not in female.sources
    assert [f.name for f in available() if not f.shipped] == ["icrp adult female", "icrp adult male"]
    assert sorted(p.name for p in data_home.iterdir()) == [".import.lock", "icrp133"]


def test_values_stand_where_the_rule_puts_them(folder: Path) -> None:
    import_icrp133(folder)
    male = load_phantom("ICRP adult male")
    table = male.tables["electron"]
    t, s = male.targets.index("liver"), male.sources.index("liver")
    expected = [supplement.saf("electron", "male", "Liver", "Liver", e) for e in table.energy_MeV]
    np.testing.assert_allclose(table.saf_per_kg[t, s], expected, rtol=1e-4)
    s = male.sources.index("T-bone-S")
    assert table.saf_per_kg[t, s, -1] == pytest.approx(1e-4)
    assert male.fission is not None and male.fission.nuclides == supplement.NUCLIDES
    assert male.fission.saf_per_kg.shape == (len(male.targets), len(male.sources), 2)


def test_combined_targets_are_the_weighted_sums(folder: Path) -> None:
    import_icrp133(folder)
    library = load_phantom("ICRP adult female")
    for name, parts in library.conventions.combined.items():
        assert sum(parts.values()) == pytest.approx(1.0)
        for table in library.tables.values():
            rows = [w * table.saf_per_kg[library.targets.index(p)] for p, w in parts.items()]
            np.testing.assert_allclose(table.saf_per_kg[library.targets.index(name)], sum(rows), rtol=1e-12)


def test_combined_sources_are_means_by_mass(folder: Path) -> None:
    import_icrp133(folder)
    library = load_phantom("ICRP adult male")
    table = library.tables["photon"].saf_per_kg
    parts = [library.sources.index(p) for p in ("RC-cont", "LC-cont", "RS-cont")]
    mass = [library.source_mass_kg[library.sources[i]] for i in parts]
    made = table[:, library.sources.index("colon contents")]
    np.testing.assert_allclose(made, np.einsum("i,tie->te", mass, table[:, parts]) / sum(mass), rtol=1e-12)
    assert library.source_mass_kg["colon contents"] == pytest.approx(sum(mass))


def test_remainder_is_of_the_flagged_regions_and_lungs_cover_their_tissue(folder: Path) -> None:
    import_icrp133(folder)
    have = load_phantom("ICRP adult male").conventions
    assert "Lung-Tis" in have.remainder_sources and "lungs" not in have.remainder_sources
    assert "uterus" not in have.remainder_sources
    assert have.covered("lungs") == ("Lung-Tis",)
    assert have.covered("liver") == ("liver",)
    assert have.covered("blood") == ()
    assert set(have.covered("lymphatic nodes")) == {"LN-ET", "LN-Th", "LN-Sys"}


@pytest.mark.parametrize(
    "word", ["lungs", "Lungs", "lung", "left lung", "Right Lung", "lung tissue", "Lung-Tis"]
)
def test_activity_in_the_lungs_is_in_their_tissue(folder: Path, word: str) -> None:
    """ICRP 133's region Lungs has no alphas; its Lung-Tis is meant, in each layer of the lungs."""
    import_icrp133(folder)
    library = load_phantom("ICRP adult male")
    for kind in ("electron", "alpha"):
        table = library.tables[kind].saf_per_kg
        j = library.sources.index(library.source(word))
        for part in ("Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI", "lungs"):
            np.testing.assert_allclose(table[library.targets.index(part), j], 1 / 0.5, rtol=1e-4)


def test_lungs_weigh_what_they_do_with_blood(folder: Path) -> None:
    """A concentration, or a mass from CT, is of the whole lung; Lung-Tis is the tissue alone."""
    import_icrp133(folder)
    library = load_phantom("ICRP adult male")
    assert library.source_mass_kg["lungs"] == 1.2 and library.source_mass_kg["Lung-Tis"] == 0.5
    assert len(library.sources) == len(set(library.sources))


def test_a_patients_lung_mass_scales_the_self_dose(folder: Path) -> None:
    """The target lungs is made of layers and has no mass; a patient's is held against the whole lung's."""
    from dosimetry import absorbed_dose

    import_icrp133(folder)
    one, half = (
        absorbed_dose({"lungs": 1.0}, "Y-90", "ICRP adult male", organ_mass_kg=mass)
        for mass in (None, {"left lung": 0.3, "right lung": 0.3})
    )
    assert half["lungs"] == pytest.approx(2 * one["lungs"], rel=1e-3)


def _with_alpha(folder: Path, pair: str, per_kg: float) -> None:
    """Set one pair's SAFs of alphas in the woman to one value."""
    file = folder / "rcp-af_alpha_2026-01-01.SAF"
    lines = file.read_text().splitlines()
    i = next(k for k, line in enumerate(lines) if line.startswith(pair))
    energies = len(lines[3].split()) - 4
    lines[i] = pair + " " + " ".join([f"{per_kg:.4E}"] * energies) + "  0.000  0"
    file.write_text("\n".join([*lines, ""]))


def test_more_energy_than_there_is_gives_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_icrp133(folder).warnings == ()
    pair = f"{'Bronch-bas':<10}<-{'Lung-Tis':<11}"
    _with_alpha(folder, pair, 2.09)  # 1.045 / 0.5 kg: within what stopping powers differ by
    assert import_icrp133(folder, overwrite=True).warnings == ()
    _with_alpha(folder, pair, 12.1)
    from dosimetry.commands import app as cli

    with pytest.raises(SystemExit, match="0"):
        cli.main(["phantoms", "import", "icrp133", str(folder), "--overwrite"])
    said = capsys.readouterr().err
    assert "warning: alpha SAF(Bronch-bas<-Lung-Tis) of the female at 0 MeV is 12.1 per kg" in said
    assert "2 per kg (1 / mass of the source, 0.5 kg)" in said
    with pytest.raises(SystemExit, match="0"):
        cli.main(["phantoms", "show", "ICRP adult female", "--json"])
    assert "alpha SAF(Bronch-bas<-Lung-Tis)" in capsys.readouterr().out
    assert import_icrp133(folder).unchanged and import_icrp133(folder).warnings


def test_a_target_cannot_absorb_more_than_was_emitted(folder: Path) -> None:
    """T-bone-S has no mass as a source: only the target's absorbed fraction bounds it."""
    _with_alpha(folder, f"{'Thyroid':<10}<-{'T-bone-S':<11}", 1.2 / 0.02)
    (text,) = import_icrp133(folder).warnings
    assert "SAF(Thyroid<-T-bone-S)" in text and "up to 50 per kg (1 / mass of the target, 0.02 kg)" in text


def test_an_import_by_earlier_rules_is_refused_and_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from phantoms.library import icrp133 as icrp133_library
    from phantoms.library import importing, installed

    with monkeypatch.context() as earlier:
        for module in (icrp133_library, importing, installed):
            earlier.setattr(module, "READING_NOW", "1")
        import_icrp133(folder)
    with pytest.raises(PhantomError, match=r"imported by an earlier version.*import icrp133 PATH' again"):
        load_phantom("ICRP adult male")
    assert not import_icrp133(folder).unchanged  # without --overwrite: the files are the same
    assert "lungs" in load_phantom("ICRP adult male").sources


def test_masses_without_blood_scale_as_stated(folder: Path) -> None:
    import_icrp133(folder)
    with_blood, without = load_phantom("ICRP adult male"), load_phantom("ICRP adult male", "icrp 89")
    assert (with_blood.conventions.masses, without.conventions.masses) == ("ICRP 133", "ICRP 89")
    assert without.provenance["masses"] == "ICRP 89"
    t, s, other = (with_blood.targets.index("liver"), *map(with_blood.sources.index, ("liver", "spleen")))
    assert without.target_mass_kg["liver"] == pytest.approx(0.9 * with_blood.target_mass_kg["liver"])

    def ratio(kind: str, source: int) -> np.ndarray:
        return (
            without.tables[kind].saf_per_kg[t, source, -1] / with_blood.tables[kind].saf_per_kg[t, source, -1]
        )

    assert ratio("electron", s) == pytest.approx(1 / 0.9)
    assert ratio("alpha", s) == pytest.approx(1 / 0.9)
    assert ratio("photon", s) == pytest.approx((1 / 0.9) ** (2 / 3))
    assert ratio("photon", other) == pytest.approx(1.0)
    with pytest.raises(PhantomError, match=r"no masses by 'ICRP 23'; it has: ICRP 133, ICRP 89"):
        load_phantom("ICRP adult male", "ICRP 23")


@pytest.mark.parametrize(
    ("word", "kind", "name"),
    [
        ("Endost-BS", "target", None), ("UB-cont", "source", None), ("Ht-wall", "target", "heart wall"),
        ("left kidney", "source", "kidneys"), ("Right colon contents", "source", "RC-cont"),
        ("right colon", "source", "RC-cont"), ("right colon", "target", "RC-stem"),
        ("trabecular bone surface", "source", "T-bone-S"), ("lymph nodes", "target", "lymphatic nodes"),
        ("ET region", "target", "extrathoracic region"), ("large intestine", "source", "colon contents"),
        ("rest of body", "source", None),
    ],
)  # fmt: skip
def test_names_of_other_programs(folder: Path, word: str, kind: str, name: str | None) -> None:
    import_icrp133(folder)
    library = load_phantom("ICRP adult male")
    find = library.target if kind == "target" else library.source
    if name is None:  # a region that the made-up body lacks
        with pytest.raises(PhantomError, match=f"unknown {kind} region"):
            find(word)
    else:
        assert find(word) == name


def test_a_source_of_the_other_sex_is_refused(folder: Path) -> None:
    import_icrp133(folder)
    with pytest.raises(PhantomError, match="unknown source region 'prostate' of phantom 'ICRP adult female'"):
        load_phantom("ICRP adult female").source("prostate")


def test_zip_is_the_same_as_the_folder(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "supplement.zip"
    with zipfile.ZipFile(archive, "w") as z:
        for file in folder.iterdir():
            z.write(file, f"P133/{file.name}")
            z.writestr(f"__MACOSX/P133/._{file.name}", b"\x00\x05")
    import_icrp133(archive)
    assert import_icrp133(folder).unchanged


def test_other_files_need_overwrite(folder: Path) -> None:
    import_icrp133(folder)
    file = folder / "rcp-am_photon_2026-01-01.SAF"
    file.write_text(file.read_text().replace("2026-01-01", "2026-01-02", 1))
    with pytest.raises(PhantomError, match="add --overwrite"):
        import_icrp133(folder)
    assert not import_icrp133(folder, overwrite=True).unchanged


Change = Callable[[str], str]


def _row(number: int, old: str, new: str) -> Change:
    """Change one line of a file, counted from 1."""

    def change(text: str) -> str:
        lines = text.splitlines()
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
        return "\n".join(lines)

    return change


def _swap(text: str) -> str:
    lines = text.splitlines()
    lines[10], lines[11] = lines[11], lines[10]
    return "\n".join(lines)


PHOTON, ELECTRON, NEUTRON = (f"rcp-am_{k}_2026-01-01.SAF" for k in ("photon", "electron", "neutron"))
TARGETS, SOURCES = "torgans_2026-01-01.NDX", "sregions_2026-01-01.NDX"
ROWS = len(supplement.TARGETS) * len(supplement.SOURCES)


def _replace(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new)


def _asymmetric(text: str) -> str:
    """Triple one SAF of a pair at 0.5 MeV."""
    at = text.index("Liver     <-Kidneys ")
    return text[:at] + text[at:].replace("3.3333E-03", "1.0000E-02", 1)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (PHOTON, None, r"missing rcp-am_photon\*\.SAF; all 10 files are needed"),
        (TARGETS, None, r"missing torgans\*\.NDX"),
        (PHOTON, lambda t: "\n".join(t.splitlines()[:-3]), rf"{PHOTON}: {ROWS - 3} rows of SAFs .* = {ROWS}"),
        (PHOTON, lambda t: t[: len(t) // 2], f"{PHOTON}: "),
        (PHOTON, lambda t: t[:-30], f"{PHOTON}: line {ROWS + 5}: .* cut short"),
        (PHOTON, lambda t: "", "not an ICRP 133 SAF file"),
        (PHOTON, _swap, f"{PHOTON}: line 11: pair .* is expected; rows are not in the lists' order"),
        (PHOTON, _row(4, " 0.05 ", " 0.055 "), r"line 4: the energy grid .* 0.055 where 0.05 is expected"),
        (PHOTON, _row(4, " 10 ", " "), r"energy grid .*27 energies of 28"),
        (PHOTON, _row(3, "Photons", "Electrons"), "line 3 says 'Electrons' where photons are expected"),
        (PHOTON, _row(4, " 24", " 23"), "line 4 counts"),
        (PHOTON, _row(6, "E-01", "E-0x"), f"{PHOTON}: line 6: SAF at .* is '.*E-0x'; a number"),
        (PHOTON, _row(6, "5.0000E-01 ", "-5.000E-01 "), "line 6: SAF at 0 MeV is -0.5; it must be 0 or more"),
        (
            PHOTON,
            _row(6, "5.0000E-01 5.0000E-01 5", "5.0000E-01 0.0000E+00 5"),
            "line 6: SAF at 0.001 MeV is 0 after",
        ),
        (
            PHOTON,
            _row(7, "0.001  1", "0.005  2"),
            "cut-off says 0.005 MeV, the first non-zero SAF is at 0.001",
        ),
        (PHOTON, _row(6, "5.0000E-01 ", "nan "), "SAF at 0 MeV is nan"),
        (PHOTON, _asymmetric, r"SAF\(Kidneys<-Liver\) at 0.5 MeV is 0.333 times SAF\(Liver<-Kidneys\)"),
        (NEUTRON, _row(4, "17.0 17.0", "17.0"), "2 nuclides in line 3 and 1 w_R"),
        (
            TARGETS,
            _replace("Liver       2.0", "Liver       1.8"),
            "fraction of Liver at 1 keV is 0.9.* do not match",
        ),
        (TARGETS, _replace("Spleen      2.000E-01 2", "Spleen      2.000E-01 x2"), "line 8: mass of Spleen"),
        (TARGETS, _replace("Spleen      2.000E-01 2.000E-01\n", ""), "23 regions where 24 are announced"),
        (TARGETS, _replace("\n---", "\n***"), "not a list of ICRP 133 regions"),
        (SOURCES, lambda t: re.sub(r" 1\b(?!\.)", " 0", t), "no region is flagged for the remainder"),
        (SOURCES, lambda t: "\xff" + t, "no text"),
    ],
)
def test_bad_files_are_refused_and_leave_nothing(
    folder: Path, data_home: Path, file: str, change: Change | None, message: str
) -> None:
    path = folder / file
    if change is None:
        path.unlink()
    else:
        text = path.read_text()
        new = change(text)
        assert new != text
        path.write_text(new, encoding="latin-1")
    with pytest.raises(PhantomError, match=message):
        import_icrp133(folder)
    assert not data_home.exists()


def test_two_releases_side_by_side_are_refused(folder: Path, tmp_path: Path) -> None:
    supplement.write(folder / "revised")
    with pytest.raises(PhantomError, match=r"holds both .* give the folder of one release"):
        supplement_files(folder)


def test_paths_that_are_neither_folder_nor_zip(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="no such folder or zip; download"):
        import_icrp133(tmp_path / "absent")
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(PhantomError, match="neither a folder nor a zip"):
        import_icrp133(broken)


def test_a_truncated_zip_is_refused(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "supplement.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for file in folder.iterdir():
            z.write(file, file.name)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PhantomError, match=r"supplement\.zip: "):
        import_icrp133(archive)
    at = len(whole) // 3  # a flipped byte inside a member: its checksum tells
    archive.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    with pytest.raises(PhantomError, match=r"damaged zip|neither a folder"):
        import_icrp133(archive)


@posix
def test_a_data_folder_that_cannot_be_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    with pytest.raises(PhantomError, match=r"cannot be written .*XDG_DATA_HOME"):
        import_icrp133(folder)


@posix
def test_two_imports_at_once(folder: Path, data_home: Path) -> None:
    import fcntl

    data_home.mkdir(parents=True)
    with open(data_home / ".import.lock", "a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PhantomError, match="another import is writing there"):
            import_icrp133(folder)
    assert not import_icrp133(folder).unchanged


@posix
@pytest.mark.parametrize("renames", [0, 1])
def test_a_killed_import_leaves_what_was_there(folder: Path, data_home: Path, renames: int) -> None:
    """Killed while it writes, and between the two renames of a replacement."""
    import_icrp133(folder)
    before = {f.name: f.sha256 for f in available() if not f.shipped}
    file = folder / "rcp-am_photon_2026-01-01.SAF"
    file.write_text(file.read_text().replace("2026-01-01", "2026-01-02", 1))
    code = (
        "import os, pathlib, sys\n"
        "from phantoms.library import importing, saf\n"
        "real, done = os.rename, []\n"
        "def rename(a, b):\n"
        f"    if len(done) == {renames}: os._exit(9)\n"
        "    done.append(1); real(a, b)\n"
        "os.rename = rename\n"
        "importing.import_icrp133(pathlib.Path(sys.argv[1]), overwrite=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, env=dict(os.environ))
    assert ended.returncode == 9
    if renames == 0:
        assert {f.name: f.sha256 for f in available() if not f.shipped} == before
    with pytest.raises(PhantomError, match="add --overwrite"):  # the old ones are back under the lock
        import_icrp133(folder)
    assert {f.name: f.sha256 for f in available() if not f.shipped} == before
    assert not import_icrp133(folder, overwrite=True).unchanged
    assert sorted(p.name for p in data_home.iterdir()) == [".import.lock", "icrp133"]


def test_a_failure_while_writing_leaves_nothing(
    folder: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from phantoms.library.saf import SafLibrary

    real = SafLibrary.save

    def full(self: SafLibrary, path: Path) -> None:
        if "female" in path.name:
            raise OSError(28, "No space left on device", str(path))
        real(self, path)

    monkeypatch.setattr(SafLibrary, "save", full)
    with pytest.raises(PhantomError, match="No space left on device"):
        import_icrp133(folder)
    assert [p.name for p in data_home.iterdir()] == [".import.lock"]
    assert not [f for f in available() if not f.shipped]


def test_unknown_phantom_says_where_the_data_come_from() -> None:
    with pytest.raises(PhantomError, match="electronic supplement of ICRP Publication 133"):
        load_phantom("ICRP adult male")
