"""Estimates, spreads and areas against a full Bayesian sampler (numpyro's NUTS), where it is installed.

The sampler has the priors that the fit's intervals are drawn with: flat in typical logarithms, in spreads and
in b. Differences that are left by nature: the fit's own estimates are modes, of likelihood and of posterior,
not means; a mode and a mean of a skewed posterior lie up to a standard deviation apart.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from kinetics import fit_population
from tests.kinetics.mixed_effects.cohorts import LAMBDA, simulated

N, TIMES = 12, 5


def sampled(time: np.ndarray, value: np.ndarray, there: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of means, spreads, b and areas; jax has threads, so in a process of its own."""
    import jax
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)

    def model() -> None:
        real = dist.constraints.real_vector
        mean = numpyro.sample("mean", dist.ImproperUniform(real, (), (3,)))
        sd = numpyro.sample("sd", dist.Uniform(0, 3).expand([3]).to_event(1))
        b = numpyro.sample("b", dist.Uniform(0, 3))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([N, 3]).to_event(2))
        a, slow, fast = (jnp.exp(mean + sd * z)[:, [k]] for k in range(3))
        f = a * (jnp.exp(-(slow + LAMBDA) * time) - jnp.exp(-(fast + LAMBDA) * time))
        f = jnp.where(there, f, 1.0)
        numpyro.deterministic("area", (a * (1 / (slow + LAMBDA) - 1 / (fast + LAMBDA)))[:, 0])
        with numpyro.handlers.mask(mask=there):
            numpyro.sample("y", dist.Normal(f, b * jnp.abs(f) + 1e-12), obs=value)

    sampler = MCMC(NUTS(model, target_accept_prob=0.9), num_warmup=500, num_samples=1500, progress_bar=False)
    begin = {"mean": jnp.log(jnp.array([10, 0.01, 0.1])), "sd": jnp.full(3, -1.0), "z": jnp.zeros((N, 3))}
    sampler.run(jax.random.PRNGKey(0), init_params=begin | {"b": jnp.array(-3.0)})
    return {k: np.asarray(v) for k, v in sampler.get_samples().items()}


def test_the_same_as_a_sampler() -> None:
    if importlib.util.find_spec("numpyro") is None:
        pytest.skip("numpyro isn't installed (pip install milligray[bayes])")
    curves, _ = simulated(
        "uptake", (10.0, 0.01, 0.1), 0.3, N, 0.08, 7, points=[1 + i % TIMES for i in range(N)]
    )
    time, value, there = np.zeros((N, TIMES)), np.ones((N, TIMES)), np.zeros((N, TIMES), dtype=bool)
    for i, c in enumerate(curves):
        time[i, : len(c)], value[i, : len(c)], there[i, : len(c)] = c.time_h, c.value, True

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        drawn = pool.submit(sampled, time, value, there).result()
    fit = fit_population(curves, "uptake", residual="proportional")
    wide = {k: drawn[k].std(axis=0) for k in drawn}
    mean = np.array([e.value for e in fit.fixed.values()])
    assert np.abs(mean - drawn["mean"].mean(axis=0)).max() < 1.5 * wide["mean"].max()
    sd = np.array([e.value for e in fit.sd.values()])
    assert (np.abs(sd - np.median(drawn["sd"], axis=0)) < 1.5 * wide["sd"]).all()
    assert abs(fit.residual["b"].value - np.median(drawn["b"])) < wide["b"]
    logs = np.log(drawn["area"])
    for i, own in enumerate(fit.individuals):
        assert own.log_areas is not None and own.area_weights is not None and own.se_area is not None
        centre = np.average(own.log_areas, weights=own.area_weights)
        assert abs(centre - logs[:, i].mean()) < 0.3 * logs[:, i].std()
        assert abs(np.log(own.area) - logs[:, i].mean()) < logs[:, i].std()
        assert own.se_area / own.area == pytest.approx(logs[:, i].std(), rel=0.35)
        low, high = np.log(own.area_interval())  # type: ignore[arg-type]
        width = np.quantile(logs[:, i], 0.975) - np.quantile(logs[:, i], 0.025)
        assert high - low == pytest.approx(width, rel=0.35)
