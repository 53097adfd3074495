"""The shipped ten-patient study, as results for a dossier."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosimetry import StudyResult, run_study, write_results
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def trastuzumab_study() -> StudyResult:
    return run_study(EXAMPLES / "zr89-trastuzumab" / "study.toml")


@pytest.fixture(scope="session")
def trastuzumab(trastuzumab_study: StudyResult) -> Results:
    return results_of(trastuzumab_study)


@pytest.fixture(scope="session")
def trastuzumab_folder(trastuzumab_study: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder of results, without figures; not to be written to."""
    folder = tmp_path_factory.mktemp("trastuzumab") / "results"
    return write_results(folder, trastuzumab_study, figures=False)
