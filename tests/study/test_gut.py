"""The section [gut] of a study: sources, remainder, tables, figures, and a clear line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dosimetry import DosimetryError, load_study, run_study, write_results
from dosimetry.study.check import check_study
from dosimetry.study.keys.new_study import study_text

PARTS = ["small intestine contents", "upper large intestine contents", "lower large intestine contents"]
BY_BODY = '[gut]\ntract = "ICRP 30"\ncontents = "whole body"\nfaeces_fraction = 0.3\n'
BY_CURVE = '[gut]\ntract = "ICRP 100"\nage = "adult"\ncontents = "organ curve"\ntail = "transit"\n'


def with_gut(folder: Path, section: str, rows: str = "") -> Path:
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace("[masses]", f"{section}\n[masses]")
    study.write_text(text, encoding="utf-8")
    if rows:
        organs = folder / "organs.csv"
        organs.write_text(organs.read_text(encoding="utf-8") + rows, encoding="utf-8")
    return study


def rows(organ: str = "whole gut", unit: str = "%IA", patients: tuple[str, ...] = ("P01", "P09")) -> str:
    points = ((3.9, 0.6), (24.1, 2.1), (93.5, 2.4), (140.2, 1.5))
    return "".join(f"{p},{organ},{t},{v},{0.05 * v:.3f},{unit}\n" for p in patients for t, v in points)


def test_by_what_leaves_the_body(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml").tiac
    after = run_study(with_gut(study_folder, BY_BODY)).tiac
    for patient in ("P01", "P09"):
        old, new = (t[t.patient == patient].set_index("source") for t in (before, after))
        assert set(new.index) - set(old.index) == set(PARTS)
        gut = new.loc[PARTS, "tiac_h"].sum()
        assert 1.0 < gut < 15.0
        assert new.loc["remainder", "tiac_h"] == pytest.approx(old.loc["remainder", "tiac_h"] - gut)
        assert new.loc["whole body", "tiac_h"] == old.loc["whole body", "tiac_h"]
        assert (new.loc[PARTS, "se_h"] > 0).all()
        assert "ICRP 30, adult" in new.loc[PARTS[0], "obtained"]
    doses = run_study(study_folder / "study.toml").organ_doses
    colon = doses[(doses.patient == "P01") & (doses.target == "lower large intestine wall")]
    assert colon["se_from_tiac_mGy_per_MBq"].iloc[0] > 0


def test_a_curve_of_the_whole_gut(study_folder: Path, tmp_path: Path) -> None:
    study = with_gut(study_folder, BY_CURVE, rows(organ="Whole_Gut"))
    result = run_study(study)
    one = result.tiac[result.tiac.patient == "P01"].set_index("source")
    kinetics = result.kinetics[(result.kinetics.patient == "P01") & (result.kinetics.curve == "whole gut")]
    whole = kinetics[kinetics.quantity == "AUC to infinity, not decay-corrected"].iloc[0]
    assert one.loc[PARTS, "tiac_h"].sum() == pytest.approx(whole.value / 100)
    assert "transit of what is there" in whole.note
    assert "whole gut" not in one.index
    folder = tmp_path / "results"
    write_results(folder, result)
    archived = pd.read_csv(folder / "tiac.csv", comment="#")
    assert set(PARTS) <= set(archived.source)
    assert (folder / "figures" / "organs.png").exists()
    checked = check_study(study)
    assert next(c for c in checked.curves() if c["curve"] == "whole gut")["points"] == 4


def test_its_own_method_and_another_tail(study_folder: Path) -> None:
    section = BY_CURVE.replace("transit", "as organs") + '[organs."whole gut"]\ntail = "none"\n'
    kinetics = run_study(with_gut(study_folder, section, rows())).kinetics
    mine = kinetics[(kinetics.curve == "whole gut") & (kinetics.patient == "P01")]
    assert mine.note.str.contains(": nothing").all()


def test_a_transit_needs_no_slope_of_the_last_points(study_folder: Path) -> None:
    study = with_gut(study_folder, BY_CURVE + '[organs."whole gut"]\ntail = "effective"\n', rows())
    assert PARTS[0] in set(run_study(study).tiac.source)


def test_a_new_study_says_how(tmp_path: Path) -> None:
    """The lines on the gut that a new study has are a section when they are no comments any more."""
    text = study_text("Zr-89", "89Zr-mAb", "counts")
    lines = text[text.index("# [gut]") : text.index("[masses]")].strip().split("\n")
    section = "\n".join(line.removeprefix("# ") for line in lines)
    study = tmp_path / "study.toml"
    study.write_text(text.replace("[masses]", section + "\n\n[masses]"), encoding="utf-8")
    gut = load_study(study).settings.gut
    assert gut is not None and gut.faeces_fraction == 0.3


def complaints(study: Path) -> list[str]:
    with pytest.raises(DosimetryError) as told:
        run_study(study)
    return list(told.value.complaints)


def test_mistakes_of_the_tables_are_told_with_their_rows(study_folder: Path) -> None:
    study = with_gut(study_folder, "", rows())
    told = complaints(study)
    assert len(told) == 2
    assert "organs.csv: rows" in told[0] and "no method divides it" in told[0]


def test_two_patients_mistakes_at_once(study_folder: Path) -> None:
    clash = rows(organ="ULI contents", patients=("P01",))
    told = complaints(with_gut(study_folder, BY_CURVE, rows(patients=("P01",)) + clash))
    assert any("which [gut] gives too" in line and "organs.csv: rows" in line for line in told)
    assert any("'P09' has no curve of 'whole gut'" in line for line in told)


def test_a_concentration_of_the_gut(study_folder: Path) -> None:
    told = complaints(with_gut(study_folder, BY_CURVE, rows(unit="%IA/g")))
    assert all("in %IA, is needed" in line for line in told) and len(told) == 2


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (BY_BODY.replace("ICRP 30", "ICRP 66"), "gut.tract = 'ICRP 66': allowed: 'ICRP 30' or 'ICRP 100'"),
        (BY_BODY.replace("0.3", "30"), "gut: faeces_fraction is 30; .*did you mean 0.3"),
        (BY_BODY.replace("0.3", "0"), "gut: faeces_fraction is 0; a share above 0"),
        (BY_BODY.replace("faeces_fraction = 0.3", ""), "gut: faeces_fraction is missing"),
        (BY_BODY + 'tail = "transit"\n', "gut: tail goes with contents = 'organ curve'"),
        (BY_BODY + "transit_h = { colon = 3 }\n", "gut: transit_h: 'colon' is no compartment"),
        (
            BY_BODY + 'transit_h = { "small intestine contents" = 0 }\n',
            "gut.transit_h.small intestine contents",
        ),
        (BY_BODY + "f1 = 0.1\n", "unknown key gut.f1"),
        (
            BY_CURVE.replace('age = "adult"\n', ""),
            "gut: age is missing; the rates of 'ICRP 100' differ by age",
        ),
        (BY_CURVE.replace("adult", "newborn"), "gut.age = 'newborn': allowed: '3 months'"),
        (BY_CURVE + 'sex = "female"\n', "gut: the model 'ICRP 100' has no rates of its own for sex 'female'"),
        (BY_CURVE.replace('tail = "transit"\n', ""), "gut: tail is missing; allowed: transit, as organs"),
    ],
)
def test_mistakes_of_the_keys(study_folder: Path, section: str, said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        load_study(with_gut(study_folder, section))


def test_gut_beside_given_tiacs(study_folder: Path) -> None:
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    head = text[: text.index("[whole_body]")]
    study = study_folder / "other.toml"
    study.write_text(f'{head}[tiac]\nfile = "tiac.csv"\nremainder = "as given"\n{BY_BODY}', encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"\[tiac\] gives the TIACs, so \[gut\] cannot be used"):
        load_study(study)


def test_an_organ_curve_without_organs(study_folder: Path) -> None:
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    cut = text[: text.index("[organs]")] + text[text.index("[blood]") :]
    study = study_folder / "other.toml"
    study.write_text(cut.replace("[masses]", f"{BY_CURVE}\n[masses]"), encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"gut.contents = 'organ curve', but there is no \[organs\]"):
        load_study(study)


SOME = BY_CURVE + 'without_curve = "remainder"\n'


def test_some_patients_without_a_curve_of_the_gut(study_folder: Path) -> None:
    plain = run_study(study_folder / "study.toml")
    result = run_study(with_gut(study_folder, SOME, rows(patients=("P01",))))
    tiac, before = (
        r.tiac[r.tiac.statistic == "value"].set_index(["patient", "source"]) for r in (result, plain)
    )
    assert (tiac.loc["P01"].loc[PARTS, "tiac_h"] > 0).all() and tiac.loc["P09"].loc[
        PARTS, "tiac_h"
    ].isna().all()
    assert tiac.loc[("P09", "remainder"), "tiac_h"] == before.loc[("P09", "remainder"), "tiac_h"]
    doses = result.organ_doses.set_index(["patient", "statistic", "target"])
    wall = doses.xs("lower large intestine wall", level="target")
    assert wall.loc[("P09", "value"), "n"] == 0 and "not measured" in wall.loc[("P09", "value"), "reason"]
    assert wall.loc[("cohort", "mean"), "n"] == 1
    assert any(w.startswith("P09: ") and "not measured" in w for w in result.warnings)


def test_a_curve_of_nobody_and_parts_of_ones_own(study_folder: Path) -> None:
    study = with_gut(study_folder, SOME)
    assert complaints(study) == [
        f"{study}: gut.contents = 'organ curve', but no patient has a curve of 'whole gut': leave [gut] out,"
        " or give rows of it"
    ]
    own = rows(patients=("P01",)) + rows(organ="SI contents", patients=("P09",))
    organs = study_folder / "organs.csv"
    organs.write_text(organs.read_text(encoding="utf-8") + own, encoding="utf-8")
    assert PARTS[0] in set(run_study(study).tiac.query("patient == 'P09'").source)


def test_without_curve_goes_with_a_curve(study_folder: Path) -> None:
    told = complaints(with_gut(study_folder, BY_BODY + 'without_curve = "remainder"\n'))
    assert len(told) == 1 and "without_curve goes with contents = 'organ curve'" in told[0]
