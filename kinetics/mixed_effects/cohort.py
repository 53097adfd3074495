"""From curves to the arrays of a population fit, with every mistake told at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.least_squares.problem import FASTEST_OF_INTERVAL, LARGEST_OF_MAX, SLOWEST_OF_LAST, prepared
from kinetics.mixed_effects.likelihood.estimates import Layout
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.mixed_effects.likelihood.response import Function, Response
from kinetics.mixed_effects.likelihood.scatter import NEED_SD, RESIDUALS, WITH_A, WITH_B
from kinetics.models import Model, model_by_name
from milligray.errors import Complaints

#: Smallest typical amplitude: this fraction of the largest value. What is smaller isn't there.
SMALLEST_OF_MAX = 1e-4
#: Share of a stated variance that stays a value's own where common errors would take all of it.
LEAST_OWN = 1e-6


@dataclass(frozen=True)
class Asked:
    """What a population fit is asked: checked, with numbers in place of names."""

    model: Model | Response
    residual: str
    full: bool
    random: tuple[int, ...]
    normal: np.ndarray
    covariates: tuple[tuple[str, str], ...] = ()  # (parameter, covariate)
    centres: Mapping[str, float] = field(default_factory=dict)

    @property
    def function(self) -> Function:
        """The function of what spreads over patients."""
        return Function(self.model, self.normal)

    @property
    def layout(self) -> Layout:
        """What each number of the row of estimates is."""
        names = self.model.parameters
        fixed = (*(f"mean {p}" for p in names), *(f"exponent {p} {c}" for p, c in self.covariates))
        return Layout(
            fixed, names, self.random, self.full, self.residual in WITH_A, self.residual in WITH_B
        )  # fmt: skip

    def design(self, patients: Mapping[str, FloatArray], n: int) -> FloatArray:
        """(n, P, F) a patient's parameters by the fixed effects."""
        p = len(self.model.parameters)
        found = np.zeros((n, p, p + len(self.covariates)))
        found[:, range(p), range(p)] = 1.0
        for k, (parameter, covariate) in enumerate(self.covariates):
            row = self.model.parameters.index(parameter)
            found[:, row, p + k] = np.log(patients[covariate] / self.centres[covariate])
        return found


@dataclass(frozen=True)
class Cohort:
    """Checked curves (decay-corrected ones refer to time 0), their constants, their arrays, and warnings."""

    curves: tuple[Curve, ...]
    lambdas: FloatArray
    data: Data
    warnings: tuple[str, ...]


def known_model(model: str | Model | Response) -> Model | Response:
    """The model of a name, or itself."""
    if isinstance(model, str | Model) or not isinstance(model, Response):
        return model_by_name(model)  # type: ignore[arg-type]
    return model


def asked(
    model: str | Model | Response,
    *,
    residual: str,
    covariance: str,
    random: Sequence[str] | None,
    normal: Sequence[str] | None,
    covariates: Mapping[str, Sequence[str]] | None,
    patients: Mapping[str, FloatArray],
) -> Asked:
    """The question with its names checked.

    Raises
    ------
    KineticsError : a name that isn't known, one line each.
    """
    chosen = known_model(model)
    names = chosen.parameters
    with Complaints(KineticsError) as found:
        for given, allowed, what in (
            (residual, RESIDUALS, "residual model"), (covariance, ("diagonal", "full"), "covariance")
        ):  # fmt: skip
            if given not in allowed:
                found.add(KineticsError(f"unknown {what} '{given}'; there are: {', '.join(allowed)}"))
        for what, given_names in (("random", random), ("normal", normal), ("covariates", covariates)):
            for name in given_names or ():
                if name not in names:
                    found.add(KineticsError(
                        f"{what}: '{name}' is no parameter of '{chosen.name}'; there are: {', '.join(names)}"
                    ))  # fmt: skip
        pairs = []
        for parameter, of in (covariates or {}).items():
            for covariate in [of] if isinstance(of, str) else of:
                pairs.append((parameter, covariate))
                if covariate not in patients:
                    there = ", ".join(patients) or "numbers (there are none)"
                    found.add(KineticsError(
                        f"covariates: '{covariate}' of '{parameter}' isn't among the patients' {there}"
                    ))  # fmt: skip
        for constant in () if isinstance(chosen, Model) else chosen.constants:
            if constant not in patients:
                found.add(KineticsError(f"'{chosen.name}' needs each patient's '{constant}' in patients=..."))
    if normal is None:
        normal = () if isinstance(chosen, Model) else names
    return Asked(
        chosen, residual, covariance == "full",
        tuple(i for i, n in enumerate(names) if random is None or n in random),
        np.array([n in normal for n in names], dtype=bool), tuple(pairs),
        {c: float(np.median(patients[c])) for _, c in pairs},
    )  # fmt: skip


def checked_patients(patients: Mapping[str, Sequence[float]] | None, n: int) -> dict[str, FloatArray]:
    """Name -> (n,) numbers above 0, one a patient.

    Raises
    ------
    KineticsError : not as many as patients; a number that is missing or not above 0, one line each.
    """
    kept = {}
    with Complaints(KineticsError) as found:
        for name, values in (patients or {}).items():
            try:
                column = np.array(values, dtype=np.float64).reshape(-1)
            except (TypeError, ValueError):
                found.add(KineticsError(f"patients: '{name}' holds something that is no number"))
                continue
            if column.size != n:
                found.add(KineticsError(f"patients: {column.size} numbers of '{name}' for {n} curves"))
                continue
            for i in np.flatnonzero(~(np.isfinite(column) & (column > 0))):
                found.add(KineticsError(
                    f"patients: '{name}' of patient {i + 1} is {column[i]:g}; a number above 0 is needed"
                ))  # fmt: skip
            kept[name] = column
    return kept


def assembled(
    curves: Sequence[Curve],
    question: Asked,
    patients: Mapping[str, FloatArray],
    lambda_phys_per_h: float | None,
) -> Cohort:
    """Checked curves as arrays.

    Raises
    ------
    KineticsError : what is wrong with the curves, one line each.
    """
    model = question.model
    said: list[str] = []
    ready, lambdas = [], []
    with Complaints(KineticsError) as found:
        units = dict.fromkeys(c.unit for c in curves if isinstance(c, Curve))
        if len(units) > 1:
            first = {u: next(c.name for c in curves if c.unit == u) for u in units}
            words = ", ".join(f"'{u}' ({name})" for u, name in first.items())
            found.add(KineticsError(f"curves of {len(units)} units: {words}; bring them to one"))
        for i, curve in enumerate(curves):
            with found.catching():
                if not isinstance(curve, Curve):
                    raise KineticsError(
                        f"patient {i + 1}: {curve!r} is no Curve; a curve of one point at least"
                    )
                own, lam = prepared(curve, lambda_phys_per_h)
                own = _weighable(own, question, said)
                if isinstance(model, Model) and model.has_constant_plateau and lam == 0:
                    raise KineticsError(
                        f"{curve.name}: '{model.name}' without physical decay has an infinite area"
                    )
                ready.append(own)
                lambdas.append(lam)
        states = {c.decay_corrected for c in ready}
        if len(states) > 1 and question.residual in ("additive", "combined"):
            found.add(KineticsError(
                f"residual '{question.residual}': a constant error means two things where some curves are"
                " decay-corrected and others aren't; bring them to one (curve.corrected(),"
                " curve.uncorrected())"
            ))  # fmt: skip
        if ready and max(float(c.time_h[-1]) for c in ready) <= 0:
            found.add(KineticsError("all points are at time 0; later points are needed"))
    nuclides = {round(float(lam), 12) for lam in lambdas}
    if len(nuclides) > 1:
        said.append(
            f"curves with {len(nuclides)} different half-lives: their biologic parameters are taken as of one"
            " population"
        )
    if any(c.normalised_at_h is not None for c in ready):
        said.append("curves normalised to a reading: the spread of amplitudes holds that reading's error too")
    data = arrays(ready, lambdas, question, question.design(patients, len(ready)), patients)
    return Cohort(tuple(ready), np.array(lambdas), data, tuple(dict.fromkeys(said)))


def _weighable(curve: Curve, question: Asked, said: list[str]) -> Curve:
    """The curve with the values that the residual model gives a weight."""
    if question.residual in NEED_SD and curve.sd is None:
        raise KineticsError(
            f"{curve.name}: residual '{question.residual}' needs standard deviations; there are none"
        )
    if question.residual != "proportional":
        return curve
    zero = curve.value == 0
    if zero.any() and len(curve) == 1:
        raise KineticsError(f"{curve.name}: a single value of 0 has no weight with residual 'proportional'")
    model = question.model
    starts_at_0 = isinstance(model, Model) and not model.coefficients.sum(0).any()
    at_0 = curve.time_h == 0
    if starts_at_0 and at_0.any():
        if len(curve) == 1:
            raise KineticsError(f"{curve.name}: '{model.name}' is 0 at time 0; a later point is needed")
        said.append(f"points at time 0 are left out: '{model.name}' is 0 there whatever its parameters")
        return curve.subset(~at_0)
    if zero.any():
        raise KineticsError(
            f"{curve.name}: a value of 0 at {curve.time_h[zero][0]:g} h has no weight with residual"
            " 'proportional'; leave the point out, or take another residual"
        )
    return curve


def arrays(
    curves: Sequence[Curve],
    lambdas: Sequence[float],
    question: Asked,
    design: FloatArray,
    patients: Mapping[str, FloatArray],
) -> Data:
    """The arrays of curves that were checked."""
    n, longest = len(curves), max(len(c) for c in curves)
    k = max(0 if c.common_sd is None else len(c.common_sd) for c in curves)
    time, value, decay, known, unit, there = np.zeros((6, n, longest))
    decay += 1.0
    shared = np.zeros((n, longest, k))
    for i, (curve, lam) in enumerate(zip(curves, lambdas, strict=True)):
        m = len(curve)
        time[i, :m], value[i, :m], there[i, :m] = curve.time_h, curve.value, 1.0
        if not curve.decay_corrected:
            decay[i, :m] = np.exp(-lam * curve.time_h)
        own = np.zeros(m)
        if curve.sd is not None:
            own = curve.sd**2
        if curve.common_sd is not None:
            shared[i, :m, : len(curve.common_sd)] = curve.common_sd.T
            own = np.maximum(own - (curve.common_sd**2).sum(0), LEAST_OWN * own)
        if question.residual in ("sd", "sd+proportional"):
            known[i, :m] = own
        unit[i, :m] = own if question.residual == "scaled-sd" else 1.0
    if question.residual not in WITH_A:
        unit[:] = 0.0
    names = () if isinstance(question.model, Model) else question.model.constants
    constants = np.stack([patients[c] for c in names], axis=-1) if names else np.zeros((n, 0))
    return Data(question.function, time, value, decay, known, unit, there, shared, constants, design)


def bounds(cohort: Cohort, question: Asked) -> tuple[FloatArray, FloatArray]:
    """(E,) lowest and highest estimates: rates that the times, amplitudes that the values could show."""
    layout, data = question.layout, cohort.data
    low, high = np.full(len(layout.names), -np.inf), np.full(len(layout.names), np.inf)
    if isinstance(question.model, Model):
        last = float(data.time_h.max())
        gaps = np.concatenate([np.diff(np.concatenate([[0.0], c.time_h])) for c in cohort.curves])
        shortest = float(gaps[gaps > 0].min())
        full = float(np.max(data.value / data.decay))
        q = len(question.model.amplitudes)
        slow, fast = math.log(2) / (SLOWEST_OF_LAST * last), math.log(2) / (FASTEST_OF_INTERVAL * shortest)
        for i in range(layout.n_fixed if not question.covariates else len(layout.parameters)):
            least, most = (SMALLEST_OF_MAX * full, LARGEST_OF_MAX * full) if i < q else (slow, fast)
            low[i], high[i] = (0.0, most) if question.normal[i] else (math.log(least), math.log(most))
    low[len(layout.parameters) : layout.n_fixed], high[len(layout.parameters) : layout.n_fixed] = -6.0, 6.0
    roots = slice(layout.n_fixed, layout.n_fixed + len(layout.elements))
    largest = np.array([np.inf if question.normal[p] else 3.0 for p, _ in layout.elements])
    low[roots], high[roots] = -largest, largest
    rest = layout.n_fixed + len(layout.elements)
    if layout.has_a:
        size = 1.0 if question.residual == "scaled-sd" else float(np.sqrt(np.mean(data.value**2)))
        low[rest], high[rest] = math.log(1e-5 * size), math.log(1e3 * size)
    if layout.has_b:
        low[-1], high[-1] = math.log(1e-5), math.log(3.0)
    return low, high
