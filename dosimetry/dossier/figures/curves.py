"""Curves of results as figures of clearance draw them: corrected for decay, with the fits as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry.dossier.results.results import ResultCurve, Results
from kinetics.models import MODELS

#: Regions that clearance is shown of, and what the panels are called.
CLEARANCE = {"whole body": "Whole body", "serum": "Serum"}
#: Units as axes spell them out.
UNITS = {"%IA": "% of injected activity", "%IA/L": "% of injected activity per L"}


@dataclass(frozen=True, eq=False)
class Biologic:
    """A curve corrected for decay to the time of administration.

    sd : None where there is none.
    """

    curve: ResultCurve
    time_h: np.ndarray
    value: np.ndarray
    sd: np.ndarray | None

    def line(self, time_h: np.ndarray) -> np.ndarray:
        """The fit at these times; where there is none, lines between the points, and NaN beyond them."""
        c = self.curve
        if c.model in MODELS and c.parameters:
            model = MODELS[c.model]
            return np.asarray(model.value(time_h, [c.parameters[p] for p in model.parameters]))
        return np.asarray(np.interp(time_h, self.time_h, self.value, left=np.nan, right=np.nan))


def biologic(results: Results, region: str) -> list[Biologic]:
    """All patients' curves of a region, corrected for decay."""
    lam = np.log(2.0) / results.half_life_h
    found = []
    for c in results.of(region):
        factor = np.ones(len(c.time_h)) if c.decay_corrected else np.exp(lam * c.time_h)
        found.append(Biologic(c, c.time_h, c.value * factor, None if c.sd is None else c.sd * factor))
    return found


def panels(results: Results) -> dict[str, list[Biologic]]:
    """Region -> curves, for the whole body and serum, where there are any in one unit."""
    found = {region: biologic(results, region) for region in CLEARANCE}
    return {r: curves for r, curves in found.items() if len({b.curve.unit for b in curves}) == 1}


@dataclass(frozen=True)
class Mean:
    """Mean of the patients' lines, and its standard error; None of one patient.

    shared_h : up to here every patient was measured.
    """

    time_h: np.ndarray
    value: np.ndarray
    se: np.ndarray | None
    n: int
    shared_h: float


def mean_line(curves: Sequence[Biologic], time_h: np.ndarray) -> Mean:
    """Arithmetic mean of the patients' lines at these times, with SD/sqrt(n).

    Times that some patient has no line at are left out.
    """
    lines = np.array([b.line(time_h) for b in curves])
    known = np.isfinite(lines).all(axis=0)
    lines, n = lines[:, known], len(curves)
    se = lines.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else None
    return Mean(time_h[known], lines.mean(axis=0), se, n, min(float(b.time_h[-1]) for b in curves))
