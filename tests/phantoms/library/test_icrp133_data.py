"""ICRP Publication 133 as released, both releases; skipped where the data are not beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phantoms.library.icrp133.libraries import libraries
from phantoms.library.importing import supplement_files
from phantoms.library.saf import SafLibrary
from phantoms.library.target_masses import with_masses

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "icrp133"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"not shown: both releases of ICRP 133 as read and checked (no files in {DATA})"
)


def _read(release: str) -> dict[str, SafLibrary]:
    return libraries(supplement_files(DATA / release), release)


@pytest.fixture(scope="module")
def both() -> dict[str, dict[str, SafLibrary]]:
    return {release: _read(release) for release in ("2016", "revised")}


@pytest.fixture(scope="module")
def revised(both: dict[str, dict[str, SafLibrary]]) -> dict[str, SafLibrary]:
    return both["revised"]


def test_both_releases_read_and_are_told_apart(both: dict[str, dict[str, SafLibrary]]) -> None:
    for release, adults in both.items():
        for sex, library in adults.items():
            assert library.provenance["release"] == release
            # 43 targets and 79 sources, less two organs of the other sex each and the source Lungs;
            # 4 and 4 combined
            assert (len(library.targets), len(library.sources)) == (43 - 2 + 4, 79 - 2 - 1 + 4), sex
            assert set(library.tables) == {"photon", "electron", "alpha"}


def test_the_releases_differ_only_in_the_airways(both: dict[str, dict[str, SafLibrary]]) -> None:
    for sex in ("male", "female"):
        old, new = both["2016"][sex], both["revised"][sex]
        changed = set()
        for kind in old.tables:
            a, b = old.tables[kind].saf_per_kg, new.tables[kind].saf_per_kg
            pairs = np.argwhere((a != b).any(axis=2))
            changed |= {(old.targets[t], old.sources[s]) for t, s in pairs}
        assert changed
        assert {t for t, _ in changed} <= {"Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI", "lungs"}


@pytest.mark.parametrize("nuclide", ["Ac-225", "Lu-177", "Y-90"])
@pytest.mark.parametrize("sex", ["male", "female"])
def test_lungs_keep_what_lungs_emit(both: dict[str, dict[str, SafLibrary]], sex: str, nuclide: str) -> None:
    """Between the energy over the whole lung's mass with blood and that over its tissue's alone."""
    from dosimetry import s_values
    from dosimetry.nuclides.nuclide import nuclide as data
    from dosimetry.svalues.folding import mGy_kg_per_MBq_s_MeV

    energy = data(nuclide).energy_per_decay_MeV
    charged = mGy_kg_per_MBq_s_MeV() * (energy["electron"] + energy["alpha"])
    library = both["2016"][sex]  # the revised release's alphas of the female are above any limit
    s = float(s_values(nuclide, library).loc["lungs", "lungs"])
    low, high = (charged / library.source_mass_kg[n] for n in ("lungs", "Lung-Tis"))
    assert 0.9 * low < s < high


def test_what_the_warnings_say(both: dict[str, dict[str, SafLibrary]]) -> None:
    for release, adults in both.items():
        said = " ".join(
            v for a in adults.values() for k, v in a.provenance.items() if k.startswith("warning")
        )
        assert ("alpha SAF(Bronch-bas<-Lung-Tis) of the female" in said) == (release == "revised")
        assert "SAF(Ht-wall<-Blood)" in said and "SAF(Liver<-" not in said


def test_a_mixture_of_releases_is_refused(tmp_path: Path) -> None:
    import shutil

    from phantoms import PhantomError

    mixed = tmp_path / "mixed"
    shutil.copytree(DATA / "2016", mixed)
    shutil.copy(DATA / "revised" / "rcp-am_electron_2016-08-12.SAF", mixed)
    with pytest.raises(PhantomError, match=r"two releases \(.*: 2016, male electron: revised\)"):
        libraries(supplement_files(mixed), "mixed")


def test_published_masses(revised: dict[str, SafLibrary]) -> None:
    """ICRP 133, lists of regions; ICRP 89, Table 2.8 (without blood)."""
    male, female = revised["male"], revised["female"]
    assert male.target_mass_kg["liver"] == 2.360 and female.target_mass_kg["red marrow"] == 1.064
    without = with_masses(male, "ICRP 89")
    for organ, mass_kg in {"liver": 1.8, "kidneys": 0.31, "spleen": 0.15, "red marrow": 1.17}.items():
        assert without.target_mass_kg[organ] == mass_kg
    assert sum(male.source_mass_kg[s] for s in male.conventions.remainder_sources) == pytest.approx(
        66.1, abs=1.0
    )


def test_soft_electrons_stay_where_they_are(revised: dict[str, SafLibrary]) -> None:
    """Absorbed fraction of 1 keV electrons in a solid organ is 1: SAF x mass with blood."""
    for library in revised.values():
        table = library.tables["electron"]
        for organ in ("liver", "kidneys", "spleen", "brain", "muscle", "thyroid", "pancreas"):
            saf = table.saf_per_kg[library.targets.index(organ), library.sources.index(organ), 1]
            assert saf * library.target_mass_kg[organ] == pytest.approx(1.0, abs=2e-3)


def test_masses_without_blood_keep_charged_absorbed_fractions(revised: dict[str, SafLibrary]) -> None:
    library = revised["female"]
    changed = with_masses(library, "ICRP 89")
    for kind in ("electron", "alpha"):
        for target in set(library.target_mass_kg):
            t = library.targets.index(target)
            np.testing.assert_allclose(
                changed.tables[kind].saf_per_kg[t] * changed.target_mass_kg[target],
                library.tables[kind].saf_per_kg[t] * library.target_mass_kg[target],
                rtol=1e-12,
            )
    nodes, parts = changed.conventions.combined["lymphatic nodes"], changed.tables["electron"].saf_per_kg
    made = sum(w * parts[changed.targets.index(p)] for p, w in nodes.items())
    np.testing.assert_allclose(parts[changed.targets.index("lymphatic nodes")], made, rtol=1e-12)


def test_blood_gives_an_organ_its_share(revised: dict[str, SafLibrary]) -> None:
    """Soft electrons from blood: absorbed fraction in the liver = its blood over all blood."""
    library = revised["male"]
    saf = library.tables["electron"].saf_per_kg[
        library.targets.index("liver"), library.sources.index("blood"), 1
    ]
    share = saf * library.target_mass_kg["liver"]
    assert share == pytest.approx((2.36 - 1.8) / 5.6, rel=0.02)


def test_saved_and_loaded_it_is_the_same(revised: dict[str, SafLibrary], tmp_path: Path) -> None:
    path = tmp_path / "male.h5"
    revised["male"].save(path)
    again = SafLibrary.load(path)
    assert again.conventions == revised["male"].conventions
    assert again.target_mass_kg == revised["male"].target_mass_kg
    assert again.fission is not None and revised["male"].fission is not None
    np.testing.assert_array_equal(again.fission.saf_per_kg, revised["male"].fission.saf_per_kg)
    for kind, table in revised["male"].tables.items():
        np.testing.assert_array_equal(again.tables[kind].saf_per_kg, table.saf_per_kg)
    assert path.stat().st_size < 2_000_000
