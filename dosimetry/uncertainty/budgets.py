"""The uncertainty budget of patients: from counts to mSv, by first order and by Monte Carlo."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.nuclides.nuclide import nuclide as nuclide_of
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.svalues.folding import library_of
from dosimetry.uncertainty.cohort_budget import CohortBudget
from dosimetry.uncertainty.inputs import UncertaintyMethod
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.effects import mass_regions
from dosimetry.uncertainty.propagation.first_order import first_order
from dosimetry.uncertainty.propagation.responses import Body, Responses
from dosimetry.uncertainty.trials.monte_carlo import TrialProgress, with_monte_carlo


def budgets(
    patients: Sequence[Patient],
    methods: Methods,
    nuclide: str | Nuclide,
    weights: Sequence[str],
    method: UncertaintyMethod,
    *,
    results: Sequence[PatientResult] | None = None,
    executor: Executor | None = None,
    progress: TrialProgress | None = None,
) -> CohortBudget:
    """Uncertainty budgets of patients, by first order (JCGM 100:2008, 5.2) with all covariances.

    Each independent error is carried through the whole chain as the signed change that one standard
    uncertainty of it makes in every TIAC, absorbed dose and effective dose; errors that patients share are
    the same error, so that covariances between organs and between patients are sums of products. Where the
    method asks for a Monte Carlo, that of every patient stands beside it.

    Parameters
    ----------
    patients, methods, nuclide, weights : as results are made of.
    method : the inputs with their standard uncertainties.
    results : of the same patients in the same order, where they are there; None: they are computed.
    executor : of the Monte Carlo: computes blocks of trials; numbers are the same with any, or none.
    progress : of the Monte Carlo: called with trials done, of how many, and the seconds that are left.

    Raises
    ------
    DosimetryError : as results are made; an input that names a region which no patient has.

    Examples
    --------
    >>> import numpy as np
    >>> from dosimetry import Effect, Input, Measurements, Methods, Patient, UncertaintyMethod
    >>> from kinetics import Curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> probe = Curve(time_h=t, value=100 * np.exp(-0.005 * t), unit="%IA", decay_corrected=True)
    >>> patient = Patient(
    ...     name="P01", sex="male", phantom="adult male", measurements=Measurements(whole_body=probe)
    ... )
    >>> methods = Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="relative",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... )
    >>> probe_5 = Input(
    ...     name="calibration of the probe", effects=(Effect("curve", 0.05, "whole body"),), kind="B",
    ...     distribution="normal", shared_by="everybody", source="certificate",
    ... )
    >>> found = budgets([patient], methods, "Zr-89", ["ICRP 103"], UncertaintyMethod(inputs=[probe_5]))
    >>> budget = found.budgets[0]
    >>> i = budget.of("tiac", "remainder")
    >>> round(float(budget.u()[i] / budget.value[i]), 4)
    0.05
    """
    n = nuclide_of(nuclide)
    if results is None:
        results = results_of(patients, methods, n, weights)
    if len(results) != len(patients):
        raise DosimetryError(f"{len(results)} results of {len(patients)} patients; one of each is needed")
    libraries = {p.phantom: library_of(p.phantom) for p in patients}
    chains = [Chain(p, methods, n, r, libraries[p.phantom]) for p, r in zip(patients, results, strict=True)]
    asked = [(Body.of(c.result), mass_regions(method.inputs, c)) for c in chains]
    responses = Responses(asked, methods, n)
    found = first_order(chains, responses, weights, method)
    if method.monte_carlo:
        found = with_monte_carlo(found, chains, weights, method, executor=executor, progress=progress)
    return CohortBudget(found, tuple(p.sex for p in patients))
