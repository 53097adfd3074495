"""A study from its tables to its results. All tables are checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

from dosimetry.doses.effective import averaged_sets
from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Table, read_table
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.patients.excretion.gut import check_gut, check_gut_curves
from dosimetry.patients.methods import Methods
from dosimetry.patients.own_organs import check_own
from dosimetry.patients.patient import Patient
from dosimetry.patients.populations.fitting import FittedPopulation, with_populations
from dosimetry.study.chunks import Progress, results_in_chunks
from dosimetry.study.input_tables.bodies import provenance, with_bodies
from dosimetry.study.input_tables.curve_rows.clock_times import check_injected_at, in_hours
from dosimetry.study.input_tables.given import with_given_tiacs, with_masses
from dosimetry.study.input_tables.inputs import PatientTable, read_measurements, read_organs, read_patients
from dosimetry.study.input_tables.patient_methods import check_complete, check_used
from dosimetry.study.input_tables.patients import TABLES, Tables, with_measurements
from dosimetry.study.input_tables.table_columns import COMPARISON, MASSES, PATIENT, TIAC
from dosimetry.study.input_tables.urine import read_urine, with_urine
from dosimetry.study.keys.population_settings import read_populations
from dosimetry.study.keys.settings import Study, methods_of
from dosimetry.study.result_tables import counted, rows
from dosimetry.study.result_tables.absolute_doses import EFFECTIVE, OF_ORGANS, with_absolute
from dosimetry.study.result_tables.comparison import compare
from dosimetry.study.result_tables.measured_rows import activity_frame, subject_frame
from dosimetry.study.result_tables.population_rows import population_frame
from dosimetry.study.result_tables.statistics import sex_averaged, with_cohort
from dosimetry.study.results import COHORT, StudyResult
from dosimetry.study.rule_warnings import rule_lines
from dosimetry.study.study_file import StudyFile, load_study
from dosimetry.study.uncertainty.study_budget import stated_of, study_budget
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.tiacs import Tiacs
from dosimetry.tiacs.whole_body import SUBTRACT
from dosimetry.uncertainty.trials.monte_carlo import TrialProgress
from milligray.errors import Complaints


def read_study(study: StudyFile, n: Nuclide) -> list[Patient]:
    """The patients of a study with their measurements or TIACs, from all its tables, checked.

    Raises
    ------
    DosimetryError : the mistakes of all tables, a line each, with file, row and column.
    """
    return read_study_and_parts(study, n)[0]


def read_study_and_parts(study: StudyFile, n: Nuclide) -> tuple[list[Patient], dict[str, Any]]:
    """As :func:`read_study`, and what each part of the study read, by its section's name."""
    given: dict[str, Any] = {}
    with Complaints(DosimetryError) as found:
        patients = _read(study, n, found)
        for part, settings in study.parts if patients else ():
            with found.catching():
                given[part.name] = part.read(settings, study, patients, n, found)
    return patients, given


def _read(study: StudyFile, n: Nuclide, found: Complaints) -> list[Patient]:
    """As :func:`read_study`, while mistakes are gathered: a table that cannot be read stops no other."""
    s, files = study.settings, study.input_files()
    tables: dict[str, Table] = {}
    patients: PatientTable | None = None
    with found.catching():
        patients = read_patients(files["patients"], s.phantom.male, s.phantom.female, found)
    for name, read in _readers(s, found).items():
        with found.catching():
            tables[name] = read(files[name])
    if patients is None:
        return []
    for name, table in tables.items():
        if name != "comparison":
            patients.check(table, complete=name in ("tiac", "whole_body", "serum", "bladder"))
    injected = {p.name: p.injected_at for p in patients.patients}
    with found.catching():
        check_injected_at(patients.table, tables.values())
    for name in [n for n in tables if n in ("whole_body", "serum", "organs", "bladder")]:
        with found.catching():
            tables[name] = in_hours(tables[name], injected, str(patients.table.path))
    known, methods = with_bodies(study, patients, n, found), methods_of(s)
    if s.bladder is not None and "bladder" in tables:
        known = with_urine(
            known, tables["bladder"], decay_corrected=bool(s.bladder.decay_corrected),
            complete=s.bladder.collection == "complete", lambda_phys_per_h=n.lambda_per_h,
        )  # fmt: skip
    if s.tiac is not None:
        subtract = s.tiac.remainder == SUBTRACT
        made = []
        if "masses" in tables:
            known = with_masses(known, tables["masses"])
        if "tiac" in tables:
            made = with_given_tiacs(known, tables["tiac"], n, methods, subtract=subtract)
    else:
        check_complete(patients.table, patients.rows, known, methods)
        sections = {"whole_body": s.whole_body, "serum": s.serum, "organs": s.organs}
        decay = {name: part.decay_corrected for name, part in sections.items() if part is not None}
        measured = {name: table for name, table in tables.items() if name in TABLES}
        made = with_measurements(known, Tables(**measured, decay_corrected=decay), methods, n.lambda_per_h)
    for patient in made:
        with found.catching():
            check_own(patient)
        if patient.measurements is not None:
            with found.catching():
                check_gut(patient, methods, library_of(patient.phantom))
    with found.catching():
        read_populations(study)
    if not found:
        with found.catching():
            check_gut_curves(study.path, made, methods)
    if not found:  # else curves may be missing that are there
        check_used(study.path, patients.table, patients.rows, made, methods)
    return made or list(known)  # with a mistake in their tables: whose rows other tables may have


def _readers(s: Study, found: Complaints) -> dict[str, Callable[[Path], Table]]:
    """What reads each table that a study has, but for that of its patients."""
    readers: dict[str, Callable[[Path], Table]] = {}
    if s.tiac is not None:
        readers["tiac"] = lambda path: read_table(path, (PATIENT, *TIAC), found)
    if s.whole_body is not None:
        readers["whole_body"] = lambda path: read_measurements(path, "whole_body", found)
    if s.serum is not None:
        readers["serum"] = lambda path: read_measurements(path, "serum", found)
    if s.organs is not None:
        readers["organs"] = lambda path: read_organs(path, found)
    if s.bladder is not None and s.bladder.file is not None:
        readers["bladder"] = lambda path: read_urine(path, found)
    if s.masses is not None and s.masses.file is not None:
        readers["masses"] = lambda path: read_table(path, MASSES, found)
    if s.comparison is not None:
        readers["comparison"] = lambda path: read_table(path, COMPARISON, found)
    return readers


def run_study(
    study: StudyFile | str | Path,
    progress: Progress | None = None,
    *,
    executor: Executor | None = None,
    trials: TrialProgress | None = None,
) -> StudyResult:
    """All results of a study, in memory: kinetics, TIACs, organ doses and effective doses.

    Parameters
    ----------
    study : what :func:`dosimetry.load_study` gave, or the path of a study file.
    progress : called when a patient is done: with how many are, of how many, and the patient's name.
    executor : one of :mod:`concurrent.futures`, or another with their ``submit`` (a Dask client's
        ``get_executor()``), that computes the patients in chunks; None: they are computed here. Numbers are
        the same, bit for bit, whatever it is and however many workers it has.
    trials : called while a Monte Carlo of uncertainties runs, with how many trials are done, of how many, and
        the seconds that are left.

    Raises
    ------
    DosimetryError, KineticsError, PhantomError : the message says which file, row and column.

    Examples
    --------
    >>> result = run_study("examples/zr89-huj591/study.toml")
    >>> list(result.tables())
    ['subjects', 'tiac', 'organ_doses', 'effective_dose', 'comparison']
    """
    import pandas as pd

    if not isinstance(study, StudyFile):
        study = load_study(study)
    s = study.settings
    try:
        n = nuclide(s.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{study.path}: nuclide: {error}") from None
    patients, given = read_study_and_parts(study, n)
    stated = stated_of(study, patients)
    methods, populations = methods_with_populations(study, patients, n)
    results = results_in_chunks(
        patients, methods, n.name, s.effective_dose, executor=executor, progress=progress
    )
    budget = None
    if stated is not None:
        budget = study_budget(study, stated, results, methods, n, executor=executor, trials=trials)
    organ_doses = with_cohort(
        with_absolute(rows.dose_rows(results), patients, OF_ORGANS), ("target",), "dose_mGy_per_MBq"
    )
    effective = with_cohort(
        with_absolute(rows.effective_rows(results), patients, EFFECTIVE),
        ("quantity", "weights"),
        "effective_dose_mSv_per_MBq",
    )
    of_cohort = (effective["patient"] == COHORT) & effective["weights"].isin(averaged_sets())
    effective.loc[of_cohort, "note"] = "of single bodies' values, not sex-averaged"
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
    result = StudyResult(
        settings=s,
        inputs=study.input_files(),
        patients=patients,
        half_life_h=n.half_life_h,
        kinetics=rows.marked(kinetics, s.data),
        tiac=rows.marked(tiac, s.data),
        organ_doses=rows.marked(organ_doses, s.data),
        effective_dose=rows.marked(effective, s.data),
        comparison=rows.marked(comparison, s.data),
        population=rows.marked(population_frame(populations), s.data),
        populations=populations,
        subjects=rows.marked(subject_frame(patients), s.data),
        activities=rows.marked(activity_frame(results), s.data),
        curves=curves,
        provenance=provenance(n, patients, s.phantom.convention),
        warnings=[
            *warnings_of(((r.patient.name, r.sources) for r in results), left_out_note(n, s.daughters)),
            *counted.warnings(results),
            *(budget.warnings() if budget is not None else ()),
        ],
        budget=budget,
        results=results,
        methods=methods,
        nuclide=n,
    )
    for part, _ in study.parts:
        made = part.compute(given[part.name], result)
        tables = {name: rows.marked(frame, s.data) for name, frame in made.tables.items()}
        result = result.with_part(part.name, replace(made, tables=tables))
    return result


def methods_with_populations(
    study: StudyFile, patients: Sequence[Patient], n: Nuclide
) -> tuple[Methods, dict[str, FittedPopulation]]:
    """The methods of a study with the populations that they name, fitted over all of its patients.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.with_populations`, with the study file's name.
    """
    methods, given = methods_of(study.settings), read_populations(study)
    try:
        return with_populations(patients, methods, n, given=given)
    except DosimetryError as error:
        tables = [str(path) for path in study.input_files().values()]
        lines = (
            line if line.startswith(tuple(tables)) else f"{study.path}: {line}" for line in error.complaints
        )
        raise DosimetryError(*lines) from None


def warnings_of(each: Iterable[tuple[str, Tiacs]], of_all: str = "") -> list[str]:
    """Warnings of fits, areas and remainders; each text once, with the patients and curves it is about.

    of_all : a warning on all doses, told first; "" says nothing.
    """
    each = list(each)
    found: dict[str, dict[str, list[str]]] = {}  # text -> patient -> regions
    for patient, sources in each:
        for region, text in dict.fromkeys(_warnings(sources)):
            found.setdefault(text, {}).setdefault(patient, []).append(region)
    lines = [of_all] if of_all else []
    for text, regions_of in found.items():
        whose: dict[tuple[str, ...], list[str]] = {}
        for patient, regions in regions_of.items():
            whose.setdefault(tuple(regions), []).append(patient)
        lines += [f"{', '.join(names)}: {', '.join(regions)}: {text}" for regions, names in whose.items()]
    return lines + rule_lines([curve for _, sources in each for curve in sources.curves])


def _warnings(sources: Tiacs) -> Iterator[tuple[str, str]]:
    """Region and text of each warning of one patient."""
    for used in sources.curves:
        made = (used.fit, used.area, used.choice)
        told = set() if used.area is None else {d.text for d in used.area.rule_differences}
        for text in (*used.notes, *(w for one in made if one for w in one.warnings)):
            if text not in told:  # those of all curves are told together
                yield used.region, text
    for name, said in sources.warnings.items():
        for text in said:
            yield name, text
    for tiac in sources.tiacs:
        if tiac.reason.endswith("set to 0"):
            yield tiac.source, tiac.reason
