"""What of a study decides which uncertainties matter in it: its curves, their units, its source regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dosimetry.patients.curve_methods import names_region_or_side
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import WHOLE_GUT, Patient
from dosimetry.patients.sides import by_region
from dosimetry.patients.sources import BLOOD_SOURCES
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.tiac import Tiac
from milligray.errors import MilligrayError
from phantoms.library.locality import EVERYWHERE
from phantoms.library.saf import reference_targets
from phantoms.regions.names import REMAINDER

#: Units of organs' curves that are a concentration, of which the mass makes a content.
CONCENTRATIONS = ("%IA/g", "kBq/g", "kBq/mL")
#: Units that hold no administered activity yet.
ABSOLUTE = ("kBq/g", "kBq/mL")


@dataclass(frozen=True)
class OrganFacts:
    """The curves of one organ over all patients.

    units : in which they are.
    no_sd : whether an area by trapezoids is of a curve without standard deviations. A fit finds the scatter
        of its points itself, in what it brings as counts and fit.
    trapezoids : whether an area is made by trapezoids.
    measured_mass : whether a patient's mass of it was measured and is used.
    """

    units: tuple[str, ...]
    no_sd: bool
    trapezoids: bool
    measured_mass: bool

    @property
    def concentration(self) -> bool:
        """Whether a curve is a concentration."""
        return any(u in CONCENTRATIONS for u in self.units)

    @property
    def absolute(self) -> bool:
        """Whether a curve is in kBq, so that the administered activity divides it."""
        return any(u in ABSOLUTE for u in self.units)


@dataclass(frozen=True)
class Facts:
    """What decides which uncertainties matter.

    measured : whether TIACs are made of curves; else they were given.
    given_without_sd : whether given TIACs lack standard deviations.
    probe : the whole body's curve was normalised to its own first reading.
    serum : whether serum makes a source region; ``counted`` : with a gamma counter and a standard.
    heart_contents, red_marrow : whether they come from serum.
    organs : by source region, or "whole gut".
    sources, own_sources : regions that have TIACs of their own, in patients whose body is not their own, and
        in those whose body is.
    targets : target regions of bodies that are not the patient's own, and those of own bodies that were taken
        from a reference body; none where every dose is of a patient's own body.
    scaled : whether masses are in proportion to the body's.
    bladder, gut : whether their contents are made of shares or of a curve.
    """

    measured: bool
    given_without_sd: bool = False
    probe: bool = False
    serum: bool = False
    counted: bool = False
    heart_contents: bool = False
    red_marrow: bool = False
    organs: Mapping[str, OrganFacts] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    own_sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    scaled: bool = False
    bladder: bool = False
    gut: bool = False

    @property
    def absolute(self) -> bool:
        """Whether the administered activity divides a curve."""
        return (self.serum and self.counted) or any(o.absolute for o in self.organs.values())

    @property
    def trapezoids(self) -> bool:
        """Whether a curve's area is made by trapezoids."""
        return any(o.trapezoids for o in self.organs.values())

    @property
    def densities(self) -> tuple[str, ...]:
        """Regions whose density makes their TIAC."""
        in_mL = [name for name, o in self.organs.items() if "kBq/mL" in o.units]
        heart = ["heart contents"] if self.heart_contents else []
        return (*in_mL, *heart, *(["red marrow"] if self.red_marrow else []))


def facts_of(patients: Sequence[Patient], methods: Methods) -> Facts:
    """What decides which uncertainties matter, from the patients as they were read."""
    bodies = dict.fromkeys((p.phantom, p.own_body) for p in patients)
    targets = tuple(
        dict.fromkeys(
            t
            for body, own in bodies
            for library in [library_of(body, convention=methods.convention)]
            for t in (library.targets if not own else reference_targets(library))
        )
    )
    scaled = methods.organ_masses == "scaled to body mass" and not all(p.own_body for p in patients)
    if any(p.given_tiacs is not None for p in patients):
        given = _given(patients)
        sources, own_sources = _by_body(patients, lambda some: (t.source for t in _given(some)))
        return Facts(
            measured=False,
            given_without_sd=any(t.se_parts_h is None for t in given),
            sources=sources,
            own_sources=own_sources,
            targets=targets,
            scaled=scaled,
            bladder=methods.bladder is not None,
        )
    patients = [_by_region(p, methods) for p in patients]
    measurements = [p.measurements for p in patients if p.measurements is not None]
    organs = {
        name: _organ(name, patients, methods)
        for name in dict.fromkeys(name for m in measurements for name in m.organs)
    }
    from_serum = [r for r, key in BLOOD_SOURCES.items() if getattr(methods, key) == "serum"]
    sera = [m.serum for m in measurements if m.serum is not None] if from_serum else []
    bladder = ["urinary bladder contents"] if methods.bladder is not None else []
    sources, own_sources = _by_body(
        patients, lambda some: [*_organs(some), *_there(some, from_serum), *bladder]
    )
    return Facts(
        measured=True,
        probe=any(m.whole_body.normalised_at_h is not None for m in measurements),
        serum=bool(sera),
        counted=any(c.scale_relative_sd > 0.0 or c.common_sd is not None for c in sera),
        heart_contents="heart contents" in from_serum,
        red_marrow="red marrow" in from_serum,
        organs=organs,
        sources=sources,
        own_sources=own_sources,
        targets=targets,
        scaled=scaled,
        bladder=methods.bladder is not None,
        gut=methods.gut is not None,
    )


def _by_region(patient: Patient, methods: Methods) -> Patient:
    """The patient with one curve for each region, by its own name: as the results have it.

    What is wrong with the curves is told by the results.
    """
    if patient.measurements is None:
        return patient
    library = library_of(patient.phantom, convention=methods.convention)
    try:
        return replace(patient, measurements=by_region(patient, library))
    except MilligrayError:
        return patient


def _own(sources: Iterable[str]) -> tuple[str, ...]:
    """Source regions of their own, each once; not what is everywhere."""
    return tuple(s for s in dict.fromkeys(sources) if s not in (REMAINDER, *EVERYWHERE))


def _by_body(
    patients: Sequence[Patient], sources: Callable[[Sequence[Patient]], Iterable[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sources of the patients whose body is not their own, and of those whose body is."""
    others, own = ([p for p in patients if p.own_body == mine] for mine in (False, True))
    return _own(sources(others)) if others else (), _own(sources(own)) if own else ()


def _given(patients: Sequence[Patient]) -> list[Tiac]:
    return [t for p in patients if p.given_tiacs for t in p.given_tiacs.tiacs]


def _organs(patients: Sequence[Patient]) -> list[str]:
    """Organs that patients have curves of."""
    measurements = [p.measurements for p in patients if p.measurements is not None]
    return [name for m in measurements for name in m.organs if name != WHOLE_GUT]


def _there(patients: Sequence[Patient], regions: Sequence[str]) -> list[str]:
    """Those of some source regions that a patient's body has."""
    bodies = [library_of(name) for name in dict.fromkeys(p.phantom for p in patients)]
    return [r for r in regions if any(r in body.sources for body in bodies)]


def _organ(name: str, patients: Sequence[Patient], methods: Methods) -> OrganFacts:
    curves = [
        (p, p.measurements.organs[name]) for p in patients if p.measurements and name in p.measurements.organs
    ]
    ways = [methods.of_curve(name, p.curve_methods) for p, _ in curves]
    return OrganFacts(
        units=tuple(dict.fromkeys(c.unit for _, c in curves)),
        no_sd=any(c.sd is None and not way.fitted for (_, c), way in zip(curves, ways, strict=True)),
        trapezoids=any(not way.fitted for way in ways),
        measured_mass=any(names_region_or_side(word, name) for p, _ in curves for word in p.organ_mass_kg),
    )
