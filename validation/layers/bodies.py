"""Doses per hour of TIAC in one body, and their mean over bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import pandas as pd

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from phantoms.errors import PhantomError
from phantoms.library.installed import find


@lru_cache(maxsize=64)
def dose_per_h(
    nuclide: str,
    phantom: str,
    sources: tuple[str, ...],
    body_mass_kg: float | None = None,
    convention: str | None = None,
) -> pd.DataFrame:
    """Dose per hour of TIAC, mGy/MBq per h: targets x sources; a remainder is that of all these sources."""
    nothing = dict.fromkeys(sources, 0.0)
    # an hour, or what a nuclide that lives shorter can have
    hours = min(1.0, find_nuclide(nuclide).half_life_h)

    def one(source: str) -> pd.Series:
        tiac_h = {**nothing, source: hours}
        dose = absorbed_dose(tiac_h, nuclide, phantom, body_mass_kg=body_mass_kg, convention=convention)
        return dose.total / hours

    return pd.DataFrame({s: one(s) for s in sources})


def weighted(
    matrices: Mapping[str, pd.DataFrame],
    weights: Mapping[str, float],
    only: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Mean over bodies by weights of any sum; ``only``: target -> the one body that it is taken from."""
    first, total = next(iter(matrices.values())), sum(weights.values())
    targets = [t for t in first.index if all(t in m.index for m in matrices.values())]
    mean = pd.DataFrame(0.0, index=targets, columns=first.columns)
    for phantom, matrix in matrices.items():
        mean += matrix.loc[targets] * (weights[phantom] / total)
    for target, phantom in (only or {}).items():
        mean.loc[target] = matrices[phantom].loc[target]
    return mean


def missing(phantoms: Iterable[str]) -> str:
    """Why a check cannot be run: a body that is not there; "" where all are."""
    for phantom in phantoms:
        try:
            find(phantom)
        except PhantomError:
            what = "ICRP 133 not imported" if "icrp" in phantom.lower() else "no such SAF library"
            return f"{what} (phantom '{phantom}')"
    return ""
