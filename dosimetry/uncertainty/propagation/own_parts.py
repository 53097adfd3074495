"""What results bring of themselves: counts, fits, choice of a model, rules of trapezoids, SAF statistics.

The TIACs carry signed parts by independent measurement (:mod:`dosimetry.tiacs.tiac`); each is a line. That of
a curve is split: its common scale (the standard of a gamma counter), the disagreement of the models that were
averaged, and the rest, which is counts and fit. Where patients were fitted together that disagreement is one
error of them all. Rules of trapezoids err alike in all curves: one error of all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from dosimetry.patients.areas import area_of
from dosimetry.patients.populations.shared import OF_ESTIMATES, OF_MODELS, parts_of
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import UsedCurve
from dosimetry.uncertainty.budget import Error
from dosimetry.uncertainty.propagation.lines import Lines
from dosimetry.uncertainty.propagation.slopes import averaged_fits
from kinetics.mixed_effects.result import IndividualFit

COUNTS_AND_FIT, CHOICE, STANDARD = "counts and fit", "choice of model", "standard of the counter"
#: The line of rules that are known to give too much or too little.
OFFSET = "known offset"
RULES, SAF, GIVEN = "rule of trapezoids", "SAF statistics", "given TIAC"


def add_measured(lines: Lines) -> None:
    """The TIACs' own parts, by measurement."""
    chain = lines.chain
    tiacs = chain.tiacs
    whole = (tiacs.whole_body,) if tiacs.whole_body is not None else ()
    for tiac in (*tiacs.tiacs, *whole):
        if tiac.se_parts_h is None and tiac.source in (*chain.made_of, *chain.by_fit, "whole body"):
            why = tiac.reason or "no standard error of the curve that it is made of"
            lines.unknown[f"{COUNTS_AND_FIT}: {tiac.source}"] = why
        elif tiac.se_parts_h is None and not chain.curves:
            lines.unknown[f"{GIVEN}: {tiac.source}"] = tiac.reason or "it was given without"
    splits = {area_of(used).name: split(used) for used in chain.curves.values()}
    freedom = {area_of(used).name: degrees_of_freedom(used) for used in chain.curves.values()}
    for i, tiac in enumerate((*tiacs.tiacs, *whole)):
        place = i if i < len(tiacs.tiacs) else -1
        for part, se in known_parts(tiac, (*tiacs.tiacs, *whole)).items():
            for name, share in splits.get(part, {COUNTS_AND_FIT: 1.0}).items():
                error = _error(chain.name, part, GIVEN if not chain.curves else name)
                line = lines.of(error)
                line.tiac_h[place] += share * se
                if name == COUNTS_AND_FIT:
                    line.degrees_of_freedom = freedom.get(part, math.inf)


def _error(patient: str, part: str, word: str) -> Error:
    """The error that a part of a TIAC is: the patient's own, or what all share who were fitted together."""
    if part.startswith(OF_ESTIMATES):
        return Error(part.partition(",")[0], (part,), "A")
    if part.startswith(OF_MODELS):
        return Error(f"{CHOICE}: {part.removeprefix(OF_MODELS).partition(',')[0]}", (part,), "B")
    label = part.removesuffix(" curve")
    return Error(f"{word}: {label}", (patient, label), "B" if word == CHOICE else "A")


def known_parts(tiac: Tiac, all_tiacs: Iterable[Tiac]) -> dict[str, float]:
    """A TIAC's parts; of a remainder with a source whose own are not known, those of the others."""
    if tiac.se_parts_h is not None:
        return dict(tiac.se_parts_h)
    if tiac.source != "remainder" or not tiac.how.startswith("whole body"):
        return {}
    found: dict[str, float] = {}
    without = "without" in tiac.how
    for t in all_tiacs:
        if t.source == "remainder" or (without and t.source == "urinary bladder contents"):
            continue
        sign = 1.0 if t.source == "whole body" else -1.0
        for name, se in (t.se_parts_h or {}).items():
            found[name] = found.get(name, 0.0) + sign * se
    return found


def split(used: UsedCurve) -> dict[str, float]:
    """Lines -> their shares of a curve's standard error; the squares sum to 1."""
    under = area_of(used)
    if not under.se:
        return {COUNTS_AND_FIT: 1.0}
    together = parts_of(used, under.name)
    # of patients that were fitted together the own part; the models' disagreement is beside it
    se = (together.get(under.name) if together else None) or under.se
    scale = used.curve.scale_relative_sd * under.value / se
    between = 0.0 if together else math.sqrt(max(between_models(used), 0.0)) / se
    rest = 1.0 - scale**2 - between**2
    if rest < 0.0:  # a fit on a bound has less than its points' common scale
        norm = math.hypot(scale, between)
        scale, between, rest = scale / norm, between / norm, 0.0
    found = {COUNTS_AND_FIT: math.sqrt(rest), CHOICE: between, STANDARD: scale}
    return {name: share for name, share in found.items() if share > 0.0}


def between_models(used: UsedCurve) -> float:
    """Variance of an averaged area by the disagreement of its models."""
    fits = averaged_fits(used) if used.fit is not None else []
    areas, weights = np.array([f.area for f, _ in fits]), np.array([w for _, w in fits])
    return 0.0 if len(fits) < 2 else float(weights @ np.square(areas - weights @ areas))


def degrees_of_freedom(used: UsedCurve) -> float:
    """Of the standard error of a curve's area; infinite where the points' errors are known."""
    fit = used.fit
    if fit is None or isinstance(fit, IndividualFit) or fit.errors.known or not fit.degrees_of_freedom > 0:
        return math.inf
    return float(fit.degrees_of_freedom)


def add_rules(lines: Lines) -> None:
    """The uncertainty by the choice of a rule of trapezoids, as each area has it, and the rules' offset."""
    chain = lines.chain
    for region, used in chain.curves.items():
        if used.area is None or not used.area.area:
            continue
        parts = {Error(f"{RULES}: {rule}"): used.area.spread_rule(rule) for rule in used.area.u_rules}
        parts[Error(f"{RULES}: {OFFSET}", offset=True)] = sum(used.area.offset_rules.values())
        for error, u in parts.items():
            if chain.rests_on(region):
                change = chain.of_curve(region, value=used.curve.value * (u / used.area.area))
            else:
                change = chain.of_area(region, u / used.area.area)
            lines.of(error).tiac_h += change
        for rule, why in used.area.unknown_rules.items():
            lines.unknown[f"{RULES}: {rule}, {region}"] = why


def add_saf_statistics(lines: Lines) -> None:
    """The statistics of the simulated SAFs: each target's own error, the same for all with that body."""
    doses = lines.chain.result.doses
    se = doses.se_from_saf_mGy_per_MBq
    if se is None:
        lines.unknown[SAF] = doses.missing.get("se_from_saf", "not stated")
        return
    total = doses.total_mGy_per_MBq
    kinds = np.stack([doses.part_mGy_per_MBq[k] for k in ("photon", "electron", "alpha")])
    for i, (target, u) in enumerate(zip(doses.targets, se.tolist(), strict=True)):
        if u > 0.0 and total[i] > 0.0:
            lines.of(Error(SAF, (doses.body, target), "A")).dose[_carrier(kinds[:, i]), i] = u


def _carrier(by_kind: np.ndarray) -> int:
    """The kind of radiation that statistics are of: photons where there are any, which are simulated."""
    return 0 if by_kind[0] > 0.0 else 1
