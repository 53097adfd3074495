"""What an hour of each TIAC brings to each dose, and how that moves with the masses of regions.

Both come from :func:`dosimetry.doses.cohort.absorbed_doses` itself: the first is what it gives for TIACs of
unit error, the second its central difference with the mass of a region changed. Patients with the same body,
sources and masses share them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.results import PatientResult
from dosimetry.svalues.folding import library_of
from dosimetry.svalues.patient_masses import PatientMasses, reference_kg
from dosimetry.tiacs.plausible import Bound
from phantoms.library.locality import near_targets
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]

#: Any TIAC is let pass where only its factor is asked for.
NO_BOUND = Bound(math.inf, "nothing")
#: The mass of the whole body among those of regions.
BODY = "body"
#: Relative step of central differences by a mass.
STEP = 1e-3


@dataclass(frozen=True)
class Body:
    """What the doses of a patient depend on beside the TIACs' values; equal ones have equal responses."""

    phantom: str
    sources: tuple[str, ...]
    organ_mass_kg: tuple[tuple[str, float], ...]
    body_mass_kg: float | None
    absent: tuple[str, ...]

    @classmethod
    def of(cls, result: PatientResult) -> Body:
        """That of a patient's result."""
        tiacs, patient = result.sources, result.patient
        return cls(
            patient.phantom,
            tuple(t.source for t in tiacs.tiacs),
            tuple(sorted(tiacs.organ_mass_kg.items())),
            tiacs.body_mass_kg,
            tuple(patient.absent),
        )

    def given(self) -> Given:
        """TIACs of 1 h with unit errors."""
        n = len(self.sources)
        masses = dict(self.organ_mass_kg)
        return Given(
            dict.fromkeys(self.sources, 1.0), np.eye(n), masses, self.body_mass_kg, absent=self.absent,
            confirmed=tuple(s for s in (*self.sources, *masses) if s != REMAINDER),
        )  # fmt: skip


class Responses:
    """Responses of many patients' doses, each computed once.

    Parameters
    ----------
    asked : body of each patient, and the regions whose masses are uncertain there ("body" is the whole one).

    Raises
    ------
    DosimetryError, PhantomError : as :func:`dosimetry.doses.cohort.absorbed_doses`.
    """

    def __init__(
        self, asked: Iterable[tuple[Body, Sequence[str]]], methods: Methods, nuclide: Nuclide
    ) -> None:
        self.methods, self.nuclide = methods, nuclide
        wanted: dict[tuple[Body, str, int], Given] = {}
        for body, regions in asked:
            wanted.setdefault((body, "", 0), body.given())
            for region in regions:
                if (body, region, 1) not in wanted and (ends := self._ends(body, region)):
                    wanted[body, region, 1], wanted[body, region, -1] = ends
        self._found: dict[tuple[Body, str, int], Array] = {}
        for phantom in dict.fromkeys(body.phantom for body, *_ in wanted):
            keys = [k for k in wanted if k[0].phantom == phantom]
            doses = absorbed_doses(
                [wanted[k] for k in keys], nuclide, phantom, daughters=methods.daughters,
                masses=methods.target_masses, convention=methods.convention, bound=NO_BOUND,
            )  # fmt: skip
            for key, dose in zip(keys, doses, strict=True):
                assert dose.tiac_error_mGy_per_MBq is not None
                self._found[key] = dose.tiac_error_mGy_per_MBq

    def of(self, body: Body) -> Array:
        """(n, 3, T) mGy/MBq per h of each TIAC, by kind of radiation and target."""
        return self._found[body, "", 0]

    def by_mass(self, body: Body, region: str) -> Array | None:
        """(n, 3, T) derivative of that by the logarithm of a mass; None where no dose is scaled with it."""
        if (body, region, 1) not in self._found:
            return None
        return (self._found[body, region, 1] - self._found[body, region, -1]) / (2.0 * STEP)

    def _ends(self, body: Body, region: str) -> tuple[Given, Given] | None:
        """TIACs of unit error with a mass above and below what it is."""
        given = body.given()
        if region == BODY:
            mass = body.body_mass_kg
            if mass is None:
                return None
            high, low = (replace(given, body_mass_kg=mass * (1.0 + s * STEP)) for s in (1, -1))
            return high, low
        mass = mass_in_use(self.methods, body.phantom, body.organ_mass_kg, body.body_mass_kg, region)
        if mass is None:
            return None
        high, low = (
            replace(given, organ_mass_kg={**given.organ_mass_kg, region: mass * (1.0 + s * STEP)})
            for s in (1, -1)
        )
        return high, low


def mass_in_use(
    methods: Methods,
    phantom: str,
    organ_mass_kg: Mapping[str, float] | Iterable[tuple[str, float]],
    body_mass_kg: float | None,
    region: str,
) -> float | None:
    """The mass of a source region that its S values are scaled with, kg; None where none are."""
    library = library_of(phantom, methods.target_masses, methods.convention)
    if region == REMAINDER or region not in library.sources or not near_targets(library, region):
        return None
    masses = PatientMasses(library, dict(organ_mass_kg), body_mass_kg)
    reference = reference_kg(library, region)
    return reference / masses.ratio(region) if reference > 0.0 else None
