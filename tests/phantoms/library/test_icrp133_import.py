"""Import of ICRP 133: values, combined regions, masses and names, by a supplement made up for the tests."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import supplement

from phantoms import PhantomError, load_phantom
from phantoms.library.importing import Imported, import_icrp133
from phantoms.library.installed import available


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


@pytest.mark.parametrize("word", ["lungs", "Lungs", "lung", "lung tissue", "Lung-Tis"])
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


def _doubts(found: Imported) -> tuple[str, ...]:
    """Warnings on values; the made-up files are of no known release, which is said too."""
    release = [w for w in found.warnings if "no file of a release that is known" in w]
    assert len(release) == 2 and release[0].startswith("rcp-am_photon")
    return tuple(w for w in found.warnings if w not in release)


def test_more_energy_than_there_is_gives_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _doubts(import_icrp133(folder)) == ()
    pair = f"{'Bronch-bas':<10}<-{'Lung-Tis':<11}"
    _with_alpha(folder, pair, 2.09)  # 1.045 / 0.5 kg: within what stopping powers differ by
    assert _doubts(import_icrp133(folder, overwrite=True)) == ()
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
    assert import_icrp133(folder).unchanged and _doubts(import_icrp133(folder))


def test_a_target_cannot_absorb_more_than_was_emitted(folder: Path) -> None:
    """T-bone-S has no mass as a source: only the target's absorbed fraction bounds it."""
    _with_alpha(folder, f"{'Thyroid':<10}<-{'T-bone-S':<11}", 1.2 / 0.02)
    (text,) = _doubts(import_icrp133(folder))
    assert "SAF(Thyroid<-T-bone-S)" in text and "up to 50 per kg (1 / mass of the target, 0.02 kg)" in text


def test_an_import_by_earlier_rules_is_refused_and_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from phantoms.library import importing, installed
    from phantoms.library.icrp133 import libraries as icrp133_library

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
        ("kidney", "source", "kidneys"), ("Right colon contents", "source", "RC-cont"),
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
