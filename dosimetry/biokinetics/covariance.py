"""Covariance of a biokinetic model's TIACs, where its parameters were fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.biokinetics.slopes import tiac_matrix
from kinetics.compartments.fit import CompartmentFit
from kinetics.compartments.given import ModelFile
from kinetics.compartments.gradient import by_parameters

if TYPE_CHECKING:
    import pandas as pd


def of_sources(
    given: ModelFile,
    fit: CompartmentFit,
    tiac_h: Mapping[str, Mapping[str, float]],
    sources: Mapping[str, Mapping[str, Mapping[str, float]]],
    until_h: float,
) -> pd.DataFrame:
    """Covariance of the TIACs by (nuclide, source region), h2, from that of the fitted parameters.

    Parameters
    ----------
    given, fit : the model and its fit, which has a covariance.
    tiac_h : nuclide -> source region -> TIAC in h: the order of rows and columns.
    sources : nuclide -> compartment -> {source region: share}.
    until_h : end of the commitment period, h.
    """
    import pandas as pd

    assert fit.covariance is not None
    values = {name: estimate.value for name, estimate in fit.parameters.items()}
    slopes = by_parameters(given, values, fit.free, lambda model: tiac_matrix(model, until_h).ravel())
    by_compartment = slopes @ fit.covariance @ slopes.T
    keys = [(n, source) for n, table in tiac_h.items() for source in table]
    compartments = given.model.compartments
    matrix = np.zeros((len(keys), len(by_compartment)))
    for m, nuclide in enumerate(tiac_h):
        for c, compartment in enumerate(compartments):
            for source, share in sources[nuclide][compartment].items():
                if (nuclide, source) in keys:
                    matrix[keys.index((nuclide, source)), m * len(compartments) + c] += share
    index = pd.MultiIndex.from_tuples(keys, names=["nuclide", "source"])
    return pd.DataFrame(matrix @ by_compartment @ matrix.T, index=index, columns=index)
