"""Cross doses of a patient's lesions, and doses of the organs without them, as sums over TIACs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS
from dosimetry.svalues.patient_masses import SELF_DOSE_POWER
from lesions.doses.around.in_body import InBody, OrganWithout
from lesions.doses.around.shared_organ import PENETRATING, SharedOrgan, shared_organ
from lesions.doses.around.surroundings import (
    Place,
    Surroundings,
    place_of,
    place_spread,
)
from phantoms.errors import PhantomError
from phantoms.library.locality import TOTAL_BODY, own_targets
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]
_PHOTON = KINDS.index(PENETRATING)
#: Relative change of a dose below which an organ is not in the table.
SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class CrossDose:
    """Dose of one lesion by everything but itself.

    by_kind : mGy/MBq by kind of radiation; None: not known, ``how`` says why.
    u_kinetics, u_place : standard uncertainty by the TIACs, and by where in its organ it is; None: not known.
    how : in words.
    notes : what a reader should know.
    """

    by_kind: Mapping[str, float] | None
    u_kinetics: float | None = None
    u_place: float | None = None
    how: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """Cross doses by lesion, organs without their lesions, and what a reader should know."""

    cross: Mapping[str, CrossDose]
    organs: tuple[OrganWithout, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def crossed(
    around: Surroundings,
    lesions: Sequence[InBody],
    *,
    activity_with: bool,
    mass_with: bool,
    outside: bool,
    patient: str,
    other_sex: Collection[str] = (),
) -> Crossed:
    """Cross doses of a patient's lesions and doses of the organs without them.

    Parameters
    ----------
    lesions : each in an organ of the body, or in none.
    activity_with, mass_with : whether the organs' TIACs and masses hold those of the lesions in them. Where
        TIACs do not, the remainder holds it.
    outside : whether the mean over the body stands for the place of lesions in no organ; else they have no
        cross dose, and nothing is taken off for them.
    patient : name, for messages.
    other_sex : organs that the body may have and the patient has not.

    Raises
    ------
    DosimetryError : lesions with more activity, or more mass, than what holds them.
    """
    made = _Patient(around, lesions, activity_with, mass_with, outside, patient)
    made.without = {TOTAL_BODY, *other_sex}
    return Crossed(
        cross={lesion.name: made.cross(i) for i, lesion in enumerate(lesions)},
        organs=tuple(made.organs()),
        notes=tuple(made.notes),
    )


class _Patient:
    def __init__(
        self,
        around: Surroundings,
        lesions: Sequence[InBody],
        activity_with: bool,
        mass_with: bool,
        outside: bool,
        patient: str,
    ) -> None:
        self.around, self.lesions, self.mass_with, self.patient = around, lesions, mass_with, patient
        self.notes: list[str] = []
        #: targets that are no organs of the patient
        self.without: Collection[str] = {TOTAL_BODY}
        self.places: list[Place | str] = [self._place(lesion, outside) for lesion in lesions]
        self.own = [around.in_itself(lesion.library, lesion.mass_kg) for lesion in lesions]
        #: the source whose TIAC holds each lesion's activity; None: none does
        self.held: list[str | None] = [
            None if isinstance(p, str) else self._holder(p, activity_with) for p in self.places
        ]
        self._check_tiacs()
        self.shared = {host: self._shared(host) for host in self._hosts() if host != REMAINDER}

    def _place(self, lesion: InBody, outside: bool) -> Place | str:
        """Where a lesion is taken to be, or why that is not known."""
        if lesion.organ is None and not outside:
            return "it lies in no organ, and outside = 'left out'"
        try:
            return place_of(self.around, lesion.organ)
        except DosimetryError as error:
            return str(error)
        except PhantomError as error:
            raise DosimetryError(
                f"patient '{self.patient}', lesion '{lesion.name}': organ: {error}"
            ) from None

    def _holder(self, place: Place, activity_with: bool) -> str | None:
        if place.host == REMAINDER or activity_with:
            return place.host
        return REMAINDER if REMAINDER in self.around.sources else None

    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(p.host for p in self.places if isinstance(p, Place)))

    def _in(self, host: str) -> list[int]:
        return [i for i, p in enumerate(self.places) if isinstance(p, Place) and p.host == host]

    def _check_tiacs(self) -> None:
        """No source has less activity than the lesions that are taken out of it."""
        wrong = []
        for source in dict.fromkeys(h for h in self.held if h is not None):
            mine = [i for i, h in enumerate(self.held) if h == source]
            taken = math.fsum(self.lesions[i].tiac_h for i in mine)
            has = self.around.tiac(source)
            if taken > has:
                listed = ", ".join(f"'{self.lesions[i].name}' {self.lesions[i].tiac_h:.4g} h" for i in mine)
                wrong.append(
                    f"patient '{self.patient}': the lesions in '{source}' have a TIAC of {taken:.4g} h"
                    f" ({listed}), more than its {has:.4g} h: does its curve hold them"
                    " (lesions.dose.organs.activity)? Check volumes, calibration and the lesions' organs"
                )
        if wrong:
            raise DosimetryError(*wrong)

    def _shared(self, host: str) -> SharedOrgan:
        """S values of an organ's healthy tissue and its lesions; the organ's own are scaled to its mass."""
        mine = self._in(host)
        place = self.places[mine[0]]
        assert isinstance(place, Place)
        masses = [self.lesions[i].mass_kg for i in mine]
        s, mass = self.around.own_s(place), self.around.mass_kg(host)
        if not self.mass_with:
            whole = mass + sum(masses)
            s = {kind: value * (mass / whole) ** SELF_DOSE_POWER[kind] for kind, value in s.items()}
            mass = whole
        try:
            return shared_organ(mass, s, masses, [self.own[i] for i in mine], self.around.emitted())
        except DosimetryError as error:
            raise DosimetryError(f"patient '{self.patient}': '{host}': {error}") from None

    def _to_lesion(self, i: int, place: Place) -> Mapping[str, float]:
        """S value of a lesion's host to it, mGy/MBq per h by kind."""
        if place.host != REMAINDER:
            return self.shared[place.host].to_lesion[self._in(place.host).index(i)]
        lesion = self.lesions[i]
        mass, s = self.around.mass_kg(REMAINDER), self.around.own_s(place)
        return shared_organ(mass, s, [lesion.mass_kg], [self.own[i]], self.around.emitted()).to_lesion[0]

    def cross(self, i: int) -> CrossDose:
        """Dose of one lesion by all but itself: photons of all sources, and all that its host emits."""
        place = self.places[i]
        if isinstance(place, str):
            return CrossDose(by_kind=None, how=place)
        around = self.around
        by_source = np.zeros((len(around.sources), len(KINDS)))
        by_source[:, _PHOTON] = around.at(place.rows)[:, _PHOTON]
        host = around.index(place.host)
        by_source[host] = [self._to_lesion(i, place)[kind] for kind in KINDS]
        by_lesion = np.zeros((len(self.lesions), len(KINDS)))
        for j, (held, other) in enumerate(zip(self.held, self.places, strict=True)):
            if held is not None:
                by_lesion[j] -= by_source[around.index(held)]
            if j != i and isinstance(other, Place):
                by_lesion[j, _PHOTON] += around.at(place.rows)[around.index(other.host), _PHOTON]
        found = self._sum(by_source, by_lesion)
        photons = self._healthy_tiac(place.host) * by_source[host, _PHOTON]
        where = f"at the place of '{place.organ}'" if place.organ else "at the mean place in the body"
        return CrossDose(
            by_kind=dict(zip(KINDS, np.maximum(found, 0.0).tolist(), strict=True)),
            u_kinetics=self._se(by_source, by_lesion),
            u_place=photons * place_spread(around, around.mass_kg(place.host)),
            how=f"photons of all sources {where}, electrons and alphas of the {place.host} around it",
            notes=self._too_large(i, place),
        )

    def _too_large(self, i: int, place: Place) -> tuple[str, ...]:
        if place.host == REMAINDER or not self.shared[place.host].too_large[self._in(place.host).index(i)]:
            return ()
        return (
            f"a sphere of its mass keeps more photons than '{place.host}' does as a whole, so that it cannot"
            " lie in it as a sphere: their cross dose is taken as 0, and what is left of the organ has a dose"
            " that may be wrong by tens of %",
        )

    def organs(self) -> list[OrganWithout]:
        """Every organ whose dose changes: those with lesions, then what activity elsewhere changes."""
        found = [self._organ(host) for host in self.shared]
        library = self.around.library
        done = {t for host in self.shared for t in own_targets(library, host)}
        for t, target in enumerate(library.targets):
            if target in done or target in library.conventions.combined or target in self.without:
                continue
            by_source = self.around.per_h[:, :, t]
            by_lesion = np.zeros((len(self.lesions), len(KINDS)))
            for j, (held, place) in enumerate(zip(self.held, self.places, strict=True)):
                if held is not None and isinstance(place, Place):
                    by_lesion[j] = -by_source[self.around.index(held)]
                    by_lesion[j, _PHOTON] += by_source[self.around.index(place.host), _PHOTON]
            before = float(self._sum(by_source, np.zeros_like(by_lesion)).sum())
            after = float(self._sum(by_source, by_lesion).sum())
            if abs(after - before) > SAME * before:
                found.append(
                    OrganWithout(
                        organ=target, lesions=(), dose_mGy_per_MBq=before,
                        healthy_mGy_per_MBq=max(after, 0.0), from_lesions_mGy_per_MBq=0.0,
                        se_healthy_mGy_per_MBq=self._se(by_source, by_lesion),
                    )
                )  # fmt: skip
        return found

    def _organ(self, host: str) -> OrganWithout:
        around, mine = self.around, self._in(host)
        place = self.places[mine[0]]
        assert isinstance(place, Place)
        shared = self.shared[host]
        rows = around.at(place.rows)
        by_source = rows.copy()
        by_source[around.index(host)] = [shared.healthy[kind] for kind in KINDS]
        by_lesion = np.zeros((len(self.lesions), len(KINDS)))
        theirs = np.zeros_like(by_lesion)
        for j, (held, other) in enumerate(zip(self.held, self.places, strict=True)):
            if held is not None:
                by_lesion[j] -= by_source[around.index(held)]
            if j in mine:
                theirs[j] = [shared.to_lesion[mine.index(j)][kind] for kind in KINDS]
            elif isinstance(other, Place):
                by_lesion[j, _PHOTON] += rows[around.index(other.host), _PHOTON]
        by_lesion += theirs
        tiac = around.tiac(host)
        own = around.mass_kg(host)
        tiacs = np.array([lesion.tiac_h for lesion in self.lesions])
        return OrganWithout(
            organ=host,
            lesions=tuple(self.lesions[i].name for i in mine),
            dose_mGy_per_MBq=float(self._sum(rows, np.zeros_like(by_lesion)).sum()),
            healthy_mGy_per_MBq=float(self._sum(by_source, by_lesion).sum()),
            se_healthy_mGy_per_MBq=self._se(by_source, by_lesion),
            from_lesions_mGy_per_MBq=float((tiacs @ theirs).sum()),
            tiac_h=tiac,
            healthy_tiac_h=self._healthy_tiac(host),
            mass_kg=own,
            healthy_mass_kg=shared.healthy_mass_kg,
        )

    def _healthy_tiac(self, source: str) -> float:
        """TIAC of a source without the lesions that it holds, h."""
        taken = (x.tiac_h for x, held in zip(self.lesions, self.held, strict=True) if held == source)
        return self.around.tiac(source) - math.fsum(taken)

    def _sum(self, by_source: Array, by_lesion: Array) -> Array:
        """(3,) dose by kind."""
        tiacs = np.array([lesion.tiac_h for lesion in self.lesions])
        return np.asarray(self.around.tiac_h @ by_source + tiacs @ by_lesion)

    def _se(self, by_source: Array, by_lesion: Array) -> float | None:
        """Standard error by all TIACs, of organs and lesions apart; None: one that counts is not known."""
        if self.around.error_h is None:
            return None
        counts = by_lesion.sum(axis=1)
        used = [(c, x.se_tiac_h) for c, x in zip(counts, self.lesions, strict=True) if c != 0.0]
        if any(se is None for _, se in used):
            return None
        organs = by_source.sum(axis=1) @ self.around.error_h
        return math.hypot(*organs.tolist(), *(float(c) * se for c, se in used if se is not None))
