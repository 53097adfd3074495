"""Dose to red marrow and osteogenic cells, which a homogeneous skeleton does not resolve.

Photons: the fluence in each part of the skeleton times the dose per unit fluence of ICRP Publication 116,
Annex D, marrow parts weighted by their share of active marrow; never the energy left in the mixture.
Osteogenic cells are taken as the 50 um of endosteum and spread as the skeleton's volume is.
Electrons and alphas: absorbed fractions of ICRP Publication 133, with the marrow mass of the body at hand.
The numbers, with their sources, are in phantoms/skeleton/skeleton.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from phantoms.errors import PhantomError

MEV_PER_G_IN_GY = constants.physical_constants["electron volt"][0] * 1e6 / 1e-3
BONE_TARGETS = ("red marrow", "osteogenic cells")


@cache
def _numbers() -> dict[str, Any]:
    return tomllib.loads((files("phantoms.skeleton") / "skeleton.toml").read_text())


def marrow_shares(body_name: str) -> dict[str, float]:
    """Share of the active marrow in the parts of a body's skeleton that have it; sums to 1.

    Raises
    ------
    PhantomError : the body has no shares in phantoms/skeleton/skeleton.toml; the message lists those that
        have.
    """
    by_body = _numbers()["marrow_share_percent"]
    if body_name not in by_body:
        raise PhantomError(
            f"no distribution of active marrow for the body '{body_name}'; there are: {', '.join(by_body)}"
        )
    total = sum(by_body[body_name].values())
    return {part: p / total for part, p in by_body[body_name].items()}


def part_shares(source: str, body_name: str, volume_cm3: Mapping[str, float]) -> dict[str, float]:
    """Share of the activity of a skeletal source in each part of the skeleton, summing to 1.

    "red marrow": by active marrow. "trabecular bone": as active marrow, for both fill the spongiosa (the
    convention of the published SAFs). "cortical bone": by volume of the part.

    Parameters
    ----------
    volume_cm3 : volumes of all parts of the skeleton, and of nothing else.

    Raises
    ------
    KeyError : the source is none of the three.
    """
    if source in ("red marrow", "trabecular bone"):
        return marrow_shares(body_name)
    if source != "cortical bone":
        raise KeyError(source)
    total = sum(volume_cm3.values())
    return {part: v / total for part, v in volume_cm3.items()}


def dose_per_fluence_MeV_cm2_per_g(tissue: str, energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dose to a tissue ("marrow", "marrow_cranium", "endosteum") per unit fluence, log-log interpolated."""
    table = _numbers()["fluence_to_dose"]
    grid = np.log(table["energy_MeV"])
    values = np.log(np.array(table[tissue]) * 1e-17 * 1e4 / MEV_PER_G_IN_GY)
    return np.exp(np.interp(np.log(energy_MeV), grid, values))


def photon_saf_per_g(
    track_cm: NDArray[np.float64],
    track_cm_MeV: NDArray[np.float64],
    volume_cm3: NDArray[np.float64],
    parts: tuple[str, ...],
    shares: Mapping[str, float],
    energy_MeV: float,
) -> dict[str, NDArray[np.float64]]:
    """SAF (1/g) of red marrow and osteogenic cells in each batch.

    Parameters
    ----------
    track_cm, track_cm_MeV : (B, P, K) track length per photon, and times energy, by part and energy bin.
    volume_cm3 : (P,) volumes of the parts, named by ``parts``.
    shares : share of the active marrow in each part that has it; see :func:`marrow_shares`.
    energy_MeV : energy of the emitted photons.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_energy = np.where(track_cm > 0, track_cm_MeV / track_cm, energy_MeV)
    fluence = track_cm / volume_cm3[:, None]
    marrow = np.zeros(track_cm.shape[0])
    for p, part in enumerate(parts):
        if part in shares:
            kind = "marrow_cranium" if part in ("cranium", "facial skeleton") else "marrow"
            response = dose_per_fluence_MeV_cm2_per_g(kind, mean_energy[:, p])
            marrow += shares[part] * (fluence[:, p] * response).sum(axis=1)
    weight = volume_cm3 / volume_cm3.sum()
    endosteum = (fluence * dose_per_fluence_MeV_cm2_per_g("endosteum", mean_energy)).sum(axis=2) @ weight
    return {"red marrow": marrow / energy_MeV, "osteogenic cells": endosteum / energy_MeV}


def charged_energies_MeV(radiation: str) -> NDArray[np.float64]:
    """Energies at which the absorbed fractions of "electron" or "alpha" are given."""
    return np.array(_numbers()[f"{radiation}_absorbed_fraction"]["energy_MeV"])


def charged_saf_per_kg(
    radiation: str, target: str, source: str, bone_tissue_g: Mapping[str, float]
) -> NDArray[np.float64] | None:
    """SAF (1/kg) of "electron" or "alpha" at :func:`charged_energies_MeV`; None for a pair without a model.

    Endosteum of 50 um has 0.580 kg where the bone surface of 10 um has 0.120 kg (ICRP 133, ICRP 23); its
    mass in another body follows that body's bone surface.
    """
    fractions = _numbers()[f"{radiation}_absorbed_fraction"].get(f"{target} <- {source}")
    if fractions is None:
        return None
    if target == "red marrow":
        mass_kg = bone_tissue_g["red marrow"] * 1e-3
    else:
        layer = _numbers()["endosteum"]
        mass_kg = bone_tissue_g["osteogenic cells"] * 1e-3 * layer["mass_kg"] / layer["bone_surface_mass_kg"]
    return np.array(fractions) / mass_kg
