"""A small body with made-up but consistent SAFs: liver, kidneys, stomach with contents, total body."""

import numpy as np
from scipy.constants import electron_volt

from dosimetry.nuclides.nuclide import Nuclide
from phantoms.library.saf import SafLibrary, SafTable

MEV_TO_MGY = electron_volt * 1e6 * 1e6 * 1e3  # 1 MeV per decay in 1 kg, mGy per MBq.s

ENERGY_MEV = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0])
MASS_KG = {"liver": 1.9, "kidneys": 0.3, "stomach wall": 0.15, "stomach contents": 0.25, "total body": 70.0}
TARGETS = ("kidneys", "liver", "stomach wall", "total body")
SOURCES = ("kidneys", "liver", "stomach contents", "stomach wall", "total body")


def make_library(*, alpha=True, electron=True, relative_se=0.02, sex="male"):
    """Photons: an absorbed fraction by mass in the body and 0.4 (10 keV/E)^0.5 of the rest in itself.

    SAF(T<-total body) is the mass-weighted mean over the named sources and a rest of the body, so that the
    remainder is known in closed form: see :func:`rest_saf`.
    """
    shape = (len(TARGETS), len(SOURCES), ENERGY_MEV.size)
    photon = np.zeros(shape)
    named = [s for s in SOURCES if s != "total body"]
    rest_kg = MASS_KG["total body"] - sum(MASS_KG[s] for s in named)
    for i, t in enumerate(TARGETS):
        for j, s in enumerate(SOURCES[:-1]):
            self_part = 0.4 * (0.01 / ENERGY_MEV) ** 0.5 / MASS_KG[t] if s == t else 0.0
            photon[i, j] = 0.3 / MASS_KG["total body"] + self_part + 1e-3 * (i + 1) / (j + 1)
        photon[i, -1] = sum(photon[i, j] * MASS_KG[s] for j, s in enumerate(SOURCES[:-1]))
        photon[i, -1] = (photon[i, -1] + rest_kg * rest_saf(i)) / MASS_KG["total body"]
    charged = np.zeros(shape[:2])
    for i, t in enumerate(TARGETS):
        for j, s in enumerate(SOURCES):
            if s == t:
                charged[i, j] = 1.0 / MASS_KG[t]
            elif "total body" in (s, t):
                charged[i, j] = 1.0 / MASS_KG["total body"]
    charged[2, 2] = 0.5 / MASS_KG["stomach contents"]
    one = np.array([1.0])
    tables = {"photon": SafTable(ENERGY_MEV, photon, np.full(shape, relative_se) if relative_se else None)}
    if electron:
        tables["electron"] = SafTable(one, charged[:, :, None])
    if alpha:
        tables["alpha"] = SafTable(one, charged[:, :, None])
    return SafLibrary(
        phantom="toy body",
        sex=sex,
        targets=TARGETS,
        sources=SOURCES,
        target_mass_kg={t: MASS_KG[t] for t in TARGETS},
        source_mass_kg=MASS_KG,
        tables=tables,
        provenance={"origin": "made up for tests"},
    )


def rest_saf(target_index):
    """Photon SAF of target i from the rest of the body, 1/kg, at all energies."""
    return 0.004 + 0.001 * target_index


def lines(**emissions):
    """A nuclide with the given emissions: pairs of energy in MeV and yield."""
    named = {k.replace("_", " "): np.atleast_2d(np.array(v, dtype=float)) for k, v in emissions.items()}
    return Nuclide("Xx-1", 3.6e6, named)  # TIACs of up to 1443 h are possible
