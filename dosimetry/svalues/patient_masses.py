"""A patient's masses: by which factors S values of the reference body follow them.

A dose that a region gives to itself goes with its mass m as m_ref/m for electrons and alphas, which stay in
it, and as (m_ref/m)^(2/3) for photons, whose absorbed fraction grows with the region's size (Snyder 1970, in
Medical Radionuclides: Radiation Dose and Effects, AEC CONF-691212, 197-210; MIRD Pamphlet 11, 1975).
Electrons and alphas reach beyond their region only from contents into the wall, and from bone and marrow into
each other: there dose goes with the activity's concentration, m_ref/m of the region it is in. The remainder
is a region with a mass of its own, and so is the total body. Photon doses between regions apart are not
scaled. OLINDA/EXM has the same two powers for self-doses (Stabin, Sparks and Crowe, J Nucl Med
2005;46:1023-1027); how it treats its remainder of the body is not printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS
from dosimetry.svalues.remainder import Remainder
from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.locality import TOTAL_BODY, body_mass_kg, near_targets, own_targets
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

#: Power of (reference mass / patient's mass) that the self-dose of each kind of radiation goes with.
SELF_DOSE_POWER: dict[str, float] = {"photon": SELF_PHOTON_EXPONENT, "electron": 1.0, "alpha": 1.0}


@dataclass(frozen=True)
class PatientMasses:
    """The masses of one patient, where they are not the reference body's.

    organ_kg : by source region.
    body_kg : of the whole body; regions without a mass of their own are the reference's times the ratio of
        the bodies. None: they are the reference's.

    Raises
    ------
    DosimetryError : a mass is not above 0, or of a region where no dose depends on it.
    """

    library: SafLibrary
    organ_kg: Mapping[str, float] = field(default_factory=dict)
    body_kg: float | None = None

    def __post_init__(self) -> None:
        where = f"phantom '{self.library.phantom}'"
        for name, m in self.organ_kg.items():
            if m <= 0.0:
                raise DosimetryError(f"mass of '{name}' is {m:g} kg; a mass must be above 0")
            if name == TOTAL_BODY:
                raise DosimetryError("mass of 'total body': give it as body_mass_kg, not among the organs")
            if not near_targets(self.library, name) or not _known(self.library, name):
                raise DosimetryError(f"mass of '{name}': {where} has no dose that is scaled with it")
        if self.body_kg is not None and not (math.isfinite(self.body_kg) and self.body_kg > 0.0):
            raise DosimetryError(f"body mass is {self.body_kg:g} kg; it must be above 0")

    @property
    def body_ratio(self) -> float:
        """Reference mass of the body over the patient's; 1 where that is not given."""
        return 1.0 if self.body_kg is None else body_mass_kg(self.library) / self.body_kg

    def ratio(self, region: str) -> float:
        """Reference mass of a source region over the patient's."""
        if region in self.organ_kg:
            return reference_kg(self.library, region) / self.organ_kg[region]
        return self.body_ratio

    def remainder_kg(self, rest: Remainder) -> float:
        """The patient's mass of the remainder: of the body less the named regions.

        Raises
        ------
        DosimetryError : nothing is left.
        """
        if self.body_kg is None:
            return rest.mass_kg
        more = sum(
            self.organ_kg[n] - reference_kg(self.library, n) / self.body_ratio
            for n in rest.taken
            if n in self.organ_kg
        )
        left = rest.mass_kg / self.body_ratio - more
        if left <= 0.0:
            listed = ", ".join(n for n in rest.taken if n in self.organ_kg)
            raise DosimetryError(
                f"the masses of {listed} leave nothing of a body of {self.body_kg:g} kg for a remainder"
            )
        return left

    def notes(self, named: tuple[str, ...], rest: Remainder | None) -> list[str]:
        """What was scaled, in sentences."""
        if not self.organ_kg and self.body_kg is None:
            return []
        listed = [
            f"{n} {self.organ_kg[n]:.4g} kg (reference {reference_kg(self.library, n):.4g} kg)"
            for n in named
            if n in self.organ_kg
        ]
        if rest is not None and self.body_kg is not None:
            listed.append(f"remainder {self.remainder_kg(rest):.4g} kg (reference {rest.mass_kg:.4g} kg)")
        if self.body_kg is not None:
            body = f"body {self.body_kg:.4g} kg (reference {body_mass_kg(self.library):.4g} kg)"
            listed.append(f"{body}, regions without a mass of their own in proportion")
        found = []
        if listed:
            found.append(
                f"Scaled to the patient's masses: {', '.join(listed)}; doses within a region and of the"
                " remainder's tissue, electrons and alphas by the ratio of the masses (also from contents to"
                " their wall), photons by its power 2/3; photon doses between regions are not scaled."
            )
        idle = [n for n in self.organ_kg if n not in named]
        if idle:
            found.append(f"Masses without a TIAC of their own, not used: {', '.join(idle)}.")
        return found


def mass_factors(
    library: SafLibrary, named: Sequence[str], rest: Remainder | None, patients: Sequence[PatientMasses]
) -> NDArray[np.float64]:
    """Factors on the S values of the named sources, (B, 3, T, n), for B patients and the kinds of radiation.

    Parameters
    ----------
    named : n source regions; the remainder goes by ``rest``: its tissue irradiates itself and the body.
    """
    own = np.zeros((len(KINDS), len(library.targets), len(named)), dtype=bool)
    for j, name in enumerate(named):
        for i, kind in enumerate(KINDS):
            if name == REMAINDER and rest is not None:
                within = rest.tissue if kind == "photon" else rest.near
            else:
                within = (own_targets if kind == "photon" else near_targets)(library, name)
            own[i, :, j] = [t in within for t in library.targets]
    ratio = np.array(
        [
            [
                rest.mass_kg / p.remainder_kg(rest) if n == REMAINDER and rest is not None else p.ratio(n)
                for n in named
            ]
            for p in patients
        ]
    )
    power = np.array([SELF_DOSE_POWER[k] for k in KINDS])
    factors = np.where(own, (ratio[:, None, :] ** power[:, None])[:, :, None, :], 1.0)
    if TOTAL_BODY in library.targets:
        # the mean over the body, whatever the source
        body = np.array([[p.body_ratio] for p in patients]) ** power
        factors[:, :, library.targets.index(TOTAL_BODY), :] = body[:, :, None]
    return factors


def reference_kg(library: SafLibrary, region: str) -> float:
    """The reference body's mass of a source region, with its blood where masses with blood are in force.

    A target that is a thin layer of a wall has the layer's mass; the region's is then the wall's.
    """
    return max(library.target_mass_kg.get(region) or 0.0, library.source_mass_kg.get(region) or 0.0)


def _known(library: SafLibrary, region: str) -> bool:
    return reference_kg(library, region) > 0.0
