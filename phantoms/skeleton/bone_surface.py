"""Bone surface as ICRP Publication 30 has it: dose to the 10 um on bone, by constant absorbed fractions.

Of the energy of electrons set free in the volume of trabecular bone 0.025 is left in the bone surface, of
those in cortical bone 0.015, and the part of it that lines trabecular bone (half, in adults) gets the dose
of the marrow beside it (ICRP Publication 30, Part 1, 1979, chapter 7; the parts by age: SEECAL, Cristy and
Eckerman, ORNL/TM-12351, 1993, Table 2). Applied to the electrons that photons set free in bone (4 kg
cortical, 1 kg trabecular) and marrow, it gives a dose per unit fluence::

    [4 x 0.015 + 1 x 0.025] / 0.120 x kerma of bone + 0.5 x kerma of marrow = 0.708 K_bone + 0.5 K_marrow

which is what the tables of 1987 have (docs/phantoms.md), and what the endosteum of ICRP 116 has not.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError

#: Absorbed fraction in bone surface, per source in bone and radiation (ICRP 30, Part 1, Table 7.4).
FRACTION: dict[str, dict[str, float]] = {
    "electron": {"trabecular bone": 0.025, "cortical bone": 0.015},
    "alpha": {"trabecular bone": 0.025, "cortical bone": 0.01},
}
#: Masses of ICRP 23's adult man, kg, by which the photon response is defined: bone and bone surface.
BONE_KG = {"trabecular bone": 1.0, "cortical bone": 4.0}
BONE_SURFACE_KG = 0.120

#: Part of the bone surface that lines trabecular bone, with marrow beside it; 0.5 in adults (SEECAL).
ON_TRABECULAR: dict[str, float] = {
    "newborn": 1.0, "1-year-old": 0.83, "5-year-old": 0.65, "10-year-old": 0.65,
}  # fmt: skip


def on_trabecular(body: str) -> float:
    """Part of the bone surface of a body that lines trabecular bone."""
    return ON_TRABECULAR.get(body, 0.5)


@cache
def _response() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Knots of the response: ln of the energy in MeV, and ln of the dose per energy fluence in cm2/g."""
    from phantoms.transport.materials import cross_sections

    of_bone = sum(FRACTION["electron"][s] * BONE_KG[s] for s in BONE_KG) / BONE_SURFACE_KG
    xs = cross_sections(("cortical bone", "red marrow"))
    knots = xs.log_low + np.arange(xs.transfer.shape[1]) / xs.per_step
    bone, marrow = xs.transfer[1:] / xs.density[1:, None]
    return knots, np.log(of_bone * bone + on_trabecular("adult") * marrow)


def response_MeV_cm2_per_g(energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dose to bone surface per unit photon fluence, MeV cm2/g: fractions of ICRP 30 times kerma.

    Raises
    ------
    PhantomError : xraylib is not installed (extra ``simulate``).
    """
    return energy_MeV * np.exp(np.interp(np.log(energy_MeV), *_response()))


def over_endosteum(
    track_cm: NDArray[np.float64], track_cm_MeV: NDArray[np.float64], energy_MeV: float
) -> NDArray[np.float64]:
    """Dose to bone surface over that to endosteum (ICRP 116) in the same fluence, for each batch.

    Both are spread as the skeleton's volume is, so that a part's volume cancels.

    Parameters
    ----------
    track_cm, track_cm_MeV : (B, P, K) track length, and times energy, by part of the skeleton and energy bin.
    energy_MeV : energy of the emitted photons; its own ratio stands where nothing reached the skeleton.
    """
    from phantoms.skeleton.marrow import dose_per_fluence_MeV_cm2_per_g

    track, energy = track_cm.sum(axis=1), track_cm_MeV.sum(axis=1)
    mean = np.divide(energy, track, out=np.full_like(track, energy_MeV), where=track > 0)
    at_source = np.array([energy_MeV])
    surface = (track * response_MeV_cm2_per_g(mean)).sum(axis=1)
    endosteum = (track * dose_per_fluence_MeV_cm2_per_g("endosteum", mean)).sum(axis=1)
    own = response_MeV_cm2_per_g(at_source) / dose_per_fluence_MeV_cm2_per_g("endosteum", at_source)
    return np.divide(surface, endosteum, out=np.broadcast_to(own, surface.shape).copy(), where=endosteum > 0)


@cache
def _ratios() -> tuple[NDArray[np.float64], dict[tuple[str, str], NDArray[np.float64]]]:
    text = (files("phantoms.skeleton") / "bone_surface.csv").read_text()
    head, *rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return np.array(head[2:], dtype=float), {(r[0], r[1]): np.array(r[2:], dtype=float) for r in rows}


def photon_ratio(body: str, source: str, energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
    """Photon dose to bone surface over that to endosteum, for a source at given energies.

    From phantoms/skeleton/bone_surface.csv (written by make_bone_surface.py), log-log between its energies.

    Raises
    ------
    PhantomError : the body or source is not in the table.
    """
    grid, ratios = _ratios()
    if (body, source) not in ratios:
        bodies = ", ".join(dict.fromkeys(b for b, _ in ratios))
        raise PhantomError(f"no bone surface of '{body}', source '{source}'; bodies that have one: {bodies}")
    return np.exp(np.interp(np.log(energy_MeV), np.log(grid), np.log(ratios[body, source])))


def sources_with_ratio(body: str) -> frozenset[str]:
    """Source regions of a body that :func:`photon_ratio` knows; none of a body that is no stylised one."""
    return frozenset(source for name, source in _ratios()[1] if name == body)


def charged_saf_per_kg(radiation: str, body: str, mass_kg: Mapping[str, float]) -> dict[str, float]:
    """SAF (1/kg) of bone surface for electrons or alphas from bone, marrow and total body; at all energies.

    Each kind of bone irradiates the surface on it, and the fraction is over the mass of that surface; of the
    whole body, the sources' share by mass. A newborn has no cortical bone: its source is as trabecular.

    Parameters
    ----------
    radiation : "electron" or "alpha".
    body : the body's name, for the part of the surface that lines trabecular bone.
    mass_kg : masses of "osteogenic cells" (the 10 um), "red marrow", both kinds of bone, "total body".
    """
    part = on_trabecular(body)
    saf = {"trabecular bone": FRACTION[radiation]["trabecular bone"] / (part * mass_kg["osteogenic cells"])}
    saf["cortical bone"] = saf["trabecular bone"]
    if part < 1.0:
        cortical = (1.0 - part) * mass_kg["osteogenic cells"]
        saf["cortical bone"] = FRACTION[radiation]["cortical bone"] / cortical
    saf["red marrow"] = part / mass_kg["red marrow"]
    total = sum(saf[s] * mass_kg[s] for s in ("trabecular bone", "cortical bone", "red marrow"))
    return {**saf, "total body": total / mass_kg["total body"]}
