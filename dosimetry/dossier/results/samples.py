"""Serum samples as a non-compartmental analysis needs them: measured values, limits, corrected for decay.

The table of pharmacokinetics and the CDISC datasets take them alike, so that both have the same numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dosimetry.dossier.results.results import CSV_FORMAT, Results
from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import SERUM
from kinetics.curves.curve import Curve

#: What ``below_limit`` of activities.csv says of a point.
_BELOW = re.compile(r"(?:< (?P<limit>\S+)|limit not known): (?:left out|set to the value here)")
MEASURED = "no"


@dataclass(frozen=True)
class Sample:
    """A serum sample.

    time_h : hours after administration.
    value : as the study's results have it; None below the limit of quantification.
    limit : of quantification, in the unit and decay state of the value; None where it is not known.
    factor : by which value and limit are corrected for decay to the administration; 1 where they are already.
    unit : e.g. "%IA/L".
    """

    time_h: float
    value: float | None
    limit: float | None
    factor: float
    unit: str

    @property
    def corrected(self) -> float | None:
        """The value corrected for decay, with seven digits."""
        return None if self.value is None else seven_digits(self.value * self.factor)

    @property
    def corrected_limit(self) -> float | None:
        """The limit corrected for decay, with seven digits."""
        return None if self.limit is None else seven_digits(self.limit * self.factor)


def serum_samples(results: Results) -> dict[str, list[Sample]]:
    """Each patient's serum samples in order of time; a patient without serum is absent.

    Raises
    ------
    DosimetryError : ``activities.csv`` says of a point what this program does not know.
    """
    table = results.table("activities")
    found: dict[str, list[Sample]] = {}
    if table.empty:
        return found
    rate = math.log(2) / results.half_life_h
    for row in table.loc[table["region"] == SERUM].to_dict("records"):
        below = _BELOW.fullmatch(row["below_limit"])
        if below is None and (row["below_limit"] != MEASURED or not math.isfinite(row["value"])):
            raise DosimetryError(
                f"activities.csv: serum of '{row['patient']}' at {row['time_h']:g} h: below_limit"
                f" '{row['below_limit']}' with value {row['value']} is not known here"
            )
        time = float(row["time_h"])
        corrected = row["decay_corrected"] == "yes"
        found.setdefault(row["patient"], []).append(
            Sample(
                time_h=time,
                value=float(row["value"]) if below is None else None,
                limit=float(below["limit"]) if below and below["limit"] else None,
                factor=1.0 if corrected else math.exp(rate * time),
                unit=str(row["unit"]),
            )
        )
    return found


def analysed_curve(samples: list[Sample], name: str) -> Curve:
    """The curve that the non-compartmental analysis is of: corrected for decay, 0 below the limit at ends.

    Raises
    ------
    KineticsError : no sample is left, or times stand twice.
    """
    used = [(s.time_h, value) for s, value in used_in_analysis(samples) if value is not None]
    return Curve(
        time_h=np.array([time for time, _ in used]),
        value=np.array([value for _, value in used]),
        unit=samples[0].unit,
        decay_corrected=True,
        lambda_phys_per_h=0.0,
        name=name,
    )


def seven_digits(value: float) -> float:
    """A number with the digits of the CSV tables.

    >>> seven_digits(2 / 3)
    0.6666667
    """
    return float(CSV_FORMAT.format(value))


def used_in_analysis(samples: list[Sample]) -> Iterator[tuple[Sample, float | None]]:
    """Samples with the value that the non-compartmental analysis takes: 0 below the limit, None: left out.

    The rule of :func:`kinetics.apply_blq`: 0 before the first and after the last measured value, left out
    between.
    """
    measured = [s.time_h for s in samples if s.value is not None]
    for sample in samples:
        between = bool(measured) and measured[0] < sample.time_h < measured[-1]
        yield sample, sample.corrected if sample.value is not None else None if between else 0.0
