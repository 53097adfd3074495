"""Patients of a study with libraries of their own beside others with reference bodies."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from patient_body import LEFT, LESION, RIGHT, for_nuclide, patient_library

from dosimetry import (
    DosimetryError,
    DossierOptions,
    load_study,
    run_study,
    with_regions_of,
    write_cdisc,
    write_dossier,
    write_results,
)
from dosimetry.dossier.results.reading import read_results
from dosimetry.study.check import check_study
from phantoms.library.saf import SafLibrary

P01, P09 = "bodies/P01.h5", "bodies/P09.h5"
OWN_MASS = '\n[uncertainty.own_mass]\nother = { u_percent = 4, kind = "B", source = "segmented twice" }\n'


def _edit(folder: Path, table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / f"{table}.csv"
    change(pd.read_csv(path, comment="#")).to_csv(path, index=False)


def own_body(folder: Path, library: SafLibrary | None = None, own: str = "yes", whose: str = "P01") -> Path:
    """Give a patient a library, and P01 curves of both kidneys and of a lesion."""
    library = patient_library() if library is None else library
    (folder / "bodies").mkdir(exist_ok=True)
    library.save(folder / "bodies" / f"{whose}.h5")

    def patients(frame: pd.DataFrame) -> pd.DataFrame:
        for column, value in (("phantom", f"bodies/{whose}.h5"), ("own_body", own)):
            if column not in frame:
                frame[column] = ""
            frame.loc[frame["patient"] == whose, column] = value
        return frame

    def organs(frame: pd.DataFrame) -> pd.DataFrame:
        mine = frame["patient"] == whose
        kidneys, liver = (frame[mine & (frame["organ"] == o)] for o in ("kidneys", "liver"))
        sides = [kidneys.assign(organ=side) for side in (LEFT, RIGHT)]
        return pd.concat([frame.drop(kidneys.index), *sides, liver.assign(organ=LESION)])

    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    if own == "yes" and "[uncertainty]" in text and "own_mass" not in text:
        study.write_text(text + OWN_MASS, encoding="utf-8")
    _edit(folder, "patients", patients)
    if LESION in library.sources:
        _edit(folder, "organs", organs)
    return folder


def test_one_patient_has_an_own_body_and_the_others_stay_as_they_were(
    study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_study(study_folder / "study.toml")
    monkeypatch.chdir(tmp_path)
    result = run_study(own_body(study_folder) / "study.toml")
    doses = result.organ_doses
    mine, hers = (doses[doses["patient"] == p].set_index("target") for p in ("P01", "P09"))
    assert set(mine["phantom"]) == {P01} and {LEFT, RIGHT, LESION, "kidneys"} <= set(mine.index)
    assert mine["dose_mGy_per_MBq"].notna().all() and mine["se_from_saf_mGy_per_MBq"].notna().all()
    old = before.organ_doses
    pd.testing.assert_frame_equal(
        hers.reset_index(), old[old["patient"] == "P09"].reset_index(drop=True)[hers.reset_index().columns]
    )
    # both kidneys are measured, though nobody's "kidneys" is a curve of P01: both patients count in the mean
    assert (mine.loc["kidneys", "n"], hers.loc["kidneys", "n"]) == (1, 1)
    mean = doses[(doses["patient"] == "cohort") & (doses["statistic"] == "mean")].set_index("target")
    assert mean.loc["kidneys", "n"] == 2 and mean.loc[LESION, "n"] == 1 and mean.loc["adrenals", "n"] == 1
    expected = (mine.loc["kidneys", "dose_mGy_per_MBq"] + hers.loc["kidneys", "dose_mGy_per_MBq"]) / 2
    assert mean.loc["kidneys", "dose_mGy_per_MBq"] == pytest.approx(expected)
    assert not any("kidney" in w and "not measured" in w for w in result.warnings)
    facts = result.provenance[f"phantom {P01}"]
    assert facts["origin of the file"] == "given by its path; the own body of P01"
    assert facts["sha256"] == result.provenance[f"phantom {P01}"]["sha256"] and len(facts["sha256"]) == 64
    assert list(result.subjects["own_body"]) == ["yes", "no"] and "own_body" not in before.subjects


def test_the_effective_dose_is_missing_where_the_body_lacks_tissues(study_folder: Path) -> None:
    effective = run_study(own_body(study_folder) / "study.toml").effective_dose
    mine = effective[effective["patient"] == "P01"]
    assert mine["effective_dose_mSv_per_MBq"].isna().all() and (mine["n"] == 0).all()
    assert mine["reason"].str.startswith("not given: effective dose").all()
    assert mine["reason"].str.contains("thymus").all()
    means = effective[(effective["statistic"] == "mean") & (effective["weights"] == "ICRP 60")]
    assert means["n"].tolist() == [1]
    both = effective[effective["statistic"] == "sex-averaged"].iloc[0]
    assert np.isnan(both["effective_dose_mSv_per_MBq"]) and "no male patient's body has all" in both["reason"]


def test_regions_of_a_reference_body_are_marked_in_the_tables(study_folder: Path) -> None:
    library = with_regions_of(
        for_nuclide(patient_library(), "Zr-89"), "adult male", stand_ins={LESION: "liver"}
    )
    result = run_study(own_body(study_folder, library) / "study.toml")
    mine = result.organ_doses[result.organ_doses["patient"] == "P01"].set_index("target")
    lent = mine["note"].str.startswith("SAFs of the reference body 'adult male'.")
    assert set(mine.index[lent]) == {"adrenals", "breasts", "testes", "thymus"}
    e = result.effective_dose[result.effective_dose["patient"] == "P01"]
    assert (e["effective_dose_mSv_per_MBq"] > 0.0).all()
    assert (
        e["note"].str.contains("adrenals, breasts, testes, thymus of the reference body 'adult male'").all()
    )
    both = result.effective_dose[result.effective_dose["statistic"] == "sex-averaged"].iloc[0]
    assert both["effective_dose_mSv_per_MBq"] > 0.0 and both["n"] == 2


def test_bodies_that_have_the_tissues_by_other_regions_are_averaged_by_their_values(
    study_folder: Path,
) -> None:
    body = patient_library(missing=())
    names = {"upper large intestine wall": "colon", "lower large intestine wall": "rectum"}
    library = replace(
        body,
        targets=tuple(names.get(t, t) for t in body.targets),
        target_mass_kg={names.get(t, t): m for t, m in body.target_mass_kg.items()},
    )
    for table in ("patients", "organs", "serum", "whole_body"):  # another man, with the test body
        copied = lambda frame: pd.concat([frame, frame[frame["patient"] == "P01"].assign(patient="P02")])  # noqa: E731
        _edit(study_folder, table, copied)
    effective = run_study(own_body(study_folder, library) / "study.toml").effective_dose
    each = effective[(effective["statistic"] == "value") & (effective["weights"] == "ICRP 103")]
    e = each.set_index("patient")["effective_dose_mSv_per_MBq"]
    both = effective[effective["statistic"] == "sex-averaged"].iloc[0]
    assert "of 2 men and 1 women" in both["note"] and "of each patient's own value" in both["note"]
    expected = ((e["P01"] + e["P02"]) / 2 + e["P09"]) / 2
    assert both["effective_dose_mSv_per_MBq"] == pytest.approx(expected, rel=1e-12)


def test_everything_downstream_goes_on(
    budget_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_study(own_body(budget_folder) / "study.toml")
    folder = write_results(tmp_path / "results", result, figures=False)
    monkeypatch.chdir(tmp_path)  # from where the bodies' paths lead nowhere
    read = read_results(folder)
    assert list(read.bodies) == [P01, "test female"]
    assert read.bodies[P01]["origin of the file"] == "given by its path; the own body of P01"
    made = write_dossier(folder, tmp_path / "dossier", DossierOptions(formats=("html",), figures=False))
    text = next(Path(made).glob("*.html")).read_text(encoding="utf-8")
    text = html.unescape(text)
    assert "the own body of P01" in text and "Those of P01: of the subject's own body." in text
    assert "Bodies/P01" not in text
    write_cdisc(tmp_path / "cdisc", folder)
    assert any((tmp_path / "cdisc").iterdir())


def test_no_difference_from_a_phantom_is_counted_in_an_own_body(budget_folder: Path) -> None:
    library = with_regions_of(patient_library(), "adult male", stand_ins={LESION: "liver"}, sources=[])
    result = run_study(own_body(budget_folder, library) / "study.toml")
    table = result.tables()["uncertainty_shares"]
    doses = table[(table["quantity"] == "absorbed dose") & (table["statistic"] == "value")]
    share = doses.set_index(["patient", "of"])["patient and phantom (%)"]
    assert share["P09"].drop(["testes"], errors="ignore").dropna().gt(1.0).all()
    lent = ["adrenals", "breasts", "testes", "thymus"]
    assert share["P01"].drop(lent).eq(0.0).all()
    assert share["P01"][lent].gt(1.0).all()  # these are of a reference body


def _u_of_mass(table: pd.DataFrame, patient: str, region: str) -> float:
    """Standard uncertainty of a region's dose by masses alone, % of the dose."""
    row = table[(table["quantity"] == "absorbed dose") & (table["statistic"] == "value")]
    (row,) = row[(row["patient"] == patient) & (row["of"] == region)].to_dict("records")
    share = sum(float(row[c]) for c in row if str(c).startswith("organ mass"))
    return float(np.sqrt(share))


def test_masses_of_own_bodies_have_numbers_of_their_own(budget_folder: Path) -> None:
    """Twice the number for own bodies is twice the change there, and none in the other patient's body."""
    study = own_body(budget_folder) / "study.toml"
    text, found = study.read_text(encoding="utf-8"), {}
    for percent in (4, 8):
        study.write_text(text.replace("u_percent = 4,", f"u_percent = {percent},"), encoding="utf-8")
        result = run_study(study)
        u = result.tables()["uncertainty"]
        u = u[(u["quantity"] == "absorbed dose") & (u["statistic"] == "value")]
        u_of = u.set_index(["patient", "of"])["u_percent"]
        of = result.tables()["uncertainty_shares"]
        found[percent] = {who: u_of[who, "liver"] * _u_of_mass(of, who, "liver") for who in ("P01", "P09")}
    assert found[8]["P01"] == pytest.approx(2.0 * found[4]["P01"], rel=1e-6)
    assert found[8]["P09"] == pytest.approx(found[4]["P09"], rel=1e-12) and found[4]["P09"] > 0.0
    inputs = result.tables()["uncertainty_inputs"]
    named = inputs.loc[inputs["input"].str.startswith("organ mass"), "input"]
    assert "organ mass, own body: liver" in set(named) and "organ mass: liver" in set(named)


def test_the_budget_asks_for_masses_by_whose_body_it_is(budget_folder: Path) -> None:
    study = own_body(budget_folder) / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace(OWN_MASS, ""), encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"uncertainty\.own_mass has nothing for liver, .*, lesion 1"):
        check_study(study)
    table = budget_folder / "patients.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",yes", ",no"), encoding="utf-8")
    study.write_text(study.read_text(encoding="utf-8") + OWN_MASS, encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"uncertainty\.own_mass acts on nothing in this study"):
        check_study(study)


def test_trials_draw_no_such_difference_either(budget_folder: Path) -> None:
    own_body(budget_folder)
    study, trials = budget_folder / "study.toml", 200
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace("[uncertainty]\n", f"[uncertainty]\nmonte_carlo = {trials}\nseed = 7\n"),
        encoding="utf-8",
    )
    table = run_study(study).tables()["uncertainty"]
    doses = table[(table["quantity"] == "absorbed dose") & (table["patient"] == "P01")].set_index("of")
    # far from sources the dose is of photons from many: near to linear, so the SD of the trials is u
    far = doses.loc[["brain", "muscle", "total body"]]
    ratio = far["u_monte_carlo"] / far["u"]
    assert np.all(np.abs(ratio - 1.0) < 4.0 / np.sqrt(2.0 * trials))
    with_it = np.hypot(far["u"], 0.1288 * far["value"])
    assert np.all(with_it > 1.5 * far["u_monte_carlo"])


def test_the_key_of_that_difference_acts_on_nothing_where_all_bodies_are_own(budget_folder: Path) -> None:
    own_body(budget_folder)
    own_body(budget_folder, patient_library("adult female", missing=()), whose="P09")
    with pytest.raises(DosimetryError, match=r"patient_and_phantom acts on nothing: every patient's body is"):
        check_study(budget_folder / "study.toml")
    study = budget_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    i = text.index("[uncertainty.patient_and_phantom]")
    study.write_text(text[:i] + text[i:].split("\n", 2)[2], encoding="utf-8")
    with pytest.raises(
        DosimetryError, match=r"mass acts on nothing: every body is a patient's own; .* own_mass"
    ):
        check_study(study)
    text = study.read_text(encoding="utf-8")
    i = text.index("[uncertainty.mass]")
    study.write_text(text[:i] + text[text.index("\n[", i) :], encoding="utf-8")
    frame = run_study(study).tables()["uncertainty"]
    doses = frame[frame["quantity"] == "absorbed dose"]
    assert (doses["u"].dropna() > 0.0).all() and doses["u"].notna().sum() > 90


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "own_body",
            "yes",
            r"patients\.csv: row 2, column 'own_body': 'yes', but 'test male' is no patient's",
        ),
        (
            "phantom",
            "bodies/P02.h5",
            r"row 2, column 'phantom': bodies/P02\.h5: there is no such file in .*bodies",
        ),
        ("phantom", "patients.csv", r"column 'phantom': .*patients\.csv: cannot be read as a SAF library"),
        ("phantom", "adult mail", r"column 'phantom': unknown phantom 'adult mail'"),
        ("phantom", "../other.h5", r"column 'phantom': \.\./other\.h5 leads out of the study's folder"),
    ],
)
def test_what_is_no_body(study_folder: Path, column: str, value: str, said: str) -> None:
    (study_folder / "bodies").mkdir()
    patient_library().save(study_folder.parent / "other.h5")
    _edit(study_folder, "patients", lambda frame: frame.assign(**{column: [value, ""]}))
    with pytest.raises(DosimetryError, match=said):
        run_study(study_folder / "study.toml")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "sex",
            "female",
            r"column 'own_body': 'yes', but 'bodies/P01\.h5' is male and the patient is female",
        ),
        ("absent", "left kidney", r"what the patient lacks \(left kidney\) is not in such a body"),
    ],
)
def test_what_is_not_the_patients_own(study_folder: Path, column: str, value: str, said: str) -> None:
    own_body(study_folder)

    def patients(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame if column in frame else frame.assign(**{column: ""})
        frame.loc[frame["patient"] == "P01", column] = value
        return frame

    _edit(study_folder, "patients", patients)
    with pytest.raises(DosimetryError, match=said):
        check_study(study_folder / "study.toml")


def test_a_library_outside_may_be_allowed(study_folder: Path) -> None:
    patient_library().save(study_folder.parent / "other.h5")
    _edit(study_folder, "patients", lambda frame: frame.assign(phantom=["../other.h5", ""]))
    found = check_study(load_study(study_folder / "study.toml", allow_outside=True))
    assert found.patients[0].phantom == "../other.h5"


def test_a_key_of_the_study_names_a_file_too(study_folder: Path) -> None:
    own_body(study_folder)
    _edit(study_folder, "patients", lambda frame: frame.drop(columns=["phantom", "own_body"]))
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('"test male"', f'"{P01}"'), encoding="utf-8")
    assert run_study(study).organ_doses["phantom"].iloc[0] == P01
    study.write_text(text.replace('"test male"', '"bodies/no.h5"'), encoding="utf-8")
    with pytest.raises(
        DosimetryError, match=r"study\.toml: phantom\.male: bodies/no\.h5: there is no such file"
    ):
        run_study(study)


def test_a_library_for_another_nuclide_is_told_with_its_row(study_folder: Path) -> None:
    own_body(study_folder, for_nuclide(patient_library(), "Lu-177"))
    with pytest.raises(
        DosimetryError,
        match=r"row 2, column 'phantom': bodies/P01\.h5 was made for Lu-177 alone: .*not for Zr-89",
    ):
        check_study(study_folder / "study.toml")


def test_whose_body_it_is_must_be_said_where_it_matters(budget_folder: Path) -> None:
    own_body(budget_folder, own="")
    with pytest.raises(
        DosimetryError, match=r"column 'own_body': is missing for 'bodies/P01\.h5': .*\[uncertainty\] counts"
    ):
        check_study(budget_folder / "study.toml")


def test_an_own_body_has_its_masses(study_folder: Path) -> None:
    own_body(study_folder, own="")
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    by_reference = text
    assert 'organs = "reference"' in text
    scaled = text.replace('organs = "reference"', 'organs = "scaled to body mass"')
    study.write_text(scaled, encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"masses\.organs is 'scaled to body mass'"):
        check_study(study)
    _edit(study_folder, "patients", lambda f: f.assign(own_body=["yes", ""]))
    own = run_study(study)
    study.write_text(by_reference, encoding="utf-8")
    reference = run_study(study)
    pick = [r.organ_doses[r.organ_doses["patient"] == "P01"]["dose_mGy_per_MBq"] for r in (own, reference)]
    np.testing.assert_array_equal(*pick)
    hers = [r.organ_doses[r.organ_doses["patient"] == "P09"]["dose_mGy_per_MBq"] for r in (own, reference)]
    assert not np.allclose(*hers, equal_nan=True)
    tiac = own.tiac[(own.tiac["patient"] == "P01") & (own.tiac["source"] == "liver")].iloc[0]
    assert "the patient's own body" in tiac["obtained"]
    # the patient weighs 64 kg, and the body 74
    assert any(
        "weighs 73.7 kg and the patient 63.9 kg: all activity of the remainder" in w for w in own.warnings
    )


def test_measured_masses_of_an_own_body_are_refused(study_folder: Path) -> None:
    own_body(study_folder)
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace('organs = "reference"', 'organs = "measured"\nfile = "masses.csv"'), encoding="utf-8"
    )
    (study_folder / "masses.csv").write_text("patient,organ,mass_g\nP09,liver,1500\nP01,liver,1800\n")
    with pytest.raises(
        DosimetryError,
        match=r"masses\.csv: row 3, column 'organ': patient 'P01' has measured .*the patient's own",
    ):
        check_study(study)


def test_a_side_beside_the_pair_is_told_with_its_row(study_folder: Path) -> None:
    own_body(study_folder)

    def organs(frame: pd.DataFrame) -> pd.DataFrame:
        left = frame[(frame["patient"] == "P01") & (frame["organ"] == LEFT)]
        return pd.concat([frame, left.assign(organ="Kidneys")])

    _edit(study_folder, "organs", organs)
    with pytest.raises(
        DosimetryError, match=r"beside 'Kidneys' in row .*'kidneys' is the sum of left kidney"
    ):
        check_study(study_folder / "study.toml")


def test_blood_has_no_source_where_an_own_body_has_no_such_region(budget_folder: Path) -> None:
    library = patient_library(missing=("adrenals", "heart contents", "red marrow"))
    result = run_study(own_body(budget_folder, library) / "study.toml")
    tiac = result.tiac[result.tiac["patient"] == "P01"].set_index("source")
    for region in ("heart contents", "red marrow"):
        assert tiac.loc[region, "n"] == 0 and np.isnan(tiac.loc[region, "tiac_h"])
        assert tiac.loc[region, "reason"].startswith("not a region of the patient's own body")
    said = "P01: heart contents, red marrow: not a region of the patient's own body"
    assert any(w.startswith(said) for w in result.warnings)
    hers = result.tiac[result.tiac["patient"] == "P09"].set_index("source")
    assert hers.loc["heart contents", "tiac_h"] > 0.0
    # what the patient has not is in the remainder, and in nobody's budget
    lines = result.tables()["uncertainty_shares"]
    assert "heart contents" not in set(lines.loc[lines["patient"] == "P01", "of"])
