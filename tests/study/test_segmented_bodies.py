"""Own bodies in a study: a part of the patient, organs with their contents, of no stated sex."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from patient_body import LESION, patient_library

from dosimetry import DosimetryError, run_study
from dosimetry.dossier.results.reading import read_results
from dosimetry.dossier.tables.footnotes import bodies
from dosimetry.report.folder import write_results
from dosimetry.study.check import check_study
from phantoms.library.hollow import HOLLOW, hollow_fact
from phantoms.library.saf import SafLibrary

BODY = "bodies/P01.h5"


def _heart() -> SafLibrary:
    """The test body with its heart as one: as a source what the contents were, as a target the wall."""
    body = patient_library(missing=())
    s = [x for x in body.sources if x != "heart wall"]
    columns = [body.sources.index(x) for x in s]
    tables = {}
    for kind, table in body.tables.items():
        error = None if table.relative_se is None else table.relative_se[:, columns]
        tables[kind] = replace(table, saf_per_kg=table.saf_per_kg[:, columns], relative_se=error, method=None)
    named = {"heart contents": "heart", "heart wall": "heart"}
    return replace(
        body,
        sources=tuple(named.get(x, x) for x in s),
        targets=tuple(named.get(x, x) for x in body.targets),
        source_mass_kg={named.get(x, x): body.source_mass_kg[x] for x in s},
        target_mass_kg={named.get(x, x): m for x, m in body.target_mass_kg.items()},
        tables=tables,
        provenance={**body.provenance, HOLLOW: hollow_fact(["heart"])},
    )


def _study(folder: Path, library: SafLibrary, own: str = "yes", heart_curve: bool = False) -> Path:
    (folder / "bodies").mkdir(exist_ok=True)
    library.save(folder / BODY)
    path = folder / "patients.csv"
    patients = pd.read_csv(path, comment="#")
    patients["phantom"] = np.where(patients["patient"] == "P01", BODY, "")
    patients["own_body"] = np.where(patients["patient"] == "P01", own, "")
    patients.to_csv(path, index=False)
    if heart_curve:
        path = folder / "organs.csv"
        organs = pd.read_csv(path, comment="#")
        liver = organs[(organs["patient"] == "P01") & (organs["organ"] == "liver")]
        pd.concat([organs, liver.assign(organ="heart")]).to_csv(path, index=False)
    return folder / "study.toml"


def test_an_own_body_of_no_stated_sex_is_of_the_patients(study_folder: Path) -> None:
    library = patient_library(missing=())
    first = run_study(_study(study_folder, library)).effective_dose
    unsaid = run_study(_study(study_folder, replace(library, sex="both"))).effective_dose
    # a body of both sexes has the uterus among ICRP 103's tissues, a man's has not
    pd.testing.assert_frame_equal(first, unsaid)


def test_the_remainder_in_a_part_of_the_body_is_noted_with_the_doses(study_folder: Path) -> None:
    library = patient_library(missing=())
    mass = {**library.source_mass_kg, "total body": 0.6 * library.source_mass_kg["total body"]}
    result = run_study(_study(study_folder, replace(library, source_mass_kg=mass)))
    said = "all activity of the remainder is taken to be in those"
    for table in (result.organ_doses, result.effective_dose):
        each = table[table["statistic"] == "value"]
        noted = each["note"].str.contains(said)
        assert noted[each["patient"] == "P01"].all() and not noted[each["patient"] != "P01"].any()


def test_a_heart_with_its_blood_says_where_the_blood_is(study_folder: Path, tmp_path: Path) -> None:
    study = _study(study_folder, _heart())
    result = run_study(study)
    assert any("give 'heart' a curve" in w for w in result.warnings)
    e = result.effective_dose
    mine = e[(e["patient"] == "P01") & (e["weights"] == "ICRP 103")].iloc[0]
    assert mine["effective_dose_mSv_per_MBq"] > 0.0
    assert "; heart with contents in place of the wall" in mine["note"]
    hers = e[(e["patient"] == "P09") & (e["weights"] == "ICRP 103")].iloc[0]
    assert "contents" not in hers["note"]
    written = read_results(write_results(tmp_path / "results", result, figures=False))
    assert "one region: heart; their walls are not told apart" in bodies(written)
    result = run_study(_study(study_folder, _heart(), heart_curve=True))
    tiac = result.tiac[result.tiac["patient"] == "P01"].set_index("source")
    assert tiac.loc["heart contents", "reason"].endswith("that of 'heart', by its curve")
    assert tiac.loc["heart", "tiac_h"] > 0.0 and LESION not in tiac.index


def test_blood_that_a_body_has_no_region_for_names_patient_and_key(study_folder: Path) -> None:
    with pytest.raises(DosimetryError, match=r"'P01': phantom '.*' has no .*blood\.heart_contents = 'serum'"):
        check_study(_study(study_folder, _heart(), own="no"))
