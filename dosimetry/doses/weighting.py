"""Tissue weighting as arrays: which regions each tissue takes, and the weights in force, for many bodies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from phantoms.errors import PhantomError
from phantoms.regions.icrp_names import COMBINED_TARGETS, TARGET_NAMES, target_name
from phantoms.regions.names import TARGETS, resolve

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Taken:
    """Where the dose of one tissue is taken from in a body.

    regions : indices into the body's regions.
    parts : of each region in the tissue's dose, summing to 1; None: the highest dose of the regions counts.
    stand_in : the region that is used because the body lacks the tissue, or "".
    """

    tissue: str
    regions: tuple[int, ...]
    parts: tuple[float, ...] | None
    stand_in: str = ""

    def of(self, dose: Array) -> tuple[Array, Array]:
        """(B,) dose of the tissue from doses by region (B, T), and (B, T) the part of each region in it."""
        regions, share = list(self.regions), np.zeros(dose.shape)
        if self.parts is None:
            highest = np.array(regions)[np.argmax(dose[:, regions], axis=1)]
            every = np.arange(len(dose))
            share[every, highest] = 1.0
            return dose[every, highest], share
        share[:, regions] = self.parts
        return np.asarray((dose[:, regions] * np.array(self.parts)).sum(axis=1)), share


@dataclass(frozen=True)
class Weighed:
    """Tissues of B bodies: weights in force and doses (B, R), parts of the regions in each (R of (B, T))."""

    taken: tuple[Taken, ...]
    weight: Array
    dose: Array
    shares: tuple[Array, ...]

    @property
    def total(self) -> Array:
        """(B,) sum of weight x dose."""
        return np.array([math.fsum(row) for row in (self.weight * self.dose).tolist()])

    @property
    def by_region(self) -> Array:
        """(B, T) weight of each region's dose in the total; it holds as long as the order of doses does."""
        found = np.zeros(self.shares[0].shape)
        for i, share in enumerate(self.shares):
            found += self.weight[:, i, None] * share
        return found


@dataclass(frozen=True)
class Weighting:
    """A weight set in a body with given regions: named tissues, and those of the remainder.

    weights : of the named tissues.
    sizes : of the remainder's tissues, to share its weight by.
    """

    named: tuple[Taken, ...]
    weights: tuple[float, ...]
    rest: tuple[Taken, ...]
    sizes: tuple[float, ...]
    rest_weight: float
    five_highest: bool
    split: bool

    def of(self, dose: Array) -> Weighed:
        """Tissues and weights for equivalent doses by region, (B, T) in mSv/MBq."""
        found = [t.of(dose) for t in (*self.named, *self.rest)]
        doses = np.stack([d for d, _ in found], axis=1)
        n = len(self.named)
        fixed = np.tile(np.array(self.weights), (len(dose), 1))
        weight = np.concatenate([fixed, self._shares(doses[:, :n], doses[:, n:])], axis=1)
        return Weighed((*self.named, *self.rest), weight, doses, tuple(s for _, s in found))

    def _shares(self, named: Array, rest: Array) -> Array:
        """(B, n) of the remainder's weight for each of its tissues, from doses (B, N) and (B, n)."""
        share, every = np.zeros(rest.shape), np.arange(len(rest))
        if self.five_highest:
            top = np.argsort(-rest, axis=1, kind="stable")[:, :5]
            share[every[:, None], top] = self.rest_weight / top.shape[1]
            return share
        size = np.array(self.sizes)
        share[:] = self.rest_weight * size / math.fsum(self.sizes)
        if self.split:
            # a remainder tissue above every named one takes half of the remainder's weight
            above = np.flatnonzero(rest.max(axis=1) > named.max(axis=1))
            first = np.argmax(rest[above], axis=1)
            half, others = self.rest_weight / 2.0, np.tile(size, (len(above), 1))
            others[np.arange(len(above)), first] = 0.0
            share[above] = half * others / others.sum(axis=1, keepdims=True)
            share[above, first] = half
        return share


#: Weightings by weight set (its identity), regions and sex.
_MADE: dict[tuple[int, tuple[str, ...], str | None], tuple[Mapping[str, Any], Weighting]] = {}


def weighting(chosen: Mapping[str, Any], regions: Sequence[str], sex: str | None) -> Weighting:
    """The weighting by a weight set's contents in a body with these regions.

    Raises
    ------
    DosimetryError : the body lacks every region that a tissue's dose can be taken from; all such tissues.
    """
    key = id(chosen), tuple(regions), sex
    if key not in _MADE:
        if why := lacking_tissues(chosen, regions, sex):
            raise DosimetryError(why)
        if len(_MADE) >= 64:
            _MADE.clear()
        _MADE[key] = chosen, _weighting(chosen, tuple(regions), sex)
    return _MADE[key][1]


def regions_used(chosen: Mapping[str, Any], regions: Sequence[str], sex: str | None) -> tuple[str, ...]:
    """The regions that tissues of a weight set can be taken from in a body; none where it lacks a tissue."""
    if lacking_tissues(chosen, regions, sex):
        return ()
    found = weighting(chosen, regions, sex)
    return tuple(regions[i] for i in sorted({i for t in (*found.named, *found.rest) for i in t.regions}))


def lacking_tissues(chosen: Mapping[str, Any], regions: Sequence[str], sex: str | None) -> str:
    """Why a body with these regions has no effective dose by a weight set's contents; "" where it has one.

    A tissue without a dose is never taken to have none, nor are the other weights raised in its place.
    """
    tissues = (*chosen["tissue"], *chosen["remainder"]["tissue"])
    lacking = [(t["name"], wanted) for t in tissues for wanted in [_lacks(t, tuple(regions), sex)] if wanted]
    if not lacking:
        return ""
    needs = f"{chosen['quantity']} by {chosen['name']} needs"
    if len(lacking) == 1:
        tissue, wanted = lacking[0]
        return f"{needs} a dose for {tissue}: none of {', '.join(wanted)} is among the doses given"
    each = "; ".join(tissue if list(wanted) == [tissue] else f"{tissue} ({', '.join(wanted)})"
                     for tissue, wanted in lacking)  # fmt: skip
    return f"{needs} doses for {len(lacking)} tissues that are not among the doses given: {each}"


def _weighting(chosen: Mapping[str, Any], regions: tuple[str, ...], sex: str | None) -> Weighting:
    named = [(t["weight"], _taken(t, regions, sex)[0]) for t in chosen["tissue"]]
    rule = chosen["remainder"]
    rest = [(t, _taken(t, regions, sex)[0]) for t in rule["tissue"]]
    return Weighting(
        tuple(taken for _, taken in named if taken),
        tuple(float(weight) for weight, taken in named if taken),
        tuple(taken for _, taken in rest if taken),
        tuple(float(t.get("mass_g", 1.0)) for t, taken in rest if taken),
        float(rule["weight"]),
        rule["rule"] == "five highest",
        bool(rule.get("split")),
    )


def _lacks(tissue: Mapping[str, Any], regions: tuple[str, ...], sex: str | None) -> tuple[str, ...]:
    """The regions of which one would do, where a body has none and the tissue is not optional."""
    taken, wanted = _taken(tissue, regions, sex)
    return () if taken or tissue.get("optional") else wanted


def _taken(
    tissue: Mapping[str, Any], regions: tuple[str, ...], sex: str | None
) -> tuple[Taken | None, tuple[str, ...]]:
    """The first way to a tissue's dose that this body allows, None where there is none; and all that do."""
    wanted: list[str] = []
    for way in tissue["dose"]:
        if isinstance(way, str):
            way = {"mean": {way: 1.0}}
        if way.get("sex", sex) != sex:
            continue
        stand_in = way.get("stand_in", "")
        if "highest_of" in way:
            there = [i for w in way["highest_of"] if (i := _region(w, regions)) is not None]
            wanted += way["highest_of"]
            if there:
                return Taken(tissue["name"], tuple(there), None), ()
            continue
        parts = way.get("mean") or {stand_in: 1.0}
        wanted += parts
        found = {i: part for w, part in parts.items() if (i := _region(w, regions)) is not None}
        if len(found) == len(parts):
            total = math.fsum(found.values())
            part_of = tuple(p / total for p in found.values())
            return Taken(tissue["name"], tuple(found), part_of, stand_in), ()
    return None, tuple(dict.fromkeys(wanted))


def _region(word: str, regions: tuple[str, ...]) -> int | None:
    """Index of a region among those that doses are given of, or None."""
    if word in regions:
        return regions.index(word)
    name = _canonical(regions).get(word)
    return None if name is None else regions.index(name)


@lru_cache(maxsize=64)
def _canonical(names: tuple[str, ...]) -> dict[str, str]:
    """Canonical region -> the name that it has among the doses."""
    allowed = tuple(dict.fromkeys((*TARGETS, *map(target_name, TARGET_NAMES), *COMBINED_TARGETS)))
    found = {}
    for n in names:
        try:
            found[resolve(n, allowed, kind="target region")] = n
        except PhantomError:
            continue
    return found
