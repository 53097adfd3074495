"""Replicas of a patient for the trials of a Monte Carlo: inputs really changed, the real chain run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.effective import weight_set
from dosimetry.doses.weighting import weighting
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.areas import area_of, used_curves
from dosimetry.patients.curve_methods import names_region
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Measurements, Patient
from dosimetry.patients.sources import tiacs_of
from dosimetry.svalues.folding import KINDS
from dosimetry.tiacs.tiacs import Tiacs, UsedCurve
from dosimetry.uncertainty.chain import Chain
from dosimetry.uncertainty.drawn_inputs import DrawnInputs
from dosimetry.uncertainty.draws import Draws
from dosimetry.uncertainty.effects import HEART, MARROW
from dosimetry.uncertainty.inputs import Input
from dosimetry.uncertainty.own_parts import CHOICE, COUNTS_AND_FIT, RULES, SAF, between_models
from dosimetry.uncertainty.responses import BODY, NO_BOUND, mass_in_use
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.excretion.urine import Urine
from milligray.errors import MilligrayError
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]


class Replicas:
    """K replicas of one patient, of one block of trials.

    Parameters
    ----------
    inputs : as stated, each with the mark that sets those of one name apart.
    rules : whether rules of trapezoids are drawn.
    weights : weight sets of effective dose.
    """

    def __init__(
        self,
        chain: Chain,
        inputs: Sequence[tuple[Input, str]],
        draws: Draws,
        rules: bool,
        weights: Sequence[str],
    ) -> None:
        self.chain, self.draws, self.rules, self.weights = chain, draws, rules, weights
        self.drawn = DrawnInputs(chain, inputs, draws)
        self.failed: dict[str, int] = {}

    def results(self) -> Array:
        """(K, Q) quantities of each trial, in the order of the budget's; NaN where a trial has none."""
        doses, tiacs = self._doses_and_tiacs()
        found = [tiacs, doses.sum(axis=1)]
        for name in self.weights:
            chosen = weight_set(name)
            kinds = np.array(
                [float(chosen["radiation_weight_alpha"]) if k == "alpha" else 1.0 for k in KINDS]
            )
            result = self.chain.result.doses
            equivalent = np.einsum("bkt,k->bt", doses, kinds)
            done = np.isfinite(equivalent).all(axis=1)
            total = np.full(len(equivalent), np.nan)
            if done.any():
                total[done] = weighting(chosen, result.targets, result.sex).of(equivalent[done]).total
            found.append(total[:, None])
        return np.concatenate(found, axis=1)

    def _doses_and_tiacs(self) -> tuple[Array, Array]:
        """(K, 3, T) doses by kind of radiation, and (K, n or n + 1) TIACs."""
        chain, k = self.chain, self.draws.size
        made = self._tiacs()
        whole = chain.tiacs.whole_body is not None
        tiacs = np.full((k, len(chain.sources) + whole), np.nan)
        doses = np.full((k, len(KINDS), len(chain.result.doses.targets)), np.nan)
        given: dict[int, Given] = {}
        for i, tiac in made.items():
            tiacs[i, : len(chain.sources)] = [tiac[s] for s in chain.sources]
            if tiac.whole_body is not None:
                tiacs[i, -1] = tiac.whole_body.value_h
            given[i] = self._given(i, tiac)
        for i, dose in self._absorbed(given).items():
            doses[i] = dose
        doses = doses * np.maximum(self.drawn.dose * self._saf(), 0.0)[:, None, :]
        tiacs[np.isnan(doses).any(axis=(1, 2))] = np.nan
        return doses, tiacs

    def _absorbed(self, given: Mapping[int, Given]) -> dict[int, Array]:
        """Doses of the trials that have any; where the batch is refused, of each alone."""
        m = self.chain.methods
        found: dict[int, Array] = {}

        def run(some: Mapping[int, Given]) -> None:
            doses = absorbed_doses(
                list(some.values()), self.chain.nuclide, self.chain.patient.phantom, daughters=m.daughters,
                masses=m.target_masses, convention=m.convention, bound=NO_BOUND,
            )  # fmt: skip
            for i, dose in zip(some, doses, strict=True):
                found[i] = np.stack([dose.part_mGy_per_MBq[k] for k in KINDS])

        try:
            run(given)
        except MilligrayError:
            for i, one in given.items():
                try:
                    run({i: one})
                except MilligrayError as error:
                    self._fail(error)
        return found

    def _given(self, i: int, tiacs: Tiacs) -> Given:
        """What the doses of one trial are made from: the TIACs, and the masses that were changed."""
        chain, patient = self.chain, self.chain.patient
        organs, body = dict(tiacs.organ_mass_kg), tiacs.body_mass_kg
        if not chain.curves and body is not None and BODY in self.drawn.mass:
            body = body * float(self.drawn.mass[BODY][i])
        for region, factor in self.drawn.mass.items():
            if region == BODY or (region in organs and chain.curves):  # as measured: changed there already
                continue
            mass = mass_in_use(chain.methods, patient.phantom, tiacs.organ_mass_kg, body, region)
            if mass is not None:
                organs[region] = mass * float(factor[i])
        sure = tuple(s for s in (*chain.sources, *organs) if s != REMAINDER)
        values = {t.source: t.value_h for t in tiacs.tiacs}
        return Given(values, None, organs, body, patient.name, patient.absent, sure)

    def _saf(self) -> Array:
        """(K, T) factors by the statistics of the SAFs."""
        doses = self.chain.result.doses
        se, total = doses.se_from_saf_mGy_per_MBq, doses.total_mGy_per_MBq
        found = np.ones((self.draws.size, len(doses.targets)))
        if se is not None:
            for i, target in enumerate(doses.targets):
                if total[i] > 0.0:
                    found[:, i] += self.draws.of(SAF, (doses.body, target))[:, 0] * (se[i] / total[i])
        return found

    def _tiacs(self) -> dict[int, Tiacs]:
        """TIACs of the trials that have any."""
        if not self.chain.curves:
            return dict(enumerate(self._given_tiacs()))
        patients = {}
        for i in range(self.draws.size):
            try:
                patients[i] = self._patient(i)
            except MilligrayError as error:
                self._fail(error)
        wrong: dict[int, DosimetryError] = {}
        numbers = list(patients)
        used = used_curves(list(patients.values()), self.chain.methods, None, failed=wrong)
        found = {}
        for j, (i, curves) in enumerate(zip(numbers, used, strict=True)):
            if j in wrong:
                self._fail(wrong[j])
                continue
            try:
                found[i] = self._made(i, patients[i], curves)
            except MilligrayError as error:
                self._fail(error)
        return found

    def _made(self, i: int, patient: Patient, used: Mapping[str, UsedCurve]) -> Tiacs:
        """TIACs of one trial, with its constants."""
        chain, mass = self.chain, self.drawn.mass
        methods, nuclide = self._methods(i), self._nuclide(i)
        library = chain.library
        if mass:
            kg = dict(library.source_mass_kg)
            for region, factor in mass.items():
                if region in kg:
                    kg[region] *= float(factor[i])
            library = replace(library, source_mass_kg=kg)
        return tiacs_of(patient, methods, used, library, nuclide, trial=True)

    def _methods(self, i: int) -> Methods:
        methods, drawn = self.chain.methods, self.drawn
        if not drawn.density and np.all(drawn.marrow_factor == 1.0):
            return methods
        blood = methods.blood
        blood = replace(
            blood,
            extracellular_fraction=blood.extracellular_fraction * float(drawn.marrow_factor[i]),
            marrow_density_g_per_mL=blood.marrow_density_g_per_mL * self._density(MARROW, i),
            blood_density_g_per_mL=blood.blood_density_g_per_mL * self._density(HEART, i),
        )
        tissue = dict(methods.tissue_density_g_per_mL)
        for region, factor in drawn.density.items():
            density = methods.density_g_per_mL(region)
            if density is not None and self.chain.made_of.get(region) == region:
                tissue[region] = density * float(factor[i])
        return replace(methods, tissue_density_g_per_mL=tissue, blood=blood)

    def _density(self, region: str, i: int) -> float:
        factor = self.drawn.density.get(region)
        return 1.0 if factor is None or self.chain.made_of.get(region) != SERUM else float(factor[i])

    def _nuclide(self, i: int) -> Nuclide:
        n = self.chain.nuclide
        factor = float(self.drawn.half_life[i])
        return n if factor == 1.0 else replace(n, half_life_s=n.half_life_s * factor)

    def _patient(self, i: int) -> Patient:
        """One replica: curves, times, noise, haematocrit, masses and urine changed."""
        chain, drawn = self.chain, self.drawn
        patient, constant = chain.patient, self._nuclide(i).lambda_per_h
        curves = {
            region: self._curve(region, used, i, constant)
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
            side = word.removeprefix("left ").removeprefix("right ")
            if region != BODY and (names_region(word, region) or names_region(side, region)):
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
        value = curve.value + self._noise(region, used)[i]
        value = value * self.drawn.factor[region][i] * self._of_method(region, used)[i]
        if np.any(value < 0.0):
            raise KineticsError(f"{region}: a value below 0")
        return Curve(
            time_h=self.drawn.times(region)[i],
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
        """(K, 1) factors by the rules of trapezoids, and by the disagreement of models."""
        found = np.ones(self.draws.size)
        under = area_of(used).value
        if used.area is not None and self.rules:
            for rule, u in used.area.u_rules.items():
                found += self.draws.of(f"{RULES}: {rule}", (), "rectangular")[:, 0] * (u / under)
        elif used.fit is not None:
            between = between_models(used) ** 0.5
            if between > 0.0:
                found += self.draws.of(CHOICE, (self.chain.name, region))[:, 0] * (between / under)
        return found[:, None]

    def _given_tiacs(self) -> list[Tiacs]:
        """Given TIACs with their own errors; one below 0 is 0."""
        tiacs, k = self.chain.tiacs, self.draws.size
        values = np.tile([t.value_h for t in tiacs.tiacs], (k, 1))
        for j, tiac in enumerate(tiacs.tiacs):
            for name, se in (tiac.se_parts_h or {}).items():
                values[:, j] += se * self.draws.of(COUNTS_AND_FIT, (self.chain.name, name))[:, 0]
        return [
            replace(
                tiacs,
                tiacs=tuple(
                    replace(t, value_h=max(float(v), 0.0)) for t, v in zip(tiacs.tiacs, row, strict=True)
                ),
            )
            for row in values
        ]

    def _fail(self, error: MilligrayError) -> None:
        """A trial without a result: counted by its reason, numbers left out."""
        reason = re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?", "...", str(error).splitlines()[0])
        self.failed[reason] = self.failed.get(reason, 0) + 1
