"""A population as plain numbers and words, for JSON or TOML, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kinetics.errors import KineticsError
from kinetics.mixed_effects.likelihood.response import Response
from kinetics.mixed_effects.parts import MassEffect, Residual
from kinetics.models import Model, model_by_name
from milligray.errors import Complaints

#: Arrays of a population; those of its estimates come last.
ARRAYS = (
    "mean", "covariance", "root", "estimates_covariance", "drawn_mean", "drawn_covariance", "drawn_rows",
)  # fmt: skip
#: First entry of a population's file.
FORMAT = "milligray population 1"


def read(data: Mapping[str, Any], model: Model | Response | None) -> dict[str, Any]:
    """What a Population is made of, from its plain numbers and words; every mistake told at once."""
    needed = ("format", "model", "unit", "parameters", "mean", "covariance", "residual")
    other = ("normal", "free", "effects", "source", "n_patients", "estimates", *ARRAYS[2:])  # fmt: skip
    with Complaints(KineticsError) as found:
        if not isinstance(data, Mapping):
            raise KineticsError(f"a population is a table of keys; found {type(data).__name__}")
        for key in needed:
            if key not in data:
                found.add(KineticsError(f"population: '{key}' is missing"))
        for key in data:
            if key not in needed + other:
                found.add(KineticsError(
                    f"population: unknown key '{key}'; there are: {', '.join(needed + other)}"
                ))  # fmt: skip
        if data.get("format", FORMAT) != FORMAT:
            found.add(
                KineticsError(f"population: format is {data['format']!r}; this program reads '{FORMAT}'")
            )
    with Complaints(KineticsError) as found:
        with found.catching():
            chosen = model_by_name(str(data["model"])) if model is None else model
            if chosen.name != data["model"] or list(chosen.parameters) != list(data["parameters"]):
                raise KineticsError(
                    f"population: of '{data['model']}' with {', '.join(map(str, data['parameters']))}; the"
                    f" model '{chosen.name}' has {', '.join(chosen.parameters)}"
                )
        arrays: dict[str, Any] = {}
        for key in ARRAYS:
            if key in data:
                try:
                    arrays[key] = np.array(data[key], dtype=np.float64)
                except (TypeError, ValueError):
                    found.add(KineticsError(f"population: '{key}' holds something that is no number"))
        parts: dict[str, Any] = {}
        for key, of in (("residual", Residual), ("effects", MassEffect)):
            with found.catching():
                try:
                    given = data.get(key, [])
                    made = of(**given) if key == "residual" else tuple(of(**e) for e in given)
                    parts[key] = made
                except TypeError as error:
                    raise KineticsError(f"population: '{key}' isn't as it should be ({error})") from None
    n = data.get("n_patients")
    return {
        "model": chosen,
        "unit": str(data["unit"]),
        **arrays,
        **parts,
        "normal": tuple(data.get("normal", ())),
        "free": tuple(data.get("free", ())),
        "n_patients": None if n is None else int(n),
        "source": str(data.get("source", "")),
        "estimates": tuple(data.get("estimates", ())),
    }
