"""Budgets by first order: lines of changed TIACs and doses, carried on to doses and effective doses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.cohort import effective_doses
from dosimetry.doses.effective import weight_set
from dosimetry.doses.result import DoseResult
from dosimetry.doses.weighting import lacking_tissues, weighting
from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS
from dosimetry.uncertainty.budget import Budget, Error, Quantity
from dosimetry.uncertainty.inputs import Input, UncertaintyMethod
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.effects import Acting
from dosimetry.uncertainty.propagation.lines import Line, Lines
from dosimetry.uncertainty.propagation.matching import GENERIC, marked
from dosimetry.uncertainty.propagation.own_parts import add_measured, add_rules, add_saf_statistics
from dosimetry.uncertainty.propagation.responses import Body, Responses
from milligray.errors import Complaints
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]

#: A change below this share of the value is rounding: an input whose effects cancel leaves it.
ROUNDING = 1e-12
CANCELS = "its effects cancel"


def first_order(
    chains: Sequence[Chain], responses: Responses, weights: Sequence[str], method: UncertaintyMethod
) -> list[Budget]:
    """The budgets of patients, in their order; see :func:`dosimetry.budgets`."""
    lines = [_lines(chain, method) for chain in chains]
    _add_inputs(lines, responses, method.inputs)
    effective = [_effective([c.result.doses for c in chains], w) for w in weights]
    return [
        _budget(
            one,
            responses,
            weights,
            [
                (float(e[0][i]), e[1][i], e[2])
                for w, e in zip(weights, effective, strict=True)
                if w in weights_given(one.chain, weights)
            ],
            method,
        )
        for i, one in enumerate(lines)
    ]


def _lines(chain: Chain, method: UncertaintyMethod) -> Lines:
    """Lines of what the results bring of themselves, and of what is said to be not known."""
    lines = Lines(chain)
    lines.unknown |= {u.name: u.why for u in method.unknown}
    add_measured(lines)
    if method.rules:
        add_rules(lines)
    add_saf_statistics(lines)
    return lines


def _add_inputs(each: Sequence[Lines], responses: Responses, inputs: Sequence[Input]) -> None:
    """Lines of the stated inputs, of all patients."""
    with Complaints(DosimetryError) as wrong:
        for an, mark in marked(inputs):
            for effect in an.effects:
                acted = [Acting(lines, responses, an, effect, mark).act() for lines in each]
                if effect.region not in GENERIC and not any(acted):
                    text = (
                        f"{an.name}: no patient has a {effect.what} of '{effect.region}' that a result rests"
                        f" on; there are: {_there(each, effect.what)}"
                    )
                    wrong.add(DosimetryError(text))
    for lines in each:  # what acts on anything is not idle
        acting = {e.name for e, line in lines.lines.items() if not line.empty}
        lines.idle = {name: why for name, why in lines.idle.items() if name not in acting}


def _there(each: Sequence[Lines], what: str) -> str:
    """What regions an effect could have named."""

    def names(chain: Chain) -> Sequence[str]:
        if what == "dose":
            return chain.result.doses.targets
        if what in ("curve", "time", "administered activity"):
            return tuple(chain.curves)
        return [s for s in chain.sources if s != REMAINDER]

    return ", ".join(dict.fromkeys(n for x in each for n in names(x.chain))) or "none"


def _effective(doses: Sequence[DoseResult], weights: str) -> tuple[Array, list[Array], float]:
    """Effective dose of each body, (B,); weight of each target in it, (T,) each; w_R of alphas."""
    chosen = weight_set(weights)
    w_alpha = float(chosen["radiation_weight_alpha"])
    value, _ = effective_doses(doses, weights)
    by_target: list[Array] = [np.zeros(0)] * len(doses)
    groups: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for i, d in enumerate(doses):
        groups.setdefault((d.targets, d.sex), []).append(i)
    for (targets, sex), members in groups.items():
        if lacking_tissues(chosen, targets, sex):
            continue
        part = [np.stack([doses[i].part_mGy_per_MBq[k] for i in members]) for k in KINDS]
        weighed = weighting(chosen, targets, sex).of(part[0] + part[1] + w_alpha * part[2])
        for i, row in zip(members, weighed.by_region, strict=True):
            by_target[i] = row
    return value, by_target, w_alpha


def quantities_of(chain: Chain, weights: Sequence[str]) -> tuple[Quantity, ...]:
    """TIACs of all sources and of the whole body, absorbed doses of all targets, effective doses."""
    tiacs = [Quantity("tiac", s, "h") for s in chain.sources]
    if chain.tiacs.whole_body is not None:
        tiacs.append(Quantity("tiac", "whole body", "h"))
    doses = [Quantity("absorbed dose", t, "mGy/MBq") for t in chain.result.doses.targets]
    effective = [
        Quantity(str(weight_set(w)["quantity"]), w, "mSv/MBq") for w in weights_given(chain, weights)
    ]
    return (*tiacs, *doses, *effective)


def weights_given(chain: Chain, weights: Sequence[str]) -> list[str]:
    """The weight sets by which a patient's body has an effective dose."""
    doses = chain.result.doses
    return [w for w in weights if not lacking_tissues(weight_set(w), doses.targets, doses.sex)]


def _budget(
    lines: Lines,
    responses: Responses,
    weights: Sequence[str],
    effective: Sequence[tuple[float, Array, float]],
    method: UncertaintyMethod,
) -> Budget:
    """The lines carried on to doses and effective doses."""
    chain = lines.chain
    kept = {e: line for e, line in lines.lines.items() if not line.empty}
    n, doses = len(chain.sources), chain.result.doses
    tiac = np.array([line.tiac_h for line in kept.values()]).reshape(-1, n + 1)
    dose = np.array([line.dose for line in kept.values()]).reshape(-1, 3, len(doses.targets))
    dose = dose + np.einsum("mn,nkt->mkt", tiac[:, :n], responses.of(Body.of(chain.result)))
    parts = [tiac if chain.tiacs.whole_body is not None else tiac[:, :n], dose.sum(axis=1)]
    for _, by_target, w_alpha in effective:
        parts.append(np.einsum("mkt,k,t->m", dose, np.array([1.0, 1.0, w_alpha]), by_target)[:, None])
    values = [
        chain.value_h if chain.tiacs.whole_body is not None else chain.value_h[:n],
        doses.total_mGy_per_MBq,
        np.array([value for value, *_ in effective]),
    ]
    value, changes = np.concatenate(values), np.concatenate(parts, axis=1)
    changes[np.abs(changes) <= ROUNDING * np.abs(value)] = 0.0
    acting = {e.name for e, row in zip(kept, changes, strict=True) if row.any()}
    return Budget(
        chain.name,
        quantities_of(chain, weights),
        value,
        tuple(kept),
        changes,
        unknown=lines.unknown,
        level=method.level,
        idle=lines.idle | {e.name: CANCELS for e in kept if e.name not in acting},
        degrees_of_freedom=_freedom(kept),
    )


def _freedom(kept: dict[Error, Line]) -> dict[Error, float]:
    """Degrees of freedom of the errors that have finite ones."""
    return {e: line.degrees_of_freedom for e, line in kept.items() if np.isfinite(line.degrees_of_freedom)}
