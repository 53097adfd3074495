"""Contents of a system at chosen times, and their time-integrals until a time or for all time."""

from __future__ import annotations

import math

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.linear_systems.course import Course
from kinetics.linear_systems.elimination import residence
from kinetics.linear_systems.propagation import by_eigenvectors, step
from kinetics.linear_systems.system import Flags, System


def contents(system: System, time_h: FloatArray) -> FloatArray:
    """(T, S) contents at times in h, 0 or later; at an emptying, just after it.

    Never negative; their sum is what was put in, to rounding.

    Raises
    ------
    KineticsError : numbers that leave their range.
    """
    return _by_course(system, time_h, [])[0]


def contents_with_slopes(
    system: System, time_h: FloatArray, derivatives: list[FloatArray]
) -> tuple[FloatArray, list[FloatArray]]:
    """Contents (T, S) and, for each dK/dp (S, S) in ``derivatives``, d contents/dp (T, S).

    Raises
    ------
    KineticsError : as :func:`contents`.
    """
    if not system.inputs and not system.moves:
        found = by_eigenvectors(system.generator(), system.start, time_h, derivatives)
        if found is not None:
            return found
    return _by_course(system, time_h, derivatives)


def _by_course(
    system: System, time_h: FloatArray, derivatives: list[FloatArray]
) -> tuple[FloatArray, list[FloatArray]]:
    course, size = Course(system, derivatives, integrals=False), len(system.start)
    at = {t: course.at(t) for t in np.unique(time_h).tolist()}
    moments = [at[t] for t in time_h.tolist()]
    by = [np.array([m.slopes[j, :size] for m in moments]) for j in range(len(derivatives))]
    return np.array([m.contents[:size] for m in moments]), by


def integrals_h(system: System, until_h: float = math.inf) -> FloatArray:
    """(S,) time-integrals of the contents, h, from 0 to a time or, by default, for all time.

    For all time they are the solution of a linear system; with emptyings that go on for ever, of one for what
    each period begins with. inf: what stays for good, for all time.

    Raises
    ------
    KineticsError : numbers that leave their range.
    """
    size = len(system.start)
    if math.isfinite(until_h):
        return Course(system).at(until_h).area[:size] if until_h > 0 else np.zeros(size)
    total, held = np.zeros(size), system.start
    live = system.transient()
    rates = system.rates_per_h
    if system.moves:
        course = Course(system)
        now = course.at(course.regular_h)
        total, held = now.area[:size], now.contents[:size]
        if course.period_h is not None:
            whole = course.period
            assert whole.held is not None
            begins = _residence(system, whole.moved[:size, :size], held, live)
            total = total + whole.held[:size, :size] @ begins
        else:
            total = total + _residence(system, rates, held, live)
    else:
        held = held + _put_in(system)
        total = _residence(system, rates, held, live)
    return np.where(live, total, np.where(system.reached(held), math.inf, 0.0))


def _residence(system: System, rates: FloatArray, held: FloatArray, live: Flags) -> FloatArray:
    """Integrals (or sums over periods) of what is held at first, in the states that lose it, by blocks."""
    tau, amount = np.zeros(len(held)), held.copy()
    keep = live & system.reached(held)
    for block in system.blocks or (slice(0, len(held)),):
        own = np.flatnonzero(keep[block]) + block.start
        if own.size:
            beside = rates[:, own].copy()
            beside[own] = 0.0
            tau[own] = residence(rates[np.ix_(own, own)], beside.sum(0), amount[own])
            amount += beside @ tau[own]
    return tau


def _put_in(system: System) -> FloatArray:
    """(S,) all that the inputs bring, from sources that decay while they wait."""
    total = np.zeros(len(system.start))
    for one in system.inputs:
        held = system.source_start
        if one.begin_h > 0:
            held = step(system.sources_per_h, one.begin_h).moved @ held
        waiting = step(system.sources_per_h, one.end_h - one.begin_h).held
        assert waiting is not None
        total += one.rate @ (waiting @ held)
    return total
