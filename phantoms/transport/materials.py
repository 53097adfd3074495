"""Photon cross-sections of tissues, as tables that the transport reads.

Photoelectric, coherent and incoherent cross-sections, form factors and incoherent scattering functions come
from ``xraylib`` up to its limit of 800 keV (EPDL97 and Kissel compilations, T. Schoonjans et al.,
Spectrochim. Acta B 66 (2011) 776). Above: the photoelectric one continues as a power law, the coherent one as
1/E^2 (both under 0.1 % of the total there), the incoherent one is Klein and Nishina's for free electrons, and
pair and triplet production is Urban's fit to Hubbell, Gimm and Overbo (J. Phys. Chem. Ref. Data 9 (1980)
1023), Geant4 Physics Reference Manual, section "Gamma conversion", stated error under 5 % above 1.5 MeV.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from phantoms.errors import PhantomError

ELECTRON_MASS_MEV = constants.physical_constants["electron mass energy equivalent in MeV"][0]
HC_KEV_ANGSTROM = constants.h * constants.c / constants.e * 1e7  # x = E / hc * sin(theta/2), 1/Angstrom
CLASSICAL_RADIUS_CM = constants.physical_constants["classical electron radius"][0] * 100.0

LOW_MEV, HIGH_MEV = 1e-3, 10.0
XRAYLIB_LIMIT_MEV = 0.799
N_ENERGY = 1600
N_X = 600
X_MIN, X_MAX = 1e-3, 1e3  # 1/Angstrom

# Urban's coefficients, microbarn: sigma = Z (Z+1) [F1(X) + F2(X) Z + F3(X)/Z], X = ln(E / m c^2)
_PAIR = (
    (8.7842e2, -1.9625e3, 1.2949e3, -2.0028e2, 1.2575e1, -2.8333e-1),
    (-1.0342e1, 1.7692e1, -8.2381, 1.3063, -9.0815e-2, 2.3586e-3),
    (-4.5263e2, 1.1161e3, -8.6749e2, 2.1773e2, -2.0467e1, 6.5372e-1),
)


@dataclass(frozen=True)
class Tissue:
    """A tissue: density in g/cm3 and mass fractions by atomic number, which sum to 1."""

    name: str
    density_g_per_cm3: float
    fractions: dict[int, float]


@cache
def _catalogue() -> dict[str, Any]:
    return tomllib.loads((files("phantoms.transport") / "materials.toml").read_text())


def tissue(name: str) -> Tissue:
    """A tissue of phantoms/transport/materials.toml by name; PhantomError lists those there are."""
    xl = _xraylib()
    entry = _catalogue().get(name)
    if entry is None:
        raise PhantomError(f"unknown material '{name}'; there are: {', '.join(_catalogue())}")
    total = sum(entry["percent"].values())
    fractions = {xl.SymbolToAtomicNumber(s): p / total for s, p in entry["percent"].items()}
    return Tissue(name, entry["density_g_per_cm3"], fractions)


def _xraylib() -> Any:
    try:
        import xraylib
    except ImportError as error:  # pragma: no cover - depends on the installation
        raise PhantomError(
            "photon transport needs xraylib and numba; install them with: pip install 'milligray[simulate]'"
        ) from error
    return xraylib


def pair_cross_section_barn(energy_MeV: NDArray[np.float64], z: int) -> NDArray[np.float64]:
    """Pair and triplet production per atom, barn; 0 below 1.022 MeV. Source: see the module's text."""
    e = np.asarray(energy_MeV, dtype=float)
    threshold = 2.0 * ELECTRON_MASS_MEV
    logs = np.log(np.maximum(e, 1.5) / ELECTRON_MASS_MEV)
    f1, f2, f3 = (np.polynomial.polynomial.polyval(logs, c) for c in _PAIR)
    sigma = 1e-6 * z * (z + 1) * (f1 + f2 * z + f3 / z)
    below = np.clip((e - threshold) / (1.5 - threshold), 0.0, 1.0) ** 2
    return np.where(e > threshold, sigma * below, 0.0)


def klein_nishina_barn(energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
    """Total cross-section of a free electron, barn (Klein and Nishina 1929)."""
    a = np.asarray(energy_MeV, dtype=float) / ELECTRON_MASS_MEV
    log = np.log1p(2 * a)
    s = (
        (1 + a) / a**2 * (2 * (1 + a) / (1 + 2 * a) - log / a)
        + log / (2 * a)
        - (1 + 3 * a) / (1 + 2 * a) ** 2
    )
    return 2 * np.pi * CLASSICAL_RADIUS_CM**2 * 1e24 * s


def _recoil_fraction(energy_MeV: NDArray[np.float64], x: NDArray[np.float64], s: NDArray[np.float64]) -> Any:
    """Mean fraction of the energy that incoherent scattering gives to the electron, by quadrature."""
    mu, w = np.polynomial.legendre.leggauss(256)
    a = energy_MeV[:, None] / ELECTRON_MASS_MEV
    r = 1.0 / (1.0 + a * (1.0 - mu))
    q = energy_MeV[:, None] * 1e3 / HC_KEV_ANGSTROM * np.sqrt(0.5 * (1.0 - mu))
    weight = w * r**2 * (r + 1.0 / r - 1.0 + mu**2) * np.interp(q, x, s)
    return (weight * (1.0 - r)).sum(axis=1) / weight.sum(axis=1)


class CrossSections(NamedTuple):
    """Tables of M materials, with air outside as index 0 (all zero).

    log_low, per_step: index of an energy is (ln E - log_low) * per_step, into N_ENERGY knots.
    photo, coherent, incoherent, pair: linear attenuation in 1/cm, (M, N_ENERGY).
    transfer: energy transferred to electrons per cm and per MeV of photon energy, 1/cm.
    majorant: the largest total over the materials, (N_ENERGY,); between knots the larger of both holds.
    x_log_low, x_per_step, scatter: incoherent scattering function over Z, (M, N_X), on a log grid of x.
    x2, form: knots of x^2 and the integral of F^2 up to them, (N_X,), (M, N_X).
    density: g/cm3, (M,).
    """

    log_low: float
    per_step: float
    photo: NDArray[np.float64]
    coherent: NDArray[np.float64]
    incoherent: NDArray[np.float64]
    pair: NDArray[np.float64]
    transfer: NDArray[np.float64]
    majorant: NDArray[np.float64]
    x_log_low: float
    x_per_step: float
    scatter: NDArray[np.float64]
    x2: NDArray[np.float64]
    form: NDArray[np.float64]
    density: NDArray[np.float64]


def cross_sections(names: tuple[str, ...]) -> CrossSections:
    """Tables of the named materials, in that order from index 1."""
    return cross_sections_of([tissue(name) for name in names])


def cross_sections_of(tissues: Sequence[Tissue]) -> CrossSections:
    """Tables of some tissues, in that order from index 1, at their own densities."""
    e = np.geomspace(LOW_MEV, HIGH_MEV, N_ENERGY)
    x = np.geomspace(X_MIN, X_MAX, N_X)
    rows: dict[str, list[Any]] = {k: [] for k in ("photo", "coherent", "incoherent", "pair", "transfer")}
    scatter, form, density = [np.ones(N_X)], [np.linspace(0, 1, N_X)], [0.0]
    for column in rows.values():
        column.append(np.zeros(N_ENERGY))
    for t in tissues:
        mass, s, f2 = _mass_coefficients(t, e, x)
        for key in ("photo", "coherent", "incoherent", "pair"):
            rows[key].append(mass[key] * t.density_g_per_cm3)
        recoil = mass["incoherent"] * _recoil_fraction(e, x, s)
        made = mass["pair"] * np.maximum(0.0, 1.0 - 2.0 * ELECTRON_MASS_MEV / e)
        rows["transfer"].append((mass["photo"] + recoil + made) * t.density_g_per_cm3)
        scatter.append(s)
        area = np.concatenate([[0.0], np.cumsum(0.5 * (f2[1:] + f2[:-1]) * np.diff(x**2))])
        form.append(area)
        density.append(t.density_g_per_cm3)
    table = {key: np.array(column) for key, column in rows.items()}
    total = table["photo"] + table["coherent"] + table["incoherent"] + table["pair"]
    return CrossSections(
        float(np.log(LOW_MEV)), float((N_ENERGY - 1) / np.log(HIGH_MEV / LOW_MEV)),
        table["photo"], table["coherent"], table["incoherent"], table["pair"], table["transfer"],
        total.max(axis=0), float(np.log(X_MIN)), float((N_X - 1) / np.log(X_MAX / X_MIN)),
        np.array(scatter), x**2, np.array(form), np.array(density),
    )  # fmt: skip


def _mass_coefficients(t: Tissue, e: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """Mass coefficients (cm2/g) by process, scattering function over Z, and F^2 of a tissue."""
    xl = _xraylib()
    mass = {k: np.zeros(e.size) for k in ("photo", "coherent", "incoherent", "pair")}
    s, f2, electrons = np.zeros(x.size), np.zeros(x.size), 0.0
    reach = e <= XRAYLIB_LIMIT_MEV
    last = int(np.flatnonzero(reach)[-1])
    for z, w in t.fractions.items():
        weight = xl.AtomicWeight(z)
        per_gram = constants.N_A / weight * 1e-24  # atoms/g times cm2/barn
        for key, function in (("photo", xl.CS_Photo), ("coherent", xl.CS_Rayl), ("incoherent", xl.CS_Compt)):
            known = np.array([function(z, float(v) * 1e3) for v in e[reach]])
            if key == "incoherent":
                above = per_gram * z * klein_nishina_barn(e[~reach])
            else:
                slope = -2.0
                if key == "photo":
                    slope = np.log(known[-1] / known[-100]) / np.log(e[last] / e[last - 99])
                above = known[-1] * (e[~reach] / e[last]) ** slope
            mass[key] += w * np.concatenate([known, above])
        mass["pair"] += w * per_gram * pair_cross_section_barn(e, z)
        s += w / weight * np.array([_limited(xl.SF_Compt, z, q) for q in x])
        f2 += w / weight * np.array([_limited(xl.FF_Rayl, z, q) ** 2 for q in x])
        electrons += w / weight * z
    return mass, np.minimum(s / electrons, 1.0), f2


def _limited(function: Any, z: int, q: float) -> float:
    """A scattering function or form factor; beyond xraylib's table its last value (Z, or 0) holds."""
    try:
        return float(function(z, float(q)))
    except ValueError:
        return float(z) if function.__name__.startswith("SF") else 0.0
