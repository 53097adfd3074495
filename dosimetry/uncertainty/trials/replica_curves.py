"""A patient of one trial: curves with drawn factors, times and noise; haematocrit, masses and urine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.patients.areas import area_of
from dosimetry.patients.curve_methods import names_region_or_side
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Measurements, Patient
from dosimetry.tiacs.tiacs import UsedCurve
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.own_parts import COUNTS_AND_FIT, RULES
from dosimetry.uncertainty.propagation.responses import BODY
from dosimetry.uncertainty.trials.drawn_areas import as_measured, is_drawn
from dosimetry.uncertainty.trials.drawn_inputs import DrawnInputs
from dosimetry.uncertainty.trials.draws import Draws
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.excretion.urine import Urine

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReplicaPatients:
    """The patients of the trials of one block.

    rules : whether rules of trapezoids are drawn.
    """

    chain: Chain
    drawn: DrawnInputs
    draws: Draws
    rules: bool
    _values: dict[str, Array] = field(default_factory=dict)
    _times: dict[str, Array] = field(default_factory=dict)

    def patient(self, i: int, constant_per_h: float) -> Patient:
        """One replica: curves, times, noise, haematocrit, masses and urine changed."""
        chain, drawn = self.chain, self.drawn
        patient, constant = chain.patient, constant_per_h
        curves = {
            region: as_measured(chain, region)
            if is_drawn(chain, region)
            else self._curve(region, used, i, constant)
            for region, used in chain.curves.items()
        }  # fmt: skip
        organs = {r: c for r, c in curves.items() if r not in (WHOLE_BODY, SERUM)}
        measured = Measurements(whole_body=curves[WHOLE_BODY], serum=curves.get(SERUM), organs=organs)
        changed: dict[str, object] = {"measurements": measured}
        if patient.haematocrit is not None:
            changed["haematocrit"] = patient.haematocrit + float(drawn.haematocrit[i])
        if BODY in drawn.mass and patient.body_mass_kg is not None:
            changed["body_mass_kg"] = patient.body_mass_kg * float(drawn.mass[BODY][i])
        if patient.organ_mass_kg:
            changed["organ_mass_kg"] = {
                word: kg * self._factor_of_mass(word, i) for word, kg in patient.organ_mass_kg.items()
            }
        if patient.urine is not None:
            changed["urine"] = self._urine(i)
        return replace(patient, **changed)  # type: ignore[arg-type]

    def _factor_of_mass(self, word: str, i: int) -> float:
        for region, factor in self.drawn.mass.items():
            if region != BODY and names_region_or_side(word, region):
                return float(factor[i])
        return 1.0

    def _urine(self, i: int) -> Urine:
        urine = self.chain.patient.urine
        assert urine is not None
        value = urine.percent_ia * float(self.drawn.urine[i])
        if urine.sd_percent_ia is not None:
            key = (self.chain.name, "urine")
            noise = self.draws.of(COUNTS_AND_FIT, key, n=value.size)[i]
            value = value + noise * urine.sd_percent_ia
        return replace(urine, percent_ia=value)

    def _curve(self, region: str, used: UsedCurve, i: int, constant: float) -> Curve:
        """One curve of a trial; of weights by standard deviations those stay as they are."""
        curve = used.curve if used.fit is None else used.fit.curve
        if region not in self._values:
            noisy = curve.value + self._noise(region, used)
            self._values[region] = noisy * self.drawn.factor[region] * self._of_method(region, used)
            self._times[region] = self.drawn.times(region)
        value = self._values[region][i]
        if np.any(value < 0.0):
            raise KineticsError(f"{region}: a value below 0")
        return Curve(
            time_h=self._times[region][i],
            value=value,
            unit=curve.unit,
            decay_corrected=curve.decay_corrected,
            sd=None if used.fit is None else curve.sd,
            name=region,
            reference_h=curve.reference_h,
            lambda_phys_per_h=constant,
        )

    def _noise(self, region: str, used: UsedCurve) -> Array:
        """(K, N) of a curve's points, by their standard deviations and what is common to them.

        Where their scale was estimated from few residuals they are Student's t (JCGM 101, 6.4.9).
        """
        fit = used.fit
        k = self.draws.size
        curve = used.curve if fit is None else fit.curve
        variance, freedom = None if curve.sd is None else curve.sd**2, None
        if fit is not None:
            factor = fit.variance_factor
            variance = None if factor is None or fit.covariance is None else fit.errors.sd**2 * factor
            freedom = None if fit.errors.known else fit.degrees_of_freedom
        if variance is None:
            return np.zeros((k, len(curve)))
        factors = curve.error_factors(variance)
        key = (self.chain.name, region)
        noise = self.draws.of(COUNTS_AND_FIT, key, n=factors.shape[1])
        if freedom is not None:
            chi2 = self.draws.generator(COUNTS_AND_FIT, key, "scale").chisquare(freedom, k)
            noise = noise * np.sqrt(freedom / chi2)[:, None]
        return np.asarray(noise @ factors.T)

    def _of_method(self, region: str, used: UsedCurve) -> Array:
        """(K, 1) factors by the rules of trapezoids."""
        found = np.ones(self.draws.size)
        under = area_of(used).value
        if used.area is not None and self.rules:
            for rule in used.area.u_rules:
                off = self.draws.of(f"{RULES}: {rule}", (), "rectangular")[:, 0]
                found += (used.area.offset_rules[rule] + off * used.area.spread_rule(rule)) / under
        return found[:, None]
