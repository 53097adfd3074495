"""What every dataset says of a subject: identifiers, and for analysis what is known of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dosimetry.cdisc.form.ascii_text import AsciiTexts
from dosimetry.cdisc.form.dataset import Value, Variable
from dosimetry.cdisc.options import CdiscOptions
from dosimetry.cdisc.terminology import ROUTES, SEXES
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError

LONGEST_ANALYTE = 40


@dataclass(frozen=True)
class Subject:
    """A patient's row of ``subjects.csv``, with the identifiers of the datasets."""

    name: str
    study_id: str
    subject_id: str
    facts: Mapping[str, Any]

    @property
    def unique_id(self) -> str:
        """USUBJID: study and subject."""
        return f"{self.study_id}-{self.subject_id}"

    def number(self, name: str) -> float | None:
        """A number of the row; None where it was not stated."""
        value = self.facts[name]
        return None if value != value else float(value)


@dataclass(frozen=True)
class Source:
    """What all datasets are made of.

    results, options : as given.
    study_id, analyte, product : as ASCII.
    subjects : by the patients' names.
    ascii : texts so far, with what was changed in them.
    """

    results: Results
    options: CdiscOptions
    study_id: str
    analyte: str
    product: str
    subjects: Mapping[str, Subject]
    ascii: AsciiTexts


def source_of(results: Results, options: CdiscOptions) -> Source:
    """Results with the identifiers that datasets need.

    Raises
    ------
    DosimetryError : results of a version that wrote no subjects, a name without ASCII, two patients of one
        name, an analyte's name over 40 characters.
    """
    texts = AsciiTexts()
    table = results.table("subjects")
    if table.empty:
        raise DosimetryError(
            f"{results.where or 'these results'}: no table 'subjects', as of an earlier version;"
            " run the study again with this version"
        )
    study_id = texts(options.study_id or results.name, "the study's name (STUDYID; or give --study-id)")
    analyte = texts(
        options.analyte or f"Radioactivity of {results.product}", "the analyte (PCTEST; or give --analyte)"
    )
    if len(analyte) > LONGEST_ANALYTE:
        raise DosimetryError(
            f"the analyte's name (PCTEST) '{analyte}' has {len(analyte)} characters, and CDISC allows"
            f" {LONGEST_ANALYTE}; give a shorter one by --analyte"
        )
    subjects: dict[str, Subject] = {}
    by_id: dict[str, str] = {}
    for record in table.to_dict("records"):
        row = {str(k): v for k, v in record.items()}
        name = str(row["patient"])
        subject_id = texts(name, "a patient's name")
        if subject_id in by_id:
            raise DosimetryError(
                f"patients '{by_id[subject_id]}' and '{name}' are both '{subject_id}' in ASCII, and datasets"
                " could not tell them apart; rename one of them in the study"
            )
        by_id[subject_id] = name
        subjects[name] = Subject(name, study_id, subject_id, row)
    product = texts(results.product, "the product")
    return Source(results, options, study_id, analyte, product, subjects, texts)


STUDY = Variable(
    "STUDYID", "Study Identifier", "text", "Assigned", "option study_id, or the study's name", key=1
)
UNIQUE = Variable("USUBJID", "Unique Subject Identifier", "text", "Derived", "STUDYID - SUBJID", key=2)


def domain(code: str) -> Variable:
    """The variable DOMAIN."""
    return Variable("DOMAIN", "Domain Abbreviation", "text", "Assigned", code)


_NOT_STATED = "missing where it is not stated"
OF_A_SUBJECT = (
    STUDY,
    UNIQUE,
    Variable("SUBJID", "Subject Identifier for the Study", "text", "Predecessor", "patient of subjects.csv"),
    Variable("SEX", "Sex", "text", "Predecessor", "sex of subjects.csv", "SEX (C66731)"),
    Variable("AGE", "Age", "float", "Predecessor", f"age_y of subjects.csv; {_NOT_STATED}"),
    Variable("AGEU", "Age Units", "text", "Assigned", "YEARS where AGE is known", "AGEU (C66781)"),
    Variable(
        "WTBL", "Weight at Baseline", "float", "Predecessor", f"body_mass_kg of subjects.csv; {_NOT_STATED}"
    ),
    Variable("WTBLU", "Weight at Baseline (Unit)", "text", "Assigned", "kg where WTBL is known"),
    Variable(
        "HTBL", "Height at Baseline", "float", "Predecessor", f"height_cm of subjects.csv; {_NOT_STATED}"
    ),
    Variable("HTBLU", "Height at Baseline (Unit)", "text", "Assigned", "cm where HTBL is known"),
    Variable("DOSETRT", "Name of Treatment", "text", "Predecessor", "the study's product"),
    Variable(
        "ADMACT", "Administered Activity (MBq)", "float", "Predecessor",
        f"sponsor-defined: administered_MBq of subjects.csv; {_NOT_STATED}",
    ),
    Variable(
        "MASSDOSE", "Administered Mass of Substance (mg)", "float", "Predecessor",
        f"sponsor-defined: mass_dose_mg of subjects.csv; {_NOT_STATED}",
    ),
    Variable(
        "SIMFL", "Simulated Data Flag", "text", "Assigned",
        "sponsor-defined: Y where the study says that its data are simulated",
    ),
)  # fmt: skip
ROUTE = Variable(
    "ROUTE", "Route of Administration", "text", "Assigned", "option route; EXTRAVASCULAR is sponsor-defined",
    "ROUTE (C66729)",
)  # fmt: skip


def facts_of(subject: Subject, source: Source) -> dict[str, Value]:
    """The values of :data:`OF_A_SUBJECT`."""
    age, mass, height = (subject.number(n) for n in ("age_y", "body_mass_kg", "height_cm"))
    return {
        "STUDYID": subject.study_id,
        "USUBJID": subject.unique_id,
        "SUBJID": subject.subject_id,
        "SEX": SEXES[subject.facts["sex"]],
        "AGE": age,
        "AGEU": "" if age is None else "YEARS",
        "WTBL": mass,
        "WTBLU": "" if mass is None else "kg",
        "HTBL": height,
        "HTBLU": "" if height is None else "cm",
        "DOSETRT": source.product,
        "ADMACT": subject.number("administered_MBq"),
        "MASSDOSE": subject.number("mass_dose_mg"),
        "SIMFL": "Y" if source.results.simulated else "",
    }


def route_of(source: Source) -> str:
    """CDISC's word for the route."""
    return ROUTES[source.options.route]
