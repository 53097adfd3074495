"""A study from its tables to its results. All tables are checked before anything is computed."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import read_table
from dosimetry.nuclides.nuclide import Nuclide, data_version, nuclide
from dosimetry.patients.patient import Patient
from dosimetry.patients.results import PatientResult
from dosimetry.study import counted, rows
from dosimetry.study.chunks import Progress, results_in_chunks
from dosimetry.study.comparison import compare
from dosimetry.study.inputs import (
    MASSES,
    PATIENT,
    TIAC,
    PatientTable,
    read_measurements,
    read_organs,
    read_patients,
)
from dosimetry.study.patient_methods import check_complete, check_used
from dosimetry.study.patients import Tables, with_given_tiacs, with_measurements
from dosimetry.study.results import StudyResult
from dosimetry.study.settings import StudyFile, load_study, methods_of
from dosimetry.study.statistics import sex_averaged, with_cohort
from dosimetry.svalues.folding import library_of
from phantoms.errors import PhantomError
from phantoms.library.installed import find


def read_study(study: StudyFile, n: Nuclide) -> list[Patient]:
    """The patients of a study with their measurements or TIACs, from all its tables, checked.

    Raises
    ------
    DosimetryError : the first mistake that is found, with file, row and column.
    """
    s, files = study.settings, study.input_files()
    table = read_patients(files["patients"], s.phantom.male, s.phantom.female)
    _check_phantoms(study, table)
    patients, methods = table.patients, methods_of(s)
    if s.tiac is not None:
        tiac = read_table(files["tiac"], (PATIENT, *TIAC))
        table.check(tiac)
        subtract = s.tiac.remainder == "whole body minus sources"
        patients = with_given_tiacs(patients, tiac, subtract=subtract)
        check_used(study.path, table.table, table.rows, patients, methods)
        return patients
    check_complete(table.table, table.rows, patients, methods)
    serum = organs = masses = None
    whole_body = read_measurements(files["whole_body"], "whole_body", table)
    if s.serum is not None:
        serum = read_measurements(files["serum"], "serum", table)
    if s.organs is not None:
        organs = read_organs(files["organs"], table)
    if "masses" in files:
        masses = read_table(files["masses"], MASSES)
        table.check(masses, complete=False)
    sections = {"whole_body": s.whole_body, "serum": s.serum, "organs": s.organs}
    tables = Tables(
        whole_body, serum, organs, masses,
        decay_corrected={name: part.decay_corrected for name, part in sections.items() if part is not None},
    )  # fmt: skip
    patients = with_measurements(patients, tables, methods, n.lambda_per_h)
    check_used(study.path, table.table, table.rows, patients, methods)
    return patients


def _check_phantoms(study: StudyFile, patients: PatientTable) -> None:
    """Every patient's phantom exists, and has its own name from here on; where not, the place is said."""
    names: dict[str, str] = {}
    for i, patient in enumerate(patients.patients):
        row = patients.rows[patient.name]
        try:
            if patient.phantom not in names:
                convention = study.settings.phantom.convention
                names[patient.phantom] = library_of(patient.phantom, convention=convention).phantom
            patients.patients[i] = replace(patient, phantom=names[patient.phantom])
        except PhantomError as error:
            if row["phantom"]:
                raise patients.table.fail(row, "phantom", str(error)) from None
            raise DosimetryError(f"{study.path}: phantom.{patient.sex}: {error}") from None


def run_study(
    study: StudyFile | str | Path,
    progress: Progress | None = None,
    *,
    executor: Executor | None = None,
) -> StudyResult:
    """All results of a study, in memory: kinetics, TIACs, organ doses and effective doses.

    Parameters
    ----------
    study : what :func:`dosimetry.load_study` gave, or the path of a study file.
    progress : called when a patient is done: with how many are, of how many, and the patient's name.
    executor : one of :mod:`concurrent.futures`, or another with their ``submit`` (a Dask client's
        ``get_executor()``), that computes the patients in chunks; None: they are computed here. Numbers are
        the same, bit for bit, whatever it is and however many workers it has.

    Raises
    ------
    DosimetryError, KineticsError, PhantomError : the message says which file, row and column.

    Examples
    --------
    >>> result = run_study("examples/zr89-huj591/study.toml")
    >>> list(result.tables())
    ['tiac', 'organ_doses', 'effective_dose', 'comparison']
    """
    import pandas as pd

    if not isinstance(study, StudyFile):
        study = load_study(study)
    s = study.settings
    try:
        n = nuclide(s.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{study.path}: nuclide: {error}") from None
    patients = read_study(study, n)
    results = results_in_chunks(
        patients, methods_of(s), n.name, s.effective_dose, executor=executor, progress=progress
    )
    organ_doses = with_cohort(rows.dose_rows(results), ("target",), "dose_mGy_per_MBq")
    effective = with_cohort(
        rows.effective_rows(results), ("quantity", "weights"), "effective_dose_mSv_per_MBq"
    )
    effective = pd.concat([effective, sex_averaged(results, s.effective_dose)], ignore_index=True)
    tiac = with_cohort(rows.tiac_rows(results), ("source",), "tiac_h")
    kinetics = rows.kinetics_rows(results)
    if len(kinetics):
        kinetics = with_cohort(
            kinetics, ("curve", "model", "quantity", "unit"), "value", leave_out=rows.EACH_CURVES_OWN
        )
    comparison = pd.DataFrame()
    if s.comparison is not None:
        comparison = compare(study.file(s.comparison.file), s.comparison.label, organ_doses, effective)
    curves = [c for r in results for c in r.sources.curves]
    return StudyResult(
        settings=s,
        inputs=study.input_files(),
        patients=patients,
        half_life_h=n.half_life_h,
        kinetics=rows.marked(kinetics, s.data),
        tiac=rows.marked(tiac, s.data),
        organ_doses=rows.marked(organ_doses, s.data),
        effective_dose=rows.marked(effective, s.data),
        comparison=rows.marked(comparison, s.data),
        curves=curves,
        provenance=_provenance(n, patients, s.phantom.convention),
        warnings=[*_warnings(results), *counted.warnings(results)],
    )


def _provenance(n: Nuclide, patients: list[Patient], convention: str | None) -> dict[str, dict[str, str]]:
    facts = {"decay data": {"source": data_version(), "nuclide": n.name, "half-life h": f"{n.half_life_h:g}"}}
    for name in dict.fromkeys(p.phantom for p in patients):
        file = find(name)
        shipped = "shipped with milligray" if file.shipped else "imported by the user"
        facts[f"phantom {name}"] = {
            "file": file.path.name,
            "sha256": file.sha256,
            "origin of the file": shipped,
            **library_of(name, convention=convention).provenance,
        }
    return facts


def _warnings(results: list[PatientResult]) -> list[str]:
    """Warnings of fits, areas and remainders; each once, with whom it concerns."""
    found: dict[str, list[str]] = {}
    for r in results:
        for used in r.sources.curves:
            sources = (used.fit, used.area, used.choice)
            for warning in dict.fromkeys(w for source in sources if source for w in source.warnings):
                found.setdefault(f"{used.region}: {warning}", []).append(r.patient.name)
        for tiac in r.sources.tiacs:
            if tiac.reason.endswith("set to 0"):
                found.setdefault(f"{tiac.source}: {tiac.reason}", []).append(r.patient.name)
    return [f"{', '.join(names)}: {text}" for text, names in found.items()]
