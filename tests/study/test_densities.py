"""A density of the study file is of an organ that was measured, whatever name of it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosimetry import DosimetryError, run_study
from dosimetry.patients.methods import Methods


def with_densities(folder: Path, densities: str) -> Path:
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    start, end = text.index("lungs = 0.296"), text.index("[blood]")
    study.write_text(f"{text[:start]}{densities}\n{text[end:]}", encoding="utf-8")
    return study


def tiac(study: Path, organ: str) -> float:
    found = run_study(study).tiac
    row = found[(found["patient"] == "P01") & (found["source"] == organ) & (found["statistic"] == "value")]
    return float(row["tiac_h"].iloc[0])


def test_another_name_of_an_organ_is_that_organ(study_folder: Path) -> None:
    """A concentration in kBq/mL at half the density is twice the concentration in kBq/g."""
    one = tiac(with_densities(study_folder, "kidneys = 1.04\nother = 1.04"), "kidneys")
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    (study_folder / "study.toml").write_text(
        text.replace("kidneys = 1.04", "kidney = 0.52"), encoding="utf-8"
    )
    assert tiac(study_folder / "study.toml", "kidneys") == pytest.approx(2 * one, rel=1e-5)


@pytest.mark.parametrize(
    ("densities", "said"),
    [
        ("lnugs = 0.296\nother = 1.04", "no curve of 'lnugs' was measured"),
        ("kidney = 1.04\nkidneys = 1.05\nother = 1.04", "'kidney' and 'kidneys' are both 'kidneys'"),
    ],
)
def test_a_density_of_nothing_is_refused(study_folder: Path, densities: str, said: str) -> None:
    study = with_densities(study_folder, densities)
    with pytest.raises(DosimetryError, match=f"study.toml: organs.tissue_density_g_per_mL.*{said}"):
        run_study(study)


def test_other_is_for_the_rest() -> None:
    methods = Methods(
        heart_contents="none", red_marrow="none", organ_masses="reference",
        tissue_density_g_per_mL={"kidney": 1.05, "Other": 1.04},
    )  # fmt: skip
    assert [methods.density_g_per_mL(r) for r in ("kidneys", "liver")] == [1.05, 1.04]
