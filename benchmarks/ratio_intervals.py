"""How often a 95 % interval of a ratio of two means holds the true ratio: by Fieller, by the logarithm.

    python benchmarks/ratio_intervals.py [--trials 100000] [--seed 1]

Both with Satterthwaite's degrees of freedom, of normal and of lognormal subjects, true ratio 1.25. "log" is
exp(ln(a/b) +- t sqrt(CV_a^2/n_a + CV_b^2/n_b)), the first-order interval.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

DESIGNS = ((3, 3), (3, 10), (6, 6), (6, 10), (10, 20))
SPREADS = ((0.15, 0.15), (0.30, 0.10), (0.10, 0.30))
RATIO = 1.25


def drawn(rng: np.random.Generator, mean: float, cv: float, shape: tuple[int, int], lognormal: bool):
    if not lognormal:
        return rng.normal(mean, mean * cv, shape)
    sigma = np.sqrt(np.log1p(cv**2))
    return mean * np.exp(sigma * rng.standard_normal(shape) - 0.5 * sigma**2)


def held(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Shares of trials in which Fieller's and the logarithm's interval hold the ratio, in %."""
    fieller = stats.ttest_ind(a, RATIO * b, axis=1, equal_var=False).pvalue >= 0.05
    n, m = a.shape[1], b.shape[1]
    va = a.var(axis=1, ddof=1) / n / a.mean(axis=1) ** 2
    vb = b.var(axis=1, ddof=1) / m / b.mean(axis=1) ** 2
    df = (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1))
    off = np.abs(np.log(a.mean(axis=1) / b.mean(axis=1)) - np.log(RATIO))
    return 100 * fieller.mean(), 100 * (off <= stats.t.ppf(0.975, df) * np.sqrt(va + vb)).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print("| n | CV / % | subjects | Fieller / % | logarithm / % |\n| --- | --- | --- | ---: | ---: |")
    for n in DESIGNS:
        for cv in SPREADS:
            for lognormal in (False, True):
                a = drawn(rng, RATIO, cv[0], (given.trials, n[0]), lognormal)
                b = drawn(rng, 1.0, cv[1], (given.trials, n[1]), lognormal)
                f, g = held(a, b)
                kind = "lognormal" if lognormal else "normal"
                spread = " and ".join(f"{100 * c:.0f}" for c in cv)
                print(f"| {n[0]} and {n[1]} | {spread} | {kind} | {f:.1f} | {g:.1f} |")


if __name__ == "__main__":
    main()
