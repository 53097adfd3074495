"""What stands in the datasets: standard variables in order, identifiers, doses as the CSV files have them."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cdisc_study import read_xpt, write_study

from dosimetry import CdiscOptions, DosimetryError, cdisc_datasets, run_study, write_cdisc, write_results
from dosimetry.cdisc.datasets import CdiscDatasets
from dosimetry.cdisc.form.ascii_text import ascii_of
from dosimetry.commands.app import main
from dosimetry.dossier.results.results import Results

EXAMPLES = Path(__file__).parents[2] / "examples"
CURVE = [(1.0, "30"), (24.0, "20"), (72.0, "9"), (120.0, "4.1")]


@pytest.fixture(scope="module")
def made(trastuzumab_folder: Path) -> CdiscDatasets:
    return cdisc_datasets(trastuzumab_folder, CdiscOptions(study_id="TRAS-01"))


def records(made: CdiscDatasets, name: str) -> list[dict[str, Any]]:
    names = [v.name for v in made[name].variables]
    return [dict(zip(names, row, strict=True)) for row in made[name].rows]


#: SDTMIG 3.4, sections PC and PP, in their order; those that are there are a part of it.
PC_ORDER = (
    "STUDYID DOMAIN USUBJID PCSEQ PCGRPID PCREFID PCSPID PCTESTCD PCTEST PCCAT PCSCAT PCORRES PCORRESU"
    " PCSTRESC PCSTRESN PCSTRESU PCSTAT PCREASND PCNAM PCSPEC PCSPCCND PCMETHOD PCFAST PCDRVFL PCLLOQ PCULOQ"
    " VISITNUM VISIT VISITDY TAETORD EPOCH PCDTC PCENDTC PCDY PCENDY PCTPT PCTPTNUM PCELTM PCTPTREF PCRFTDTC"
    " PCEVLINT"
)
PC_NEEDED = (
    "STUDYID DOMAIN USUBJID PCSEQ PCTESTCD PCTEST PCORRES PCORRESU PCSTRESC PCSTRESN PCSTRESU PCNAM PCSPEC"
    " PCLLOQ PCDTC"
)
PP_ORDER = (
    "STUDYID DOMAIN USUBJID PPSEQ PPGRPID PPTESTCD PPTEST PPCAT PPSCAT PPORRES PPORRESU PPSTRESC PPSTRESN"
    " PPSTRESU PPSTAT PPREASND PPSPEC PPANMETH TAETORD EPOCH PPDTC PPDY PPTPTREF PPRFTDTC PPSTINT PPENINT"
)
PP_NEEDED = (
    "STUDYID DOMAIN USUBJID PPSEQ PPTESTCD PPTEST PPCAT PPORRES PPORRESU PPSTRESC PPSTRESN PPSTRESU PPSPEC"
    " PPRFTDTC"
)


@pytest.mark.parametrize(
    ("name", "order", "needed"), [("PC", PC_ORDER, PC_NEEDED), ("PP", PP_ORDER, PP_NEEDED)]
)
def test_standard_variables_in_the_standard_order(
    name: str, order: str, needed: str, made: CdiscDatasets
) -> None:
    """No variable of its own in an SDTM dataset; every required and every expected one is there."""
    own = [v.name for v in made[name].variables]
    assert own == [v for v in order.split() if v in own]
    assert set(own) >= set(needed.split())


@pytest.mark.parametrize("name", ["PC", "PP", "ADNCA", "ADPP", "ADRD"])
def test_keys_tell_records_apart_and_sort_them(name: str, made: CdiscDatasets) -> None:
    keys = [v.name for v in sorted((v for v in made[name].variables if v.key), key=lambda v: v.key)]
    rows = [tuple(r[k] for k in keys) for r in records(made, name)]
    codes = [
        (*row, r["PARAMCD"]) if name == "ADRD" else row
        for row, r in zip(rows, records(made, name), strict=True)
    ]
    assert len(set(codes)) == len(codes) and rows == sorted(rows)
    one_to_one = {(r["PARAMCD"], r["PARAM"]) for r in records(made, name) if "PARAMCD" in r}
    assert len({code for code, _ in one_to_one}) == len(one_to_one) == len({p for _, p in one_to_one})


def test_samples_are_the_rows_of_the_csv_file(made: CdiscDatasets, trastuzumab_folder: Path) -> None:
    table = pd.read_csv(trastuzumab_folder / "activities.csv")
    table = table[table["region"] == "serum"]
    rows = records(made, "PC")
    assert len(rows) == len(table) == 80
    for row, (_, given) in zip(rows, table.iterrows(), strict=True):
        assert row["USUBJID"] == f"TRAS-01-{given['patient']}"
        assert (row["PCTPTNUM"], row["PCSTRESN"]) == (given["time_h"], given["value"])
        assert float(row["PCORRES"]) == given["value"]
        assert row["PCELTM"] == f"PT{given['time_h']:g}H"
    assert [r["PCSEQ"] for r in rows[:8]] == list(range(1, 9))
    assert {r["PCSCAT"] for r in rows} == {"SIMULATED DATA"}


@pytest.mark.parametrize(
    ("table", "column", "error", "category", "of", "region"),
    [
        ("tiac", "tiac_h", "se_h", "TIME-INTEGRATED ACTIVITY COEFFICIENT", "source", "REGION"),
        ("organ_doses", "dose_mGy_per_MBq", "se_mGy_per_MBq", "DOSE COEFFICIENT", "target", "REGION"),
        ("organ_doses", "absorbed_dose_Gy", "se_Gy", "ABSORBED DOSE", "target", "REGION"),
        (
            "effective_dose", "effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq", "COEFFICIENT",
            "weights", "WEIGHTS",
        ),
        ("effective_dose", "effective_dose_mSv", "se_from_tiac_mSv", "EFFECTIVE DOSE", "weights", "WEIGHTS"),
    ],
)  # fmt: skip
def test_doses_are_the_cells_of_the_csv_files(
    table: str, column: str, error: str, category: str, of: str, region: str, made: CdiscDatasets,
    trastuzumab_folder: Path,
) -> None:  # fmt: skip
    frame = pd.read_csv(trastuzumab_folder / f"{table}.csv", keep_default_na=False, na_values=[""])
    own = [r for r in records(made, "ADRD") if (r["SRCDOM"], r["SRCVAR"]) == (table, column)]
    assert len(own) == (frame["statistic"] == "value").sum() > 0
    for r in own:
        given = frame.iloc[int(r["SRCSEQ"]) - 1]
        assert (r["SUBJID"], r[region], r["PHANTOM"]) == (given["patient"], given[of], given["phantom"])
        assert r["AVAL"] == (None if pd.isna(given[column]) else given[column])
        assert given["statistic"] == "value" and (r["AVAL"] is not None or r["REASON"])
        assert r["AVALSE"] == (None if pd.isna(given[error]) else given[error])
        assert category in r["PARCAT1"] and r["AVALU"] in r["PARAM"]
        note = " ".join(filter(None, (r["RDNOTE"], r.get("RDNOTE1", ""))))
        assert note == ascii_of(given["note"] if isinstance(given["note"], str) else "")


def test_a_folder_and_a_result_in_memory_give_the_same(made: CdiscDatasets, trastuzumab: Results) -> None:
    again = cdisc_datasets(trastuzumab, CdiscOptions(study_id="TRAS-01"))
    for name, one in made.datasets.items():
        assert one.rows == again[name].rows
    assert made.notes == again.notes


def test_what_was_taken_for_granted_is_said(made: CdiscDatasets, trastuzumab: Results) -> None:
    said = "\n".join(cdisc_datasets(trastuzumab).notes)
    for words in (
        "SIMULATED DATA", "STUDYID is the study's name, '89Zr-trastuzumab, ten simulated patients'",
        "by the route 'bolus', trapezoids 'linear-up/log-down', lambda_z from best adjusted R2",
        "serum table is decay-corrected", "planned times", "it is not nuclear medicine's effective half-life",
    ):  # fmt: skip
        assert words in said
    assert "STUDYID is" not in "\n".join(made.notes)


def test_warnings_of_the_analyses_and_what_is_missing_are_told(made: CdiscDatasets, tmp_path: Path) -> None:
    assert made.notes[-1].startswith("the analyses of ")
    assert "subjects have notes (ADPP.NCANOTE), e.g. of 'P01': " in made.notes[-1]
    assert not any("not calculated" in note for note in made.notes)
    study = write_study(tmp_path, {"P1": CURVE, "P2": CURVE[:2]})
    notes = cdisc_datasets(run_study(study)).notes
    assert any(
        note.startswith(
            "23 of 66 parameters, of 1 of 2 subjects, are not calculated; PPREASND says why, e.g."
        )
        for note in notes
    )


def test_a_study_without_serum_has_doses_only_and_says_why(tmp_path: Path) -> None:
    made = cdisc_datasets(run_study(EXAMPLES / "zr89-huj591" / "study.toml"))
    assert list(made.datasets) == ["ADRD"]
    assert made.absent == dict.fromkeys(("PC", "PP", "ADNCA", "ADPP"), "the study has no serum curve")
    out = write_cdisc(tmp_path / "out", made.results)
    assert "PC: not made, since the study has no serum curve" in (out / "README.txt").read_text(
        encoding="utf-8"
    )
    assert not (out / "pc.xpt").exists()
    assert all(r["AVAL"] is not None or r["REASON"] for r in records(made, "ADRD"))


def test_accents_are_dropped_and_it_is_said(tmp_path: Path) -> None:
    name = "Étude ⁸⁹Zr de Łódź"
    long = "Ana-María de la Concepción Núñez y Gutiérrez <&> =cmd, n° 60"
    study = write_study(tmp_path, {long: CURVE, "Jörg": CURVE}, name=name, patients=(
        f'"{long}",female,71.5,60,165,70,20,0.4\nJörg,male,,80,180,75.5,,0.45\n'
    ))  # fmt: skip
    made = cdisc_datasets(run_study(study), CdiscOptions(analyte="Radioactivité"))
    written = "Ana-Maria de la Concepcion Nunez y Gutierrez <&> =cmd, n deg 60"
    assert sorted(set(made["ADPP"].column("SUBJID"))) == [written, "Jorg"]
    assert set(made["PC"].column("STUDYID")) == {"Etude 89Zr de Lodz"}
    assert set(made["PC"].column("USUBJID")) == {f"Etude 89Zr de Lodz-{w}" for w in (written, "Jorg")}
    assert set(made["PC"].column("PCTEST")) == {"Radioactivite"}
    assert f"'{long}' -> '{written}'" in made.notes[-1] and "'Jörg' -> 'Jorg'" in made.notes[-1]
    adpp = {r["SUBJID"]: r for r in records(made, "ADPP")}
    about = ("SEX", "AGE", "AGEU", "WTBL", "WTBLU", "HTBL", "HTBLU", "ADMACT", "MASSDOSE")
    assert [adpp[written][k] for k in about] == ["F", 71.5, "YEARS", 60, "kg", 165, "cm", 70, 20]
    assert [adpp["Jorg"][k] for k in about] == ["M", None, "", 80, "kg", 180, "cm", 75.5, None]
    out = write_cdisc(tmp_path / "out", made.results, options=made.options)
    assert {r["SUBJID"] for r in read_xpt((out / "adpp.xpt").read_bytes())[1]} == {written, "Jorg"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"serum": {"Zoë": CURVE, "Zoe": CURVE}},
            "patients 'Zoë' and 'Zoe' are both 'Zoe' in ASCII, and datasets could not tell them apart",
        ),
        ({"serum": {"患者": CURVE}}, "a patient's name: '患者' has characters that no ASCII stands for"),
        (
            {"product": "89Zr-DFO-squaramide-a-very-long-antibody"},
            "Radioactivity of 89Zr-DFO-squaramide-a-very-long-antibody' has 57 characters, and",
        ),
    ],
)
def test_names_that_no_dataset_can_have(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    study = write_study(tmp_path, **({"serum": {"P1": CURVE}} | change))
    with pytest.raises(DosimetryError, match=said):
        cdisc_datasets(run_study(study))


def test_an_identifier_too_long_is_refused_where_it_comes_from(trastuzumab: Results) -> None:
    with pytest.raises(DosimetryError) as error:
        cdisc_datasets(trastuzumab, CdiscOptions(study_id="S" * 199))
    assert "PC.USUBJID" in str(error.value) and "has 203 characters, and XPT holds 200" in str(error.value)


def test_results_of_an_earlier_version_are_told_so(trastuzumab: Results) -> None:
    old = replace(trastuzumab, tables={k: v for k, v in trastuzumab.tables.items() if k != "subjects"})
    with pytest.raises(DosimetryError, match="no table 'subjects', as of an earlier version; run the study"):
        cdisc_datasets(old)


def test_a_mark_that_is_not_known_is_an_error_and_no_measured_value(trastuzumab: Results) -> None:
    table = trastuzumab.table("activities").copy()
    serum = table.index[table["region"] == "serum"]
    table.loc[serum[0], "below_limit"] = "perhaps"
    with pytest.raises(DosimetryError, match=r"serum of 'P01' at 0.083 h: below_limit 'perhaps'"):
        cdisc_datasets(replace(trastuzumab, tables={**trastuzumab.tables, "activities": table}))


def test_a_subject_without_serum_among_others_has_reasons(trastuzumab: Results) -> None:
    table = trastuzumab.table("activities")
    left = table[~((table["region"] == "serum") & (table["patient"] == "P03"))].reset_index(drop=True)
    made = cdisc_datasets(replace(trastuzumab, tables={**trastuzumab.tables, "activities": left}))
    own = [r for r in records(made, "PP") if r["USUBJID"].endswith("-P03")]
    assert len(own) == 33
    assert {(r["PPSTAT"], r["PPREASND"], r["PPSTRESN"]) for r in own} == {
        ("NOT DONE", "no serum curve of this subject in the study", None)
    }
    assert not any(u.endswith("-P03") for u in made["PC"].column("USUBJID"))


def test_doses_that_are_missing_have_their_reason(trastuzumab: Results) -> None:
    table = trastuzumab.table("organ_doses").copy()
    table.loc[0, "dose_mGy_per_MBq"] = math.nan
    table.loc[0, "reason"] = "no curve"
    made = cdisc_datasets(replace(trastuzumab, tables={**trastuzumab.tables, "organ_doses": table}))
    row = next(r for r in records(made, "ADRD") if (r["SRCVAR"], r["SRCSEQ"]) == ("dose_mGy_per_MBq", 1))
    assert (row["AVAL"], row["REASON"]) == (None, "no curve")


def test_names_of_bodies_become_ascii_too(trastuzumab: Results) -> None:
    table = trastuzumab.table("organ_doses").copy()
    table.loc[0, "phantom"] = "Körper, männlich"
    made = cdisc_datasets(replace(trastuzumab, tables={**trastuzumab.tables, "organ_doses": table}))
    assert "Korper, mannlich" in made["ADRD"].column("PHANTOM")
    assert "'Körper, männlich' -> 'Korper, mannlich'" in "\n".join(made.notes)


def command(*arguments: str) -> int:
    """The status with which the command ends."""
    with pytest.raises(SystemExit) as end:
        main(["export", *arguments])
    return int(end.value.code or 0)


def test_the_command_writes_the_folder(
    trastuzumab_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ("--study-id", "TRAS-01", "--route", "infusion", "--infusion-h", "0.08")
    assert command(str(trastuzumab_folder), "--cdisc", "--out", str(out), *options) == 0
    said = capsys.readouterr().out
    assert "PP: 350 records, Pharmacokinetics Parameters" in said
    assert "by the route 'infusion' over 0.08 h from time 0" in said
    assert len(list(out.glob("*.xpt"))) == len(list(out.glob("*.json"))) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what is to be made of the results: --cdisc"),
        (("--cdisc", "--format", "xpt,sas"), "unknown format 'sas' of datasets; there are: xpt, json"),
        (("--cdisc", "--route", "infusion"), "an infusion, and only it, has a duration"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: tuple[str, ...],
    said: str,
    trastuzumab_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(str(trastuzumab_folder), "--out", str(tmp_path / "out"), *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_datasets_never_take_the_place_of_results(tmp_path: Path) -> None:
    result = run_study(EXAMPLES / "zr89-huj591" / "study.toml")
    folder = write_results(tmp_path / "results", result, figures=False)
    with pytest.raises(DosimetryError, match="has a study's results; name another one"):
        write_cdisc(folder, folder, overwrite=True)
    out = write_cdisc(tmp_path / "out", folder)
    with pytest.raises(DosimetryError, match="the folder exists"):
        write_cdisc(out, folder)
    assert write_cdisc(out, folder, overwrite=True) == out


def test_without_pyreadstat_one_line_says_what_to_install(
    trastuzumab: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "pyreadstat":
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DosimetryError, match=r"pip install 'milligray\[report\]'"):
        write_cdisc(tmp_path / "out", trastuzumab)
    assert not (tmp_path / "out").exists()
    assert write_cdisc(tmp_path / "json", trastuzumab, formats=("json",)).is_dir()
