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
from dosimetry.patients.areas import used_curves
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, Patient
from dosimetry.patients.sources import tiacs_of
from dosimetry.svalues.folding import KINDS
from dosimetry.tiacs.tiacs import Tiacs, UsedCurve
from dosimetry.uncertainty.inputs import Input
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.effects import HEART, MARROW
from dosimetry.uncertainty.propagation.first_order import weights_given
from dosimetry.uncertainty.propagation.own_parts import COUNTS_AND_FIT, SAF
from dosimetry.uncertainty.propagation.responses import BODY, NO_BOUND, mass_in_use
from dosimetry.uncertainty.trials.drawn_areas import area_factors, is_drawn, with_area
from dosimetry.uncertainty.trials.drawn_inputs import DrawnInputs
from dosimetry.uncertainty.trials.draws import Draws
from dosimetry.uncertainty.trials.replica_curves import ReplicaPatients
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
        self.chain, self.draws, self.weights = chain, draws, weights_given(chain, weights)
        self.drawn = DrawnInputs(chain, inputs, draws)
        self.patients = ReplicaPatients(chain, self.drawn, draws, rules)
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
                patients[i] = self.patients.patient(i, self._nuclide(i).lambda_per_h)
            except MilligrayError as error:
                self._fail(error)
        wrong: dict[int, DosimetryError] = {}
        numbers = list(patients)
        factors = {
            region: area_factors(self.chain, region, self.drawn, self.draws)
            for region in self.chain.curves
            if is_drawn(self.chain, region)
        }
        used = used_curves(list(patients.values()), self.chain.methods, None, failed=wrong, without=factors)
        found = {}
        for j, (i, curves) in enumerate(zip(numbers, used, strict=True)):
            if j in wrong:
                self._fail(wrong[j])
                continue
            try:
                for region, factor in factors.items():
                    curves[region] = with_area(self.chain, region, float(factor[i]))
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
