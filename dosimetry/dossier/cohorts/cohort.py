"""A cohort as it is compared: mean, SD and n of each dose, and what the doses are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dossier.cohorts.welch import Sample
from dosimetry.dossier.document.table import Origin
from dosimetry.dossier.results.reading import read_results, results_of
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError
from phantoms.regions.names import ALIASES, normal_form

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.study.results import StudyResult

NOT_STATED = "not stated"
#: Keys of a study that say nothing of how doses were made.
_IDLE = (
    *("name", "product", "nuclide", "data", "note", "phantom.", "comparison.", "uncertainty.", "methods."),
    "effective_dose",
)


@dataclass(frozen=True)
class Measured:
    """Mean, SD and n of one quantity in mGy/MBq or mSv/MBq, and which cells of a result they are."""

    name: str
    unit: str
    sample: Sample
    mean_origin: Origin | None = None
    sd_origin: Origin | None = None
    note: str = ""


@dataclass(frozen=True)
class Cohort:
    """A cohort: doses by quantity ("liver", "effective dose, ICRP 60"), and what they are of.

    name : of the cohort, as tables print it; unique among those that are compared.
    values : quantity in its usual spelling -> mean, SD, n.
    nuclide, bodies, subjects : "not stated" where nobody says.
    methods : settings of a study that doses depend on; empty for published values.
    printed_units : units that published values were converted from.
    patients : names, where they are known.
    where : file or folder, for messages.

    Examples
    --------
    >>> Cohort("ss-pertuzumab", {"liver": Measured("liver", "mGy/MBq", Sample(1.7, 0.3, 6))}).shown
    "'ss-pertuzumab'"
    """

    name: str
    values: Mapping[str, Measured]
    nuclide: str = NOT_STATED
    bodies: str = NOT_STATED
    subjects: str = NOT_STATED
    methods: Mapping[str, str] = field(default_factory=dict)
    printed_units: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    simulated: bool = False
    sha256: str = ""
    published: bool = False
    where: str = ""

    @property
    def shown(self) -> str:
        """Its name as a message says it, with where it comes from."""
        return f"'{self.name}' ({self.where})" if self.where else f"'{self.name}'"


def key_of(quantity: str) -> str:
    """The same for every spelling of a quantity.

    >>> key_of("Kidney"), key_of("Effective dose,  ICRP 60")
    ('kidneys', 'effective dose icrp 60')
    """
    form = normal_form(quantity)
    return ALIASES.get(form, form)


def cohort_of(results: Results | StudyResult | str | Path, name: str = "") -> Cohort:
    """The cohort of a study's results, by the statistics that its tables print.

    Parameters
    ----------
    results : of a study: in memory, or the folder that they were written to.
    name : for tables; "": the study's product.

    Raises
    ------
    DosimetryError : no folder of results, or one that was changed; results without a mean over patients.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> found = cohort_of(run_study("examples/zr89-huj591/study.toml"))
    >>> found.name, found.subjects, found.values["liver"].sample.n
    ('89Zr-DFO-huJ591', '1 man, 0 women', 1)
    """
    if isinstance(results, str | Path):
        results = read_results(results)
    elif not isinstance(results, Results):
        results = results_of(results)
    doses, effective = results.table("organ_doses"), results.table("effective_dose")
    named = effective.assign(target=effective["quantity"] + ", " + effective["weights"])
    values = _values(doses, "organ_doses", "dose_mGy_per_MBq", "mGy/MBq")
    values |= _values(named, "effective_dose", "effective_dose_mSv_per_MBq", "mSv/MBq")
    if not values:
        raise DosimetryError(f"{results.where or results.name}: no mean over patients is in these results")
    own = doses[doses["statistic"] == "value"].drop_duplicates("patient")
    sexes = list(results.sexes.values())
    men, women = sexes.count("male"), sexes.count("female")
    return Cohort(
        name or results.product,
        values,
        results.nuclide,
        _bodies(own["phantom"].tolist()),
        f"{men} {'man' if men == 1 else 'men'}, {women} {'woman' if women == 1 else 'women'}",
        {k: str(v) for k, v in results.settings.items() if _matters(k)},
        patients=tuple(own["patient"]),
        simulated=results.simulated,
        sha256=results.sha256,
        where=results.where,
    )


def _bodies(phantoms: list[str]) -> str:
    """Bodies by name, with how many subjects each stands for where there are several.

    >>> _bodies(["adult male", "adult female", "adult male"]), _bodies(["adult male", "adult male"])
    ('adult female (1), adult male (2)', 'adult male')
    """
    names = sorted(set(phantoms))
    return names[0] if len(names) == 1 else ", ".join(f"{n} ({phantoms.count(n)})" for n in names)


def _matters(key: str) -> bool:
    """Whether doses depend on a key of a study."""
    return not key.startswith(_IDLE) and key.rpartition(".")[2] != "file"


def _values(frame: pd.DataFrame, table: str, column: str, unit: str) -> dict[str, Measured]:
    """Quantity -> what the cohort's rows "mean" and "sd" say of it, over all patients."""
    found = {}
    cohort = frame[frame["patient"] == "cohort"]
    sd = cohort[cohort["statistic"] == "sd"]
    for i, row in cohort[cohort["statistic"] == "mean"].iterrows():
        match = sd[sd["target"] == row["target"]]
        value = float(match[column].iloc[0]) if len(match) else float("nan")
        known = value == value
        found[key_of(row["target"])] = Measured(
            str(row["target"]),
            unit,
            Sample(float(row[column]), value if known else None, int(row["n"])),
            Origin(table, int(str(i)), column),
            Origin(table, int(match.index[0]), column) if known else None,
            str(row.get("note", "")),
        )
    return found
