"""Typical values, spreads and areas against a full Bayesian sampler (numpyro's NUTS), where it is installed.

Both have the same priors (kinetics/mixed_effects/draws/target.py) and the same model, so that posterior means
agree but for what a finite number of draws leaves. Differences that are left by nature: the fit's own
estimates are modes, of the restricted likelihood, and a mode and a mean of a skewed posterior lie apart.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from kinetics import fit_population
from kinetics.mixed_effects.draws.target import FREEDOM, SCALE
from tests.kinetics.mixed_effects.cohorts import LAMBDA, simulated

N, TIMES, SHORTEST_H = 12, 5, 4.0
#: Draws of the sampler, in chains.
CHAINS, DRAWS = 2, 1500


def sampled(time: np.ndarray, value: np.ndarray, there: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of means, spreads, b and areas, and how many count; jax has threads, so in its own process."""
    import jax
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from numpyro.diagnostics import effective_sample_size
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)

    def model() -> None:
        real = dist.constraints.real_vector
        mean = numpyro.sample("mean", dist.ImproperUniform(real, (), (3,)))
        rate = jnp.exp(mean[1:])
        numpyro.factor("rates", -(jnp.log1p(LAMBDA / rate) + jnp.log1p(rate * SHORTEST_H)).sum())
        sd = numpyro.sample("sd", dist.Uniform(0, 3).expand([3]).to_event(1))
        numpyro.factor("spreads", dist.StudentT(FREEDOM, 0, SCALE).log_prob(sd).sum())
        b = numpyro.sample("b", dist.Uniform(0, 3))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([N, 3]).to_event(2))
        a, slow, fast = (jnp.exp(mean + sd * z)[:, [k]] for k in range(3))
        f = a * (jnp.exp(-(slow + LAMBDA) * time) - jnp.exp(-(fast + LAMBDA) * time))
        f = jnp.where(there, f, 1.0)
        numpyro.deterministic("area", (a * (1 / (slow + LAMBDA) - 1 / (fast + LAMBDA)))[:, 0])
        with numpyro.handlers.mask(mask=there):
            numpyro.sample("y", dist.Normal(f, b * jnp.abs(f) + 1e-12), obs=value)

    sampler = MCMC(
        NUTS(model, target_accept_prob=0.9), num_warmup=500, num_samples=DRAWS, num_chains=CHAINS,
        chain_method="vectorized", progress_bar=False,
    )  # fmt: skip
    begin = {"mean": jnp.log(jnp.array([10, 0.01, 0.1])), "sd": jnp.full(3, -1.0), "z": jnp.zeros((N, 3))}
    begin = {k: jnp.tile(v, (CHAINS, *[1] * v.ndim)) for k, v in begin.items()}
    sampler.run(jax.random.PRNGKey(0), init_params=begin | {"b": jnp.full(CHAINS, -3.0)})
    grouped = sampler.get_samples(group_by_chain=True)
    found = {k: np.asarray(v).reshape(-1, *v.shape[2:]) for k, v in grouped.items()}
    for k in ("mean", "sd", "b", "area"):
        found[f"{k} count"] = np.asarray(effective_sample_size(np.asarray(grouped[k])))
    return found


def test_the_same_as_a_sampler() -> None:
    if importlib.util.find_spec("numpyro") is None:
        pytest.skip("numpyro isn't installed (pip install milligray[bayes])")
    curves, _ = simulated(
        "uptake", (10.0, 0.01, 0.1), 0.3, N, 0.08, 7, points=[1 + i % TIMES for i in range(N)]
    )
    assert min(np.diff(np.append(0.0, c.time_h)).min() for c in curves) == SHORTEST_H
    time, value, there = np.zeros((N, TIMES)), np.ones((N, TIMES)), np.zeros((N, TIMES), dtype=bool)
    for i, c in enumerate(curves):
        time[i, : len(c)], value[i, : len(c)], there[i, : len(c)] = c.time_h, c.value, True

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        drawn = pool.submit(sampled, time, value, there).result()
    fit = fit_population(curves, "uptake", residual="proportional")
    own = fit.posterior
    assert own is not None and own.determined and own.settled

    def same(ours: float, theirs: np.ndarray, count: float) -> None:
        """Within 2 %, and what the two's finite draws leave of a mean at four standard errors."""
        left = 4 * theirs.std() * np.sqrt(1 / count + 1 / 600)  # of the fit's 1536 draws 600 count at least
        assert abs(ours / theirs.mean() - 1) < 0.02 + left / abs(theirs.mean()), (ours, theirs.mean())

    print()
    for k, name in enumerate(fit.population.parameters):
        for what, mine, theirs, count in (
            ("typical", own.typical[name], np.exp(drawn["mean"][:, k]), drawn["mean count"][k]),
            ("SD", own.sd[name], drawn["sd"][:, k], drawn["sd count"][k]),
        ):
            off = 100 * (mine.mean / theirs.mean() - 1)
            print(f"{what} {name}: {mine.mean:.5g}, NUTS {theirs.mean():.5g} ({off:+.1f} %)")
            print(f"  their SDs {mine.sd:.3g}, {theirs.std():.3g}; draws of NUTS that count {count:.0f}")
            same(mine.mean, theirs, count)
            assert mine.sd == pytest.approx(theirs.std(), rel=0.15)
            wide = np.quantile(theirs, 0.975) - np.quantile(theirs, 0.025)
            assert mine.high - mine.low == pytest.approx(wide, rel=0.15)
    print(f"b: {own.residual['b'].mean:.4g}, NUTS {drawn['b'].mean():.4g}")
    same(own.residual["b"].mean, drawn["b"], float(drawn["b count"]))
    # the fit's own estimates are modes
    mean = np.array([e.value for e in fit.fixed.values()])
    assert (np.abs(mean - drawn["mean"].mean(axis=0)) < 1.5 * drawn["mean"].std(axis=0)).all()
    sd = np.array([e.value for e in fit.sd.values()])
    assert (np.abs(sd - drawn["sd"].mean(axis=0)) < 1.5 * drawn["sd"].std(axis=0)).all()

    logs = np.log(drawn["area"])
    for i, patient in enumerate(fit.individuals):
        assert patient.log_areas is not None and patient.se_area is not None
        wide = logs[:, i].std()
        assert abs(patient.log_areas.mean() - logs[:, i].mean()) < 0.2 * wide
        assert abs(np.log(patient.area) - logs[:, i].mean()) < wide
        assert patient.log_areas.std() == pytest.approx(wide, rel=0.15)
        low, high = np.log(patient.area_interval())  # type: ignore[arg-type]
        width = np.quantile(logs[:, i], 0.975) - np.quantile(logs[:, i], 0.025)
        assert high - low == pytest.approx(width, rel=0.2)
