"""A value with next to no SD beside others: draws have hardly any room, the interval holds the area."""

from __future__ import annotations

import numpy as np

from kinetics import Curve, fit_population_models


def test_the_interval_holds_the_area() -> None:
    values = ([3.796, 2.629, 1.257, 0.2347], [3.028, 1.95, 0.797, 0.1143], [4.486, 3.161, 1.382, 0.2399])
    curves = []
    for i, v in enumerate(values):
        sd = 0.05 * np.array(v)
        if i == 0:
            sd[-1] = 1.17e-8
        curves.append(
            Curve(
                time_h=[4, 24, 72, 168], value=v, sd=sd, unit="%IA", decay_corrected=False, half_life_h=78.41,
                name=f"P0{i + 1}",
            )
        )  # fmt: skip
    fit = fit_population_models(curves, models=["monoexponential"], residual="sd+proportional").chosen
    for own in fit.individuals:
        low, high = own.area_interval() or (np.nan, np.nan)
        assert low <= own.area <= high
