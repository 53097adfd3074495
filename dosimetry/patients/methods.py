"""The methods by which a patient's measurements become TIACs and doses; each is named, none is assumed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dosimetry.errors import DosimetryError
from phantoms.regions.names import normal_form

Weights = Literal["auto", "none", "relative", "sd", "poisson"]
Trapezoids = Literal["linear", "log", "linear-up/log-down"]
FirstInterval = Literal["zero", "constant", "extrapolate"]
Tail = Literal["physical", "effective", "predicted", "fitted", "none"]
BloodSource = Literal["serum", "organ curve", "none"]
OrganMasses = Literal["reference", "scaled to body mass", "measured"]
TargetMasses = Literal["ICRP 133", "ICRP 89"]
Convention = Literal["ICRP 116", "OLINDA/EXM 1.x"]
Daughters = Literal["none", "equilibrium"]

#: In place of a model's name: the area is averaged over all candidates by their support.
AUTO = "auto"

_ALLOWED = {
    "whole_body_weights": Weights, "serum_weights": Weights, "organ_trapezoids": Trapezoids,
    "first_interval": FirstInterval, "tail": Tail, "heart_contents": BloodSource, "red_marrow": BloodSource,
    "organ_masses": OrganMasses, "target_masses": TargetMasses, "convention": Convention,
    "daughters": Daughters,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Methods:
    """How curves become areas, areas TIACs, and TIACs doses.

    Parameters
    ----------
    whole_body_model, serum_model : a model of :mod:`kinetics`, e.g. "monoexponential", or "auto".
    whole_body_weights, serum_weights : "auto", "none", "relative", "sd" or "poisson".
    organ_trapezoids : "linear", "log" or "linear-up/log-down".
    first_interval : from time 0 to an organ's first point: "zero", "constant" or "extrapolate".
    tail : after an organ's last point: "physical", "effective", "predicted", "fitted" or "none".
    tissue_density_g_per_mL : source region (or "other") -> density, for organ curves in kBq/mL.
    heart_contents, red_marrow : from "serum", from an "organ curve", or "none".
    organ_masses : "reference", "scaled to body mass" or "measured".
    target_masses : "ICRP 133" or "ICRP 89", of phantoms that have both; None: the phantom's own.
    convention : of osteogenic cells and small intestine in stylised bodies; None: the phantom's own.
    daughters : "none" or "equilibrium", as in :func:`dosimetry.absorbed_dose`.

    Methods of curves that a patient does not have may stay None.

    Raises
    ------
    DosimetryError : a word that is not allowed; the message lists those that are.

    >>> Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="sd",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... ).tail is None
    True
    """

    whole_body_model: str | None = None
    whole_body_weights: str | None = None
    serum_model: str | None = None
    serum_weights: str | None = None
    organ_trapezoids: str | None = None
    first_interval: str | None = None
    tail: str | None = None
    tissue_density_g_per_mL: Mapping[str, float] = field(default_factory=dict)
    heart_contents: str
    red_marrow: str
    organ_masses: str
    target_masses: str | None = None
    convention: str | None = None
    daughters: str = "none"

    def __post_init__(self) -> None:
        for name, kind in _ALLOWED.items():
            value, allowed = getattr(self, name), get_args(kind)
            if value is not None and value not in allowed:
                raise DosimetryError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        for name in ("whole_body_model", "serum_model"):
            if (value := getattr(self, name)) is not None:
                try:
                    object.__setattr__(self, name, known_model(value))
                except DosimetryError as error:
                    raise DosimetryError(f"{name}: {error}") from None
        for region, density in self.tissue_density_g_per_mL.items():
            if not (math.isfinite(density) and 0.0 < density < 25.0):
                raise DosimetryError(
                    f"density of '{region}' is {density:g} g/mL; above 0 and below 25 is allowed"
                )

    def density_g_per_mL(self, region: str) -> float | None:
        """Density of a source region, or that of "other"; None where neither is named."""
        given = {normal_form(k): v for k, v in self.tissue_density_g_per_mL.items()}
        return given.get(normal_form(region), given.get("other"))

    def of(self, name: str, what: str) -> str:
        """A method that a curve needs.

        Raises
        ------
        DosimetryError : it was not named.
        """
        value = getattr(self, name)
        if value is None:
            raise DosimetryError(f"{what} needs the method '{name}', which is not named")
        return str(value)


def known_model(name: str) -> str:
    """A model's canonical name, or "auto".

    Raises
    ------
    DosimetryError : there is no such model; the message has near names.
    """
    import difflib

    from kinetics.models import MODELS, model_by_name

    if name.strip().lower() == AUTO:
        return AUTO
    try:
        return model_by_name(name).name
    except ValueError:
        near = difflib.get_close_matches(name, [AUTO, *MODELS], n=2, cutoff=0.5)
        hint = f"near names: {', '.join(near)}" if near else f"allowed: {AUTO}, {', '.join(MODELS)}"
        raise DosimetryError(f"'{name}' is not a model; {hint}") from None
