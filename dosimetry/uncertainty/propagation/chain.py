"""One patient's way from areas to doses as a chain of factors: which TIAC is made of which curve, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dosimetry.bladder.method import AFTER_VOIDING, BLADDER
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.curve_methods import names_region
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, WHOLE_GUT, Patient
from dosimetry.patients.results import PatientResult
from dosimetry.patients.sides import by_region
from dosimetry.patients.sources import BLOOD_SOURCES, tiacs_of
from dosimetry.tiacs.tiacs import Tiacs, UsedCurve
from dosimetry.uncertainty.propagation.slopes import CurveSlopes
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]

#: Units of curves that a TIAC is made from with the mass of the region, and with the administered activity.
CONCENTRATIONS, ABSOLUTE = ("%IA/g", "kBq/g", "kBq/mL"), ("kBq/g", "kBq/mL")
#: Share of one standard uncertainty by which sources made of a fit are moved, for their derivative: small,
#: since a model that is hardly determined is far from linear.
STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Chain:
    """One patient's results, and what each TIAC of them is made of.

    Changes of TIACs are arrays (n + 1,), in h: of the n sources in their order, and of the whole body.

    library : the body, as TIACs are made with it.
    """

    patient: Patient
    methods: Methods
    nuclide: Nuclide
    result: PatientResult
    library: SafLibrary
    _slopes: dict[str, CurveSlopes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The patient's."""
        return self.patient.name

    @property
    def tiacs(self) -> Tiacs:
        """The TIACs."""
        return self.result.sources

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Names of the source regions."""
        return tuple(t.source for t in self.tiacs.tiacs)

    @cached_property
    def value_h(self) -> Array:
        """(n + 1,) TIACs of the sources, and of the whole body; 0 where that is not known."""
        whole = self.tiacs.whole_body
        return np.array([t.value_h for t in self.tiacs.tiacs] + [0.0 if whole is None else whole.value_h])

    @cached_property
    def curves(self) -> Mapping[str, UsedCurve]:
        """Region -> its curve, with the fit or area; none where TIACs were given."""
        return {c.region: c for c in self.tiacs.curves}

    @cached_property
    def made_of(self) -> Mapping[str, str]:
        """Source region -> the one curve whose area its TIAC is in proportion to."""
        found = {s: s for s in self.sources if s in self.curves and s not in (WHOLE_BODY, SERUM, WHOLE_GUT)}
        if SERUM in self.curves:
            found |= {
                region: SERUM
                for region, method in BLOOD_SOURCES.items()
                if region in self.sources and getattr(self.methods, method) == SERUM
            }
        return found

    @cached_property
    def by_fit(self) -> tuple[str, ...]:
        """Sources that are made of the whole body's fit, of the whole gut's curve or of urine."""
        if not self.curves:
            return ()
        return tuple(s for s in self.sources if s not in self.made_of and s != REMAINDER)

    def slopes(self, region: str) -> CurveSlopes:
        """How the area of a curve moves."""
        if region not in self._slopes:
            self._slopes[region] = CurveSlopes(self.curves[region], self.nuclide.lambda_per_h)
        return self._slopes[region]

    def area(self, region: str) -> float:
        """Area under a curve, in its unit x h."""
        from dosimetry.patients.areas import area_of

        return area_of(self.curves[region]).value

    def with_mass(self, source: str) -> bool:
        """Whether a TIAC is made of a concentration, so that it goes with the region's mass."""
        curve = self.made_of.get(source)
        return curve == SERUM or (curve is not None and self.curves[curve].curve.unit in CONCENTRATIONS)

    def index(self, word: str) -> int | None:
        """Place of a source region by any of its names; None where the patient has no such source."""
        for i, source in enumerate(self.sources):
            if word == source or (source != REMAINDER and names_region(word, source)):
                return i
        return None

    def relative(self, changes: Mapping[str, float]) -> Array:
        """What relative changes of single sources' TIACs change in all, the remainder with them."""
        found = np.zeros(len(self.sources) + 1)
        for source, x in changes.items():
            i = self.sources.index(source)
            found[i] = x * self.value_h[i]
        return self.with_rest(found)

    def of_area(self, region: str, relative: float) -> Array:
        """What a relative change of the area under one curve changes, sources made of a fit left as they are.

        (Where there are such, see :meth:`of_curve`.)
        """
        found = np.zeros(len(self.sources) + 1)
        if region == WHOLE_BODY:
            found[-1] = relative * self.value_h[-1]
        for source, curve in self.made_of.items():
            if curve == region:
                i = self.sources.index(source)
                found[i] = relative * self.value_h[i]
        return self.with_rest(found)

    def with_rest(self, change: Array) -> Array:
        """The remainder's change: of the whole body less that of all other sources."""
        if REMAINDER in self.sources and self.curves:
            bladder = self.methods.bladder
            apart = bladder is not None and bladder.whole_body_counted == AFTER_VOIDING
            taken = [
                x for s, x in zip(self.sources, change, strict=False)
                if s != REMAINDER and not (apart and s == BLADDER)
            ]  # fmt: skip
            change[self.sources.index(REMAINDER)] = change[-1] - sum(taken)
        return change

    def measured_unit(self, region: str) -> str:
        """The unit in which a curve was measured; it may have been fitted in another one."""
        measured = self.measured.measurements
        if measured is not None and region in measured.organs:
            return measured.organs[region].unit
        return self.curves[region].curve.unit

    def rests_on(self, region: str) -> bool:
        """Whether a source that is made of a fit rests on this curve."""
        return bool(self.by_fit) and region in (WHOLE_BODY, WHOLE_GUT)

    def of_curve(
        self, region: str, *, value: Array | None = None, time_h: Array | None = None, lam: float = 0.0
    ) -> Array:
        """What changes of one curve's values, times (h) and of the decay constant (1/h) change in all TIACs.

        Of a TIAC in proportion to an area by the slopes of that; of sources made of a fit by running their
        part of the chain with the fit moved.
        """
        slopes, area = self.slopes(region), self.area(region)
        if self.rests_on(region):

            def ends(sign: float) -> UsedCurve:
                return slopes.moved(
                    value=None if value is None else sign * STEP * value,
                    time_h=None if time_h is None else sign * STEP * time_h,
                    lam=sign * STEP * lam,
                )

            return self.central(lambda sign: ({region: ends(sign)}, self.nuclide))
        change = lam * (slopes.by_lambda if lam else 0.0)
        change += 0.0 if value is None else float(slopes.by_value @ value)
        if time_h is not None:
            change += float(slopes.by_time @ time_h)
        return self.of_area(region, change / area)

    def of_half_life(self, relative: float) -> Array:
        """What a relative change of the half-life changes: all areas, and what gut and bladder hold."""
        change = -relative * self.nuclide.lambda_per_h
        if not self.by_fit:
            return np.asarray(sum(self.of_curve(r, lam=change) for r in self.curves))

        def ends(sign: float) -> tuple[dict[str, UsedCurve], Nuclide]:
            step = sign * STEP
            half_life = self.nuclide.half_life_s * (1.0 + step * relative)
            constant = np.log(2.0) * 3600.0 / half_life - self.nuclide.lambda_per_h
            return (
                {r: self.slopes(r).moved(lam=constant) for r in self.curves},
                replace(self.nuclide, half_life_s=half_life),
            )

        return self.central(ends)

    def central(self, ends: Callable[[float], tuple[Mapping[str, UsedCurve], Nuclide]]) -> Array:
        """Central difference of all TIACs, by the real chain with curves put in their place."""
        high, low = (self._again(*ends(sign)) for sign in (1.0, -1.0))
        return self.with_rest((high - low) / (2.0 * STEP))

    def _again(self, changed: Mapping[str, UsedCurve], nuclide: Nuclide) -> Array:
        used = {**self.curves, **changed}
        tiacs = tiacs_of(self.measured, self.methods, used, self.library, nuclide, trial=True)
        whole = tiacs.whole_body
        return np.array([tiacs[s] for s in self.sources] + [0.0 if whole is None else whole.value_h])

    @cached_property
    def measured(self) -> Patient:
        """The patient with one curve for each region of the body."""
        return replace(self.patient, measurements=by_region(self.patient, self.library))
