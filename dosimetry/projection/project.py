"""From animals' curves to human TIACs and doses by each scaling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.doses.bodies.forms import labelled
from dosimetry.doses.bodies.one_sex import pairs_of, taken_by
from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.projection.animal import FAECES, URINE, WHOLE_BODY, AnimalCurve, Animals
from dosimetry.projection.checks import NO_EXCRETION, REMAINDERS, check_rules, regions_of
from dosimetry.projection.human import Human
from dosimetry.projection.human_curves import (
    BLADDER,
    Rules,
    human_curve,
    in_body,
    tiac_of,
    voided_tiac,
)
from dosimetry.projection.result import ERRORS_OF, Projection, Scaled
from dosimetry.projection.scaling import SCALINGS, TIME_EXPONENT, amount_factor, time_factor
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.tiac import Tiac, remainder
from dosimetry.tiacs.whole_body import AS_GIVEN, SUBTRACT
from milligray.errors import Complaints
from phantoms.library.saf import SafLibrary

if TYPE_CHECKING:
    Body = str | SafLibrary


def project_to_humans(
    animals: Animals,
    nuclide: str | Nuclide,
    bodies: Sequence[Body] | Mapping[str, Body] = ("adult male", "adult female"),
    *,
    first: str,
    tail: str,
    remainder: str,
    method: str = "linear-decay-corrected",
    scalings: Sequence[str] = tuple(SCALINGS),
    time_exponent: float = TIME_EXPONENT,
    void_every_h: float | None = None,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> Projection:
    """TIACs and doses that animals let expect in humans, by each of four scalings.

    Parameters
    ----------
    animals : curves by organ, corrected for decay, and masses.
    nuclide : of the human study, e.g. "Zr-89"; the animals' label may be another one.
    bodies : phantoms; their masses are the humans'.
    first, tail, method : rules of :func:`kinetics.area`, used on the curves in human time.
    remainder : "whole body minus sources" (by a curve of the whole body, or by urine and faeces), "no
        excretion", or "as given".
    scalings : some of "none", "mass", "time", "mass and time" (:mod:`dosimetry.projection.scaling`).
    time_exponent : power of the body mass that biologic times go with.
    void_every_h : with urine among the curves: the human bladder is emptied so often, and its contents are a
        source; None: they are none.
    daughters, masses, convention : as in :func:`dosimetry.absorbed_dose`.

    Returns
    -------
    :class:`dosimetry.Projection`: a mapping of scalings; one that cannot be used says why.

    Raises
    ------
    DosimetryError : unknown scalings or rules; unknown regions, or what a rule needs is missing.
    PhantomError : an unknown phantom.

    Examples
    --------
    >>> from dosimetry import Animals, animal_curve
    >>> kidneys = animal_curve("kidneys", [1, 24, 72], [9.0, 6.0, 3.0], "%IA/g", sd=[1, 1, 1], n=[4, 4, 4])
    >>> found = project_to_humans(
    ...     Animals("mouse", 25.0, [kidneys]), "Lu-177", first="constant", tail="physical",
    ...     remainder="no excretion", scalings=["none", "mass"],
    ... )
    >>> found["none"].reason
    'kidneys: its mass in the animal is needed to have %IA from %IA/g, and is not given (organ_mass_g)'
    >>> tiac = found["mass"].tiacs["adult male"][0]  # 0.299 kg of 73.7 kg
    >>> tiac.source, round(tiac.value_h, 2), round(tiac.se_h, 2)
    ('kidneys', 0.87, 0.1)
    """
    rules = Rules(first, tail, method)
    check_rules(rules, remainder, scalings, time_exponent, void_every_h)
    of = find_nuclide(nuclide)
    libraries = {label: library_of(body, masses, convention) for label, body in labelled(bodies).items()}
    regions = regions_of(animals, libraries, remainder, void_every_h)
    job = _Job(animals, of, libraries, regions, rules, remainder, time_exponent, void_every_h, daughters)
    scaled = {s: job.scaled(s) for s in dict.fromkeys(scalings)}
    return Projection(animals, of.name, rules, remainder, time_exponent, void_every_h, scaled, job.notes())


@dataclass(frozen=True, eq=False)
class _Job:
    """All that the scalings share."""

    animals: Animals
    nuclide: Nuclide
    libraries: Mapping[str, SafLibrary]
    regions: Mapping[str, str]
    rules: Rules
    remainder: str
    exponent: float
    void_every_h: float | None
    daughters: str
    said: dict[str, None] = field(default_factory=dict)

    def scaled(self, scaling: str) -> Scaled:
        """One scaling in all bodies; where it cannot be used in one, it has no doses, and says why."""
        bodies: dict[str, Human] = {}
        try:
            with Complaints(DosimetryError) as found:
                for label in self.libraries:
                    with found.catching():
                        bodies[label] = self._human(scaling, label)
            doses = self._doses(bodies)
        except DosimetryError as error:
            return Scaled(scaling, None, "; ".join(dict.fromkeys(error.complaints)))
        return Scaled(
            scaling,
            doses,
            "",
            {label: tuple(h.tiacs) for label, h in bodies.items()},
            {label: tuple(h.curves) for label, h in bodies.items()},
            {label: h.extrapolated for label, h in bodies.items()},
            {label: h.time_factor for label, h in bodies.items()},
            tuple(dict.fromkeys(w for h in bodies.values() for w in h.warnings)),
        )

    def _human(self, scaling: str, label: str) -> Human:
        """Curves and TIACs of one body.

        Raises
        ------
        DosimetryError : all organs that lack what the scaling needs; a remainder below 0.
        """
        library, half_life = self.libraries[label], self.nuclide.half_life_h
        grams = self.animals.body_mass_g
        time = time_factor(scaling, grams, library, self.exponent)
        human = Human(time)
        taken, _ = taken_by(label, dict.fromkeys(self.regions.values(), 0.0), self.libraries)
        with Complaints(DosimetryError) as found:
            for curve in self.animals.organs:
                region = self.regions[curve.organ]
                if region not in taken:
                    where = "" if self.remainder == AS_GIVEN else "; its activity is in the remainder there"
                    self.said[f"{region}: not in '{library.phantom}', which is {library.sex}{where}."] = None
                    continue
                with found.catching():
                    amount = amount_factor(scaling, curve, region, grams, library)
                    human.add(human_curve(curve, region, amount, time), half_life, self.rules)
        inside = in_body(self.animals)
        body = None if inside is None else human_curve(inside, "whole body", 1.0, time)
        human.check_sum(body if self.remainder == SUBTRACT else None)
        if self.remainder != AS_GIVEN:
            if self.remainder == NO_EXCRETION or body is None:
                whole = Tiac("whole body", half_life / math.log(2.0), {}, "no excretion: half-life/ln 2")
            else:
                whole, human.extrapolated["whole body"] = tiac_of(body, half_life, self.rules)
            rest = remainder(whole, human.tiacs)
            human.tiacs.append(rest)
            if rest.reason and rest.value_h == 0.0:
                human.warnings.append(f"{label}: remainder: {rest.reason}")
            human.check_remainder(label, library, whole)
        human.check_tails(label)
        if self.void_every_h is not None:
            urine = human_curve(self.animals.by_name[URINE], BLADDER, 1.0, time)
            place = len(human.tiacs) - (self.remainder != AS_GIVEN)
            human.tiacs.insert(place, voided_tiac(urine, half_life, self.void_every_h))
        return human

    def _doses(self, bodies: Mapping[str, Human]) -> BodyDoses:
        """Doses of all bodies, whose TIACs have the same independent errors, column by column."""
        every = [t for human in bodies.values() for t in human.tiacs]
        names = list(dict.fromkeys(n for t in every for n in (t.se_parts_h or {})))
        results = {}
        with Complaints(DosimetryError) as found:
            for label, human in bodies.items():
                error = None
                if all(t.se_parts_h is not None for t in human.tiacs):
                    rows = [[(t.se_parts_h or {}).get(n, 0.0) for n in names] for t in human.tiacs]
                    error = np.array(rows).reshape(len(human.tiacs), len(names))
                given = Given({t.source: t.value_h for t in human.tiacs}, error)
                try:
                    results[label] = absorbed_doses(
                        [given], self.nuclide, self.libraries[label], daughters=self.daughters
                    )[0]
                except DosimetryError as problem:
                    found.add(DosimetryError(*(f"{label}: {c}" for c in problem.complaints)))
        tiacs = {
            label: {self.nuclide.name: {t.source: t.value_h for t in h.tiacs}} for label, h in bodies.items()
        }
        return BodyDoses(results, tiacs, pairs_of(self.libraries), True)

    def notes(self) -> tuple[str, ...]:
        """What holds for all scalings."""
        found = [f"Remainder: {self.remainder} ({REMAINDERS[self.remainder]}).", ERRORS_OF]
        left = [n for n in (URINE, FAECES) if n in self.animals.by_name]
        if self.remainder == SUBTRACT and len(left) == 1:
            other = FAECES if left == [URINE] else URINE
            found.append(
                f"Of excreta only {left[0]} was measured: what left as {other} counts as in the body."
            )
        unused = [n for n in (WHOLE_BODY, *left) if n in self.animals.by_name]
        if unused and self.remainder != SUBTRACT:
            found.append(f"{' and '.join(unused)}: measured, but not used for the remainder.")
        if URINE in self.animals.by_name and self.void_every_h is None:
            found.append("Urine leaves the body at once: the contents of the urinary bladder are no source.")
        if self.void_every_h is not None:
            found.append(
                f"The urinary bladder is emptied every {self.void_every_h:g} h of human time, from the"
                " administration on; urine is put there beside what is still in the body."
            )
        if FAECES in self.animals.by_name:
            found.append(
                "Faeces leave the body at once: what passes the gut is no source but where measured."
            )
        unknown = dict.fromkeys(c.why_no_errors for c in self._used() if c.errors is None)
        if unknown:
            found.append(f"No standard errors: {'; '.join(unknown)}.")
        return (*found, *self.said)

    def _used(self) -> list[AnimalCurve]:
        return list(self.animals.by_name.values())
