"""The shares of active marrow by bone that the published SAFs of 1987 imply, by our transport bone by bone.

SAF(T <- red marrow) = sum over parts p of share_p SAF(T <- p): the right side is simulated here, the left
side is published for four bodies. Two answers are given. Non-negative least squares take the shares as free
and show what the rows alone determine. The second starts from Cristy's table (1981), set into the parts of
the stylised skeleton, and moves each share by as much as the rows demand (log-normal, a standard deviation
of 30 %): what they do not determine stays where anatomy has it. That one is the package's
(phantoms/skeleton/skeleton.toml).

Run: python -m validation.safs_of_1987.marrow_inference [--folder ../shared/data/ornl1987/bodies] [--write]
About five minutes on two cores; the published SAFs are not part of this project.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from milligray.cores import cores
from phantoms.bodies.stylised.body import SKELETON, load_body, names
from phantoms.regions.names import SOURCES, TARGETS
from phantoms.simulation.assemble import better_estimator
from phantoms.simulation.simulate import Simulation
from phantoms.user_folders import user_cache
from validation.report.markdown import splice, table
from validation.safs_of_1987.reading import BODIES, FOLDER, published_safs

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs/phantoms.md"
ENERGIES_MEV = (0.1, 0.2, 0.5, 1.0)
#: Standard deviation of an organ's published rows about ours: digits, statistics of the time, geometry.
ROW_SD = 0.05
PRIOR_SD = 0.30  #: of the logarithm of a share in Cristy's table
BONE = ("red marrow", "osteogenic cells", "total body")


@dataclass(frozen=True)
class Rows:
    """One body's rows: our SAF of each part over the published one of red marrow.

    ratio : (N, 13), by which the shares are multiplied; the sum should be 1. organ, energy_MeV : (N,).
    """

    ratio: NDArray[np.float64]
    organ: tuple[str, ...]
    energy_MeV: NDArray[np.float64]

    def without(self, organ: str) -> Rows:
        """All rows but an organ's."""
        keep = np.array([o != organ for o in self.organ])
        left = tuple(o for o in self.organ if o != organ)
        return Rows(self.ratio[keep], left, self.energy_MeV[keep])


def anatomy(volume_cm3: Mapping[str, float], percent: Mapping[str, float]) -> NDArray[np.float64]:
    """Shares by bone set into the parts of the stylised skeleton, (13,), summing to 1.

    The marrow of the skull is spread by volume over cranium and facial skeleton. Of the five lumbar vertebrae
    the lowest lies at the height of the pelvis: the lower spine of these bodies ends above it.
    """
    cranium = volume_cm3["cranium"] / (volume_cm3["cranium"] + volume_cm3["facial skeleton"])
    by_part = {
        "cranium": percent["skull"] * cranium,
        "facial skeleton": percent["skull"] * (1.0 - cranium),
        "spine upper": percent["cervical"],
        "spine middle": percent["thoracic"],
        "spine lower": 0.8 * percent["lumbar"],
        "pelvis": percent["hip bones"] + 0.2 * percent["lumbar"],
        "ribs": percent["ribs"],
        "scapulae": percent["scapulae"],
        "clavicles": percent["clavicles"],
        "leg bones upper third": percent["femora upper"],
        "leg bones lower": percent["legs lower"],
        "arm bones upper third": percent["humeri upper"],
        "arm bones lower": percent["arms lower"],
    }
    shares = np.array([by_part[p] for p in SKELETON])
    return shares / shares.sum()


def rows_of(name: str, folder: Path, work: Path | None = None) -> tuple[Rows, NDArray[np.float64]]:
    """A body's rows, and where its inference starts from; simulates what is not in the work folder yet."""
    body = load_body(name)
    run = simulate_parts(name, work)
    regions = body.solid.regions
    organs = [r for r in regions if r in SOURCES or r in TARGETS]
    mass_kg = np.array([body.mass_g[r] * 1e-3 for r in [*organs, "total body"]])
    known = published_safs(name, folder)
    ratio, organ, energy = [], [], []
    for e in ENERGIES_MEV:
        units = [run.load(part, e) for part in SKELETON]
        saf = np.array(
            [better_estimator(u, regions, [*organs, "total body"], mass_kg)[0] for u in units if u]
        )
        for target in TARGETS:
            there = known.get(("red marrow", target), {}).get(e, 0.0)
            if target in organs and there > 0.0:
                ratio.append(saf[:, organs.index(target)] / there)
                organ.append(target)
                energy.append(e)
    start = anatomy(body.volumes_cm3, tomllib.loads((HERE / "marrow_cristy1981.toml").read_text())[name])
    return Rows(np.array(ratio), tuple(organ), np.array(energy)), start


def simulate_parts(name: str, work: Path | None = None) -> Simulation:
    """The simulation of a body, done for each part of its skeleton at the energies of the inference."""
    from concurrent.futures import ThreadPoolExecutor

    folder = work / name.replace(" ", "_") if work else user_cache() / "units" / name.replace(" ", "_")
    run = Simulation(load_body(name), 2_000_000, 1, folder)
    tasks = [t for t in run.pending(SKELETON) if t[1] in ENERGIES_MEV]
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda task: run.run_unit(*task), tasks))
    return run


def free_shares(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares by non-negative least squares, (13,), and their standard errors from the scatter of the rows.

    A share at 0 has the standard error that it would have if it were free.
    """
    shares, _ = nnls(rows.ratio, np.ones(len(rows.organ)))
    scatter = rows.ratio @ shares - 1.0
    variance = (scatter @ scatter) / (len(rows.organ) - np.count_nonzero(shares))
    return shares, np.sqrt(variance * np.diag(np.linalg.pinv(rows.ratio.T @ rows.ratio)))


def implied_shares(rows: Rows, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares from the start as moved by the rows, (13,) summing to 1, and relative standard deviations.

    The most probable shares for row ratios that scatter by ``ROW_SD`` (an organ's energies together, since
    what is wrong with an organ is wrong at all of them; pseudo-Huber, as single published values are off by
    more) and logarithms of the shares by ``PRIOR_SD``; the deviations are of the Gaussian about them.
    """
    there = start > 0.0
    each = ROW_SD * np.sqrt(len(set(rows.energy_MeV.tolist())))

    def shares_of(x: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = np.zeros_like(start)
        shares[there] = start[there] * np.exp(x)
        return shares

    def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = shares_of(x)
        off = np.log(rows.ratio @ shares) / each
        huber = np.sign(off) * np.sqrt(2.0 * (np.sqrt(1.0 + off**2) - 1.0))
        return np.concatenate([huber, x / PRIOR_SD, [(shares.sum() - 1.0) / 1e-3]])

    best = least_squares(residuals, np.zeros(there.sum()))
    shares, relative = shares_of(best.x), np.zeros_like(start)
    relative[there] = np.sqrt(np.diag(np.linalg.inv(best.jac.T @ best.jac)))
    return shares / shares.sum(), relative


def left_out(rows: Rows, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row sums where each organ's rows are predicted by shares that were found without that organ, (N,)."""
    out = np.zeros(len(rows.organ))
    for organ in set(rows.organ):
        mine = np.array([o == organ for o in rows.organ])
        out[mine] = rows.ratio[mine] @ implied_shares(rows.without(organ), start)[0]
    return out


def agreement(ratio: NDArray[np.float64]) -> list[str]:
    """Median, median deviation and shares within 5 and 10 %, as cells."""
    off = np.abs(ratio - 1.0)
    cells = (off <= 0.05).mean(), (off <= 0.1).mean()
    return [f"{np.median(ratio):.3f}", f"{np.median(off):.1%}", *(f"{c:.0%}" for c in cells)]


def between(
    lower: NDArray[np.float64], upper: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shares of an age without published rows: its own start, moved by its neighbours' mean factors."""
    shares = start * np.sqrt(lower * upper)
    return shares / shares.sum()


def main() -> None:
    """Print the tables, or write them into docs/phantoms.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the published SAFs")
    parser.add_argument("--work", type=Path, help="folder of finished units; default: the user's cache")
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.name}")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not there: the published SAFs are not part of this project")

    chosen, factor, share_rows, fit_rows = {}, {}, [], []
    printed = tomllib.loads((HERE / "marrow_cristy1981.toml").read_text())
    for name in BODIES:
        rows, start = rows_of(name, options.folder, options.work)
        free, free_se = free_shares(rows)
        shares, relative = implied_shares(rows, start)
        chosen[name] = shares
        factor[name] = np.divide(shares, start, out=np.ones_like(start), where=start > 0.0)
        for p, part in enumerate(SKELETON):
            share_rows.append(
                [
                    name, part, f"{start[p]:.1%}", f"{free[p]:.1%} ± {free_se[p]:.1%}",
                    f"{shares[p]:.1%} ± {shares[p] * relative[p]:.1%}", f"{relative[p] / PRIOR_SD:.2f}",
                ]
            )  # fmt: skip
        for label, ratio in (
            ("start", rows.ratio @ start),
            ("free", rows.ratio @ free),
            ("implied", rows.ratio @ shares),
            ("implied, the organ left out", left_out(rows, start)),
        ):
            fit_rows.append([name, label, str(len(rows.organ)), *agreement(ratio)])
    for name, below, above in (
        ("1-year-old", "newborn", "5-year-old"),
        ("10-year-old", "5-year-old", "adult female"),
    ):
        start = anatomy(load_body(name).volumes_cm3, printed[name])
        chosen[name] = between(factor[below], factor[above], start)
        for p, part in enumerate(SKELETON):
            share_rows.append([name, part, f"{start[p]:.1%}", "", f"{chosen[name][p]:.1%}", "between"])
    tables = {
        "marrow-implied": table(
            ["body", "part", "start", "free", "implied", "left of the start's spread"], share_rows
        ),
        "marrow-agreement": table(
            ["body", "shares", "rows", "median ours/published", "median off by", "within 5 %", "within 10 %"],
            fit_rows,
        ),
    }
    if options.write:
        splice(PAGE, tables)
    else:
        print(*tables.values(), sep="\n\n")
    for name in names():
        print(f'\n[marrow_share_percent."{name}"]')
        for part, share in zip(SKELETON, chosen[name], strict=True):
            if round(100 * share, 1) > 0:
                print(f'"{part}" = {100 * share:.1f}')


if __name__ == "__main__":
    main()
