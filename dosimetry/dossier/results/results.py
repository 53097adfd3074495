"""A study's results as a dossier reads them, with one content whether from a folder or from memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from dosimetry.files.output import csv_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: Digits that the CSV tables have; a dossier is made of these, so that every cell agrees with them.
CSV_FORMAT = "{:.7g}"


@dataclass(frozen=True, eq=False)
class ResultCurve:
    """A curve as it was used, with what became of it.

    Parameters
    ----------
    patient : whose it is.
    region : "whole body", "serum" or a source region.
    unit : of ``value``, e.g. "%IA", "%IA/L", "kBq/mL".
    decay_corrected : whether the values are corrected for decay.
    time_h, value : (N,) points, h after administration.
    sd, fitted : (N,) standard deviations, values of the fit; None where there are none.
    model, formula : of the fit; "" where the area is by trapezoids.
    parameters : of the fit by name; rates are biologic, 1/h.
    parameter_covariance : (P, P); None where there is none.
    area_method, first_interval, tail : rules of the trapezoids; "" where the area is a fit's.
    note : what a reader should know.
    """

    patient: str
    region: str
    unit: str
    decay_corrected: bool
    time_h: np.ndarray
    value: np.ndarray
    sd: np.ndarray | None = None
    fitted: np.ndarray | None = None
    model: str = ""
    formula: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    parameter_covariance: np.ndarray | None = None
    area_method: str = ""
    first_interval: str = ""
    tail: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return f"<ResultCurve of {self.patient}, {self.region}: {len(self.time_h)} points in {self.unit}>"


@dataclass(frozen=True, eq=False)
class Results:
    """All that a study resulted in.

    Parameters
    ----------
    tables : the result tables by the names of their CSV files ("organ_doses", ...), with the CSV's digits; a
        missing number is NaN, a missing text "".
    curves : every curve that was used.
    settings : the study's keys, flat: "organs.method" -> "linear"; keys that were not given are absent.
    provenance : facts by what they are about ("decay data", "phantom adult male").
    versions : of milligray and of the packages that numbers depend on.
    inputs : section of the study -> name and SHA-256 of its file.
    warnings : what a reader should know, one line each.
    where : the folder, or "" for results in memory; for messages.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> from dosimetry.dossier.results.reading import results_of
    >>> results = results_of(run_study("examples/zr89-huj591/study.toml"))
    >>> results.nuclide, results.simulated, len(results.sha256)
    ('Zr-89', False, 64)
    """

    tables: Mapping[str, pd.DataFrame]
    curves: tuple[ResultCurve, ...]
    settings: Mapping[str, Any]
    provenance: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, str]
    inputs: Mapping[str, tuple[str, str]]
    warnings: tuple[str, ...] = ()
    where: str = ""

    def __repr__(self) -> str:
        return f"<Results: {self.name} ({self.settings['data']}); {', '.join(self.tables)}>"

    @property
    def name(self) -> str:
        """The study's name."""
        return str(self.settings["name"])

    @property
    def product(self) -> str:
        """The radiopharmaceutical."""
        return str(self.settings["product"])

    @property
    def nuclide(self) -> str:
        """The administered nuclide, e.g. "Zr-89"."""
        return str(self.settings["nuclide"])

    @property
    def simulated(self) -> bool:
        """Whether the data were simulated."""
        return bool(self.settings["data"] == "simulated")

    @property
    def half_life_h(self) -> float:
        """Physical half-life of the administered nuclide, h."""
        return float(self.provenance["decay data"]["half-life h"])

    @property
    def patients(self) -> list[str]:
        """Names of the patients, in the study's order."""
        return list(self.sexes)

    @property
    def sexes(self) -> dict[str, str]:
        """Patient -> "male" or "female", in the study's order."""
        doses = self.tables["organ_doses"]
        own = doses[doses["statistic"] == "value"].drop_duplicates("patient")
        return dict(zip(own["patient"], own["sex"], strict=True))

    @property
    def bodies(self) -> dict[str, Mapping[str, str]]:
        """Name of each body whose S values were taken -> its facts, in the order of the provenance."""
        start = "phantom "
        return {k.removeprefix(start): v for k, v in self.provenance.items() if k.startswith(start)}

    @property
    def sha256(self) -> str:
        """SHA-256 over all result tables as CSV, in the order of their names: the same for equal results."""
        if self not in _KNOWN:
            digest = hashlib.sha256()
            for name in sorted(self.tables):
                digest.update(f"{name}.csv\n{csv_text(self.tables[name])}".encode())
            _KNOWN[self] = digest.hexdigest()
        return _KNOWN[self]

    def table(self, name: str) -> pd.DataFrame:
        """A result table; empty where the study has none of that name."""
        import pandas as pd

        return self.tables.get(name, pd.DataFrame())

    def setting(self, key: str, default: Any = None) -> Any:
        """A key of the study file, e.g. "blood.red_marrow"; the default where it was not given."""
        return self.settings.get(key, default)

    def of(self, region: str) -> list[ResultCurve]:
        """All patients' curves of one region."""
        return [c for c in self.curves if c.region == region]


#: Fingerprints that were made once: every table of a dossier asks for it.
_KNOWN: WeakKeyDictionary[Results, str] = WeakKeyDictionary()


def as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """A result table with the numbers and texts that its CSV file has: seven digits, "" for a missing text.

    >>> import pandas as pd
    >>> as_written(pd.DataFrame({"a": [1 / 3, float("nan")], "b": [None, "x"]})).to_dict("list")
    {'a': [0.3333333, nan], 'b': ['', 'x']}
    """
    frame = frame.reset_index(drop=True).copy()
    for column in frame:
        kind = frame[column].dtype.kind
        if kind == "f":
            frame[column] = [float(CSV_FORMAT.format(v)) for v in frame[column]]
        elif kind not in "iub":
            frame[column] = ["" if v is None or v != v else v for v in frame[column]]
    return frame
