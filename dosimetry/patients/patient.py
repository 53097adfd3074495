"""A patient and what was measured: curves, blood, masses, administered activity, and where each stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.tiacs.blood import check_haematocrit

if TYPE_CHECKING:
    from dosimetry.tiacs.tiacs import Tiacs
    from kinetics.curves.blq import BlqPoint
    from kinetics.curves.curve import Curve
    from kinetics.excretion.urine import Urine

SEXES = ("male", "female")
WHOLE_BODY = "whole body"
SERUM = "serum"
#: A curve of all the contents of the intestines together, where the methods divide it; no body's region.
WHOLE_GUT = "whole gut"
#: A patient's age in years, at most.
MOST_YEARS = 120
#: All organs' curves, in a patient's ``curve_methods``.
ORGANS = "organs"
#: Units that an organ's curve can have: share of the administered activity, per gram, concentrations.
ORGAN_UNITS = ("%IA", "%IA/g", "kBq/g", "kBq/mL")


@dataclass(frozen=True)
class Place:
    """Where a curve or a patient stands in the input, for messages.

    file : the table's path or name.
    rows : e.g. "rows 3 to 8".
    numbers : the row of each point of a curve, in the order of time; empty where they are not known.
    """

    file: str
    rows: str
    numbers: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}: {self.rows}"

    def row(self, point: int) -> str:
        """The row of one point of a curve, or all rows where the points' are not known."""
        return f"row {self.numbers[point]}" if self.numbers else self.rows


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """The measured curves of one patient.

    Parameters
    ----------
    whole_body : retention in %IA.
    serum : concentration in %IA/L; None where there is none.
    organs : source region, or side of it ("left kidney"), or "whole gut" -> curve in one of
        :data:`ORGAN_UNITS`.
    places : curve's key ("whole body", "serum" or a source region) -> where it stands in the input.
    below_limit : curve's key -> its points below the limit of quantification, and what was made of each.
    notes : curve's key -> what a reader should know of how the curve was made, one line each.

    Raises
    ------
    DosimetryError : a curve has a unit that its TIAC cannot be made from.

    >>> from kinetics import Curve
    >>> probe = Curve(time_h=[1, 24, 96], value=[100, 80, 38], unit="%IA", decay_corrected=False)
    >>> Measurements(whole_body=probe).serum is None
    True
    """

    whole_body: Curve
    serum: Curve | None = None
    organs: Mapping[str, Curve] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    below_limit: Mapping[str, Sequence[BlqPoint]] = field(default_factory=dict)
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, curve, allowed in (
            (WHOLE_BODY, self.whole_body, ("%IA",)),
            (SERUM, self.serum, ("%IA/L",)),
            *((region, curve, ORGAN_UNITS) for region, curve in self.organs.items()),
        ):
            if curve is not None and curve.unit not in allowed:
                raise DosimetryError(f"curve of '{name}' is in '{curve.unit}'; allowed: {', '.join(allowed)}")

    def __repr__(self) -> str:
        curves = {WHOLE_BODY: self.whole_body, SERUM: self.serum, **self.organs}
        sizes = [f"{name} ({len(c)} points)" for name, c in curves.items() if c is not None]
        return f"<Measurements: {', '.join(sizes)}>"

    def where(self, name: str, patient: str) -> str:
        """Where a curve stands and whose it is, to begin a message with."""
        place = self.places.get(name)
        whose = patient if name in (WHOLE_BODY, SERUM) else f"{patient}, {name}"
        return f"{place}, {whose}" if place else f"patient '{patient}', {name}"

    def table(self, *names: str, patient: str) -> str:
        """The table of the first of these curves that has one, and the patient, to begin a message with."""
        files = [self.places[n].file for n in names if n in self.places]
        return f"{files[0]}: patient '{patient}'" if files else f"patient '{patient}'"


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One patient: body, blood, administered activity, and measurements or TIACs.

    Parameters
    ----------
    name : identifier.
    sex : "male" or "female".
    phantom : the body whose S values are taken: its name, e.g. "adult male", or the path of a library.
    own_body : whether that body was made of this patient's own images: its masses are then the patient's.
    body_mass_kg, height_cm, administered_MBq : above 0; None where not known.
    age_y : years at administration, 0 to 120; None where not known. It is reported, and changes no dose.
    mass_dose_mg : administered mass of the substance, labelled and not together (of an antibody,
        e.g.), above 0; None where not known. It is reported, and changes no dose.
    injected_at : date and time of the administration, which tables of clock times are counted from.
    haematocrit : fraction of cells in blood; None where not known.
    curve_methods : "whole body", "serum", "organs" (all of them) or a source region -> what is done with this
        patient's curves in another way than the methods say.
    organ_mass_kg : measured masses by source region of the phantom; left and right of a pair are added.
    absent : sides of paired organs that the patient lacks, e.g. ("left kidney",).
    confirmed_masses : regions whose mass is as given, though it is far from the reference body's.
    measurements : the curves; or
    given_tiacs : TIACs that were determined elsewhere.
    urine : measured voids, where the methods make the urinary bladder's contents of them.
    place : where the patient stands in the input, for messages.

    Raises
    ------
    DosimetryError : an unknown sex; a value that a patient cannot have.

    >>> Patient(name="P01", sex="female", phantom="adult female", haematocrit=0.38).haematocrit
    0.38
    """

    name: str
    sex: str
    phantom: str
    body_mass_kg: float | None = None
    height_cm: float | None = None
    administered_MBq: float | None = None
    haematocrit: float | None = None
    age_y: float | None = None
    mass_dose_mg: float | None = None
    injected_at: datetime | None = None
    curve_methods: Mapping[str, CurveMethod] = field(default_factory=dict)
    organ_mass_kg: Mapping[str, float] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    confirmed_masses: tuple[str, ...] = ()
    measurements: Measurements | None = None
    given_tiacs: Tiacs | None = None
    urine: Urine | None = None
    place: Place | None = None
    own_body: bool = False

    def __post_init__(self) -> None:
        if self.sex not in SEXES:
            raise DosimetryError(f"patient '{self.name}': sex '{self.sex}'; allowed: {', '.join(SEXES)}")
        quantities = {
            "body_mass_kg": self.body_mass_kg,
            "height_cm": self.height_cm,
            "administered_MBq": self.administered_MBq,
            "mass_dose_mg": self.mass_dose_mg,
            **{f"mass of '{region}' in kg": mass for region, mass in self.organ_mass_kg.items()},
        }
        for what, value in quantities.items():
            if value is not None and not (math.isfinite(value) and value > 0.0):
                raise DosimetryError(
                    f"patient '{self.name}': {what} is {value:g}; a number greater than 0 is needed"
                )
        if self.age_y is not None and not 0.0 <= self.age_y <= MOST_YEARS:
            raise DosimetryError(
                f"patient '{self.name}': age_y is {self.age_y:g}; 0 to {MOST_YEARS} years are allowed"
            )
        if self.haematocrit is not None:
            check_haematocrit(self.haematocrit)

    def __repr__(self) -> str:
        activity = "" if self.administered_MBq is None else f", {self.administered_MBq:g} MBq"
        made = self.measurements or self.given_tiacs or "no measurements"
        return f"<Patient {self.name}: {self.sex}, '{self.phantom}'{activity}; {made}>"

    def need(self, quantity: str, why: str) -> float:
        """A value that a method needs, e.g. "haematocrit".

        Raises
        ------
        DosimetryError : it is not known; the message says where it is missing and why it is needed.
        """
        value = getattr(self, quantity)
        if value is None:
            where = f"{self.place}, column" if self.place else f"patient '{self.name}':"
            raise DosimetryError(f"{where} '{quantity}': the value is missing; {why}")
        return float(value)
