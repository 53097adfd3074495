"""Retention and excretion of a biokinetic model at chosen times, by nuclide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetics.compartments.given import ModelFile

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.biokinetics.model_doses import ModelDoses


def retention_table(given: ModelFile, nuclide: str, time_h: Sequence[float] | None = None) -> pd.DataFrame:
    """Activity per administered activity, with physical decay, in compartments, excreta, regions, whole body.

    Parameters
    ----------
    given : the model, from :func:`kinetics.read_model` or ``model_doses(...).given[body]``.
    nuclide : the parent's name, for the table.
    time_h : times in h; None: those of the file's [output].

    Returns
    -------
    A row a time and nuclide: ``time_h``, ``nuclide``, and a column for every compartment, sink, region and
    "whole body". At an emptying: just after it.

    Raises
    ------
    KineticsError : no times, or one below 0 or not finite.

    Examples
    --------
    >>> from kinetics import parse_model
    >>> given = parse_model({
    ...     "time_unit": "h", "half_life_h": 6.0, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 0.1},
    ... })
    >>> retention_table(given, "Tc-99m", [6.0]).round(4).to_dict("records")
    [{'time_h': 6.0, 'nuclide': 'Tc-99m', 'blood': 0.2744, 'out': 0.2256, 'whole body': 0.2744}]
    """
    import pandas as pd

    times = np.asarray(given.output_h if time_h is None else time_h, dtype=np.float64)
    model = given.model
    if given.chain is None:
        found = {nuclide: model.contents(times)}
    else:
        contents = given.chain.contents(times)
        found = {n: contents[:, m] for m, n in enumerate(given.chain.members)}
    names = list(dict.fromkeys((*model.states, *model.regions, "whole body")))
    frames = [
        pd.DataFrame(
            {"time_h": times, "nuclide": n} | {name: there[:, model.index(name)].sum(1) for name in names}
        )
        for n, there in found.items()
    ]
    return pd.concat(frames, ignore_index=True)


def retentions(found: ModelDoses, time_h: Sequence[float] | None = None) -> pd.DataFrame:
    """:func:`retention_table` of each body's model, with a first column ``body``.

    A compartment that one body's model lacks is a missing value there.

    Parameters
    ----------
    found : from :func:`dosimetry.model_doses`.
    time_h : times in h; None: those of the file's [output].

    Raises
    ------
    KineticsError : no times, or one below 0 or not finite.

    Examples
    --------
    >>> from dosimetry import model_doses
    >>> table = retentions(model_doses("examples/models/fdg-icrp128.toml", ages=True), [3.2])
    >>> table.set_index("body")["urinary bladder contents"].round(3).to_dict()["5 years"]
    0.001
    """
    import pandas as pd

    tables: dict[int, pd.DataFrame] = {}
    frames = []
    for label, given in found.given.items():
        if id(given) not in tables:
            tables[id(given)] = retention_table(given, next(iter(found.tiac_h[label])), time_h)
        one = tables[id(given)].copy()
        one.insert(0, "body", label)
        frames.append(one)
    return pd.concat(frames, ignore_index=True)
