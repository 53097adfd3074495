"""Layer b, consistency: one vector of published organ doses from a few non-negative TIACs.

No paper prints all of its TIACs. But the published doses of all organs together are one vector, D = S A. If
our S is that of the published calculation, some non-negative A over a few source regions gives all of D; and
that A has to be physiological and to sum to the whole body's TIAC. The fit minimises relative residuals:

    min over A >= 0 of sum_T [ (S A)_T / D_T - 1 ]^2        (Lawson and Hanson 1974, ch. 23)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from validation.case import Case, CaseError
from validation.checks import Consistency
from validation.layers.arithmetic import whole_body_tiac_h
from validation.layers.bodies import dose_per_h, weighted
from validation.outcome import CONSISTENCY, OPEN, Outcome, around

LAYER = "b. consistency"


@dataclass(frozen=True)
class Fit:
    """TIACs that reproduce published organ doses.

    tiac_h : by source.
    tiac_se_h : the fit's own standard error, from its residuals; None where the TIAC is 0.
    published, predicted : mGy/MBq by target, also of those that the fit left out.
    used : targets that the fit used.
    """

    tiac_h: dict[str, float]
    tiac_se_h: dict[str, float | None]
    published: dict[str, float]
    predicted: dict[str, float]
    used: tuple[str, ...]

    @property
    def residual_percent(self) -> dict[str, float]:
        """Ours against published, per cent, by target."""
        return {t: 100.0 * (p / self.published[t] - 1.0) for t, p in self.predicted.items()}

    @property
    def rms_percent(self) -> float:
        """Root of the sum of squared relative residuals of the targets used over the degrees of freedom.

        nan : there are none.
        """
        residual, freedom = self.residual_percent, self.degrees_of_freedom
        return math.sqrt(sum(residual[t] ** 2 for t in self.used) / freedom) if freedom else math.nan

    @property
    def degrees_of_freedom(self) -> int:
        """Targets used less TIACs that are not 0."""
        return len(self.used) - sum(t > 0 for t in self.tiac_h.values())

    @property
    def sum_h(self) -> float:
        """Sum of the TIACs, h."""
        return math.fsum(self.tiac_h.values())


def fit(
    doses: Mapping[str, float],
    matrix: pd.DataFrame,
    left_out: Collection[str] = (),
    least_organs: int = 1,
) -> Fit:
    """Non-negative TIACs (h) from organ doses (mGy/MBq) and doses per h of TIAC (targets x sources).

    Raises
    ------
    CaseError : fewer organs than sources, or than ``least_organs``.
    """
    targets = [t for t in doses if t in matrix.index]
    used = [t for t in targets if t not in left_out]
    if len(used) < max(matrix.shape[1], least_organs):
        asked = f", of which at least {least_organs} were asked for" if least_organs > 1 else ""
        raise CaseError(f"{len(used)} organ doses{asked} cannot fix {matrix.shape[1]} TIACs")
    relative = matrix.loc[used].to_numpy() / np.array([doses[t] for t in used])[:, None]
    tiac, norm = nnls(relative, np.ones(len(used)))
    free = tiac > 0
    se = np.full(tiac.size, np.nan)
    if len(used) > free.sum():
        variance = norm**2 / (len(used) - free.sum())
        se[free] = np.sqrt(variance * np.diag(np.linalg.inv(relative[:, free].T @ relative[:, free])))
    sources = [str(s) for s in matrix.columns]
    return Fit(
        tiac_h=dict(zip(sources, tiac.tolist(), strict=True)),
        tiac_se_h={s: None if np.isnan(e) else float(e) for s, e in zip(sources, se, strict=True)},
        published={t: doses[t] for t in targets},
        predicted=dict(zip(targets, (matrix.loc[targets].to_numpy() @ tiac).tolist(), strict=True)),
        used=tuple(used),
    )


def rounding_percent(doses: Mapping[str, float], last_digit: float = 0.01) -> float:
    """Rms of relative residuals that rounding to the last printed digit alone would leave, per cent."""
    values = np.array(list(doses.values()))
    return float(100.0 * np.sqrt(np.mean((last_digit / np.sqrt(12.0) / values) ** 2)))


def matrix_of(case: Case, check: Consistency) -> pd.DataFrame:
    """Doses per hour of TIAC in the bodies of a check, by the published names of the targets."""
    sources, names = tuple(check.sources), {v: k for k, v in check.targets.items()}
    bodies = {p: dose_per_h(case.nuclide, p, sources).rename(index=names) for p in check.phantoms}
    return weighted(bodies, check.phantoms, check.only)


def fit_of(case: Case, check: Consistency) -> Fit:
    """The fit that a check of a case asks for.

    Raises
    ------
    PhantomError : a body is not there (see :func:`validation.layers.bodies.missing`).
    """
    left_out = [o.region for o in check.leave_out]
    return fit(case.organ_doses(), matrix_of(case, check), left_out, check.least_organs)


def check_of(case: Case, name: str) -> Consistency:
    """The consistency check of that name in a case."""
    for check in case.check:
        if isinstance(check, Consistency) and check.name == name:
            return check
    raise CaseError(f"case '{case.name}' has no consistency check '{name}'")


def outcomes(case: Case, check: Consistency) -> list[Outcome]:
    """The lines of one fit: rms (of a control: how much worse), organs, sum of TIACs, each TIAC."""
    line = partial(Outcome, case.name, LAYER, check.name, strength=CONSISTENCY)
    known = {m.region: m.because for m in check.missed}
    found = fit_of(case, check)
    rms = line(quantity="rms of residuals", unit="%", ours=found.rms_percent)
    if check.control_of:
        better = check_of(case, check.control_of)
        same = fit({t: found.published[t] for t in found.used}, matrix_of(case, better))
        worse = line(
            quantity=f"rms over that of '{better.name}', same {len(same.used)} organs",
            ours=found.rms_percent / same.rms_percent,
            limits=(1.0, None),
            because=check.because,
        )
        rows = [rms, worse]
    else:
        rows = [
            replace(rms, limits=(None, check.rms_percent), because=check.because),
            line(quantity="organs", ours=float(len(found.used))),
        ]
    expected = whole_body_tiac_h(case.value(check.sum_from)[0].centre, case.nuclide)
    percent = check.sum_tolerance_percent
    rows.append(
        line(
            quantity="sum of TIACs",
            unit="h",
            published=expected,
            ours=found.sum_h,
            limits=OPEN if percent is None else around(expected, expected * percent / 100.0),
            because=f"TIAC of the whole body from the {check.sum_from}",
            known=known.get("sum of TIACs", ""),
        )
    )
    if check.limits_h:
        outside = [s for s, (low, high) in check.limits_h.items() if not low <= found.tiac_h[s] <= high]
        rows.append(
            line(
                quantity=f"TIACs outside their physiological range, of {len(check.limits_h)}",
                ours=float(len(outside)),
                limits=(None, 0.0),
                because="wide ranges, one check of them all",
                note=", ".join(outside),
            )
        )
    shown = [
        line(quantity=f"TIAC, {s}", unit="h", ours=tiac, ours_se=found.tiac_se_h[s])
        for s, tiac in found.tiac_h.items()
    ]
    return rows + shown
