"""Writes the tables of docs/patient-body.md from a run, and its figure.

    python -m validation.pages.patient_body_page [--stylised 400000] [--icrp133 300000] [--opendose 1000000]
        [--patients 1000000] [--voxel-s 500000] [--workers 2]

The numbers are photons followed a source and energy (of the patients and of OpenDose: at most, a source).
Without an option its tables stay. ICRP's and OpenDose's data, and the published voxel S values, are read from
beside a checkout (shared/data); they are no part of this project.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from validation.pages import voxel_s_tables
from validation.report.markdown import splice, table
from validation.voxel_bodies import icrp_male, made_up_patient, opendose_lutetium, stylised_male
from validation.voxel_bodies.made_up_patient import ThreeWays
from validation.voxel_bodies.opendose_lutetium import Compared
from validation.voxel_bodies.pairs import Pair, Spread

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "patient-body.md"
FIGURE = ROOT / "docs" / "figures" / "patient_body.png"
DATA = ROOT.parent / "shared" / "data"
#: Width of the voxels in mm, the grid's turns, and whether the voxels' points are staggered.
Grid = tuple[float, tuple[float, float, float], bool]
GRIDS: tuple[Grid, ...] = tuple(
    (width, tilt, staggered)
    for width in (2.0, 4.0)
    for tilt, staggered in (
        (stylised_male.TILTED, False), (stylised_male.ALONG, True), (stylised_male.ALONG, False)
    )
)  # fmt: skip
#: Differences of single pairs that are listed are above so many standard errors, and so many are listed.
LISTED_SE, LISTED = 4.0, 6
#: Energies of the table of self-doses, MeV.
OWN_MEV = (0.05, 0.06, 0.1, 0.15, 0.2, 0.5, 1.0, 2.0)
PRECISION = 0.01


def percent(value: float, digits: int = 1) -> str:
    """A signed share in per cent, without a sign of nothing."""
    text = f"{100 * value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0.0 else text


def stylised(histories: int, workers: int) -> dict[str, str]:
    """Tables of the stylised man: spread by grid and energy, and the pairs that differ most."""
    return stylised_tables({
        (width, tilt, staggered): stylised_male.pairs(
            width, tilt, histories, staggered=staggered, workers=workers
        )
        for width, tilt, staggered in GRIDS
    })  # fmt: skip


def _grid_words(width_mm: float, tilt: tuple[float, float, float], staggered: bool) -> str:
    how = "turned" if any(tilt) else "along the faces"
    return f"{width_mm:g} mm, {how}{', staggered' if staggered else ', by middles'}"


def stylised_tables(
    found: Mapping[Grid, Sequence[Pair]],
) -> dict[str, str]:
    """By name of the mark, from pairs by grid."""
    energies = sorted({p.energy_MeV for pairs in found.values() for p in pairs})
    rows, worst = [], []
    for grid, pairs in found.items():
        known = stylised_male.known(pairs)
        spreads = [Spread.of([p for p in known if p.energy_MeV == e]) for e in energies]
        everything = Spread.of(known)
        rows.append(
            (_grid_words(*grid), *(f"{100 * s.systematic:.1f} ({s.number})" for s in spreads),
             f"**{100 * everything.systematic:.2f}**"
             f" ({100 * everything.rms:.2f}; {100 * everything.statistics:.2f})")
        )  # fmt: skip
        clear = [p for p in known if abs(p.difference) > LISTED_SE * p.se]
        for p in sorted(clear, key=lambda p: -abs(p.difference))[:LISTED]:
            worst.append(
                (_grid_words(*grid), f"{p.target} <- {p.source}", f"{1e3 * p.energy_MeV:g} keV",
                 f"{percent(p.difference)} ({100 * p.se:.1f})")
            )  # fmt: skip
    heads = [f"{1e3 * e:g} keV" for e in energies]
    return {
        "stylised": table(("voxels", *heads, "all (rms as found; of statistics)"), rows),
        "stylised-worst": table(("voxels", "pair", "energy", "difference (standard error), %"), worst),
    }


def icrp133(histories: int, workers: int) -> dict[str, str]:
    """Tables of ICRP 110's man."""
    body = icrp_male.load_body(DATA / "icrp110")
    library = icrp_male.load_safs(DATA / "icrp133" / "revised")
    return icrp133_tables(icrp_male.pairs(body, library, histories, workers=workers))


def icrp133_tables(found: Sequence[Pair]) -> dict[str, str]:
    """By name of the mark: cross pairs by energy, by target, self-doses, marrow."""
    energies = sorted({p.energy_MeV for p in found})

    def cells(pairs: Sequence[Pair]) -> tuple[str, str, str]:
        if not pairs:
            return "0", "-", "-"
        return (
            str(len(pairs)), percent(icrp_male.median(pairs)), f"{100 * icrp_male.within(pairs, 0.05):.0f}"
        )  # fmt: skip

    def chosen(targets: Mapping[str, str], energy: float | None = None, *, own: bool = False) -> list[Pair]:
        near = icrp_male.near(found, dict(targets), own=own)
        return [p for p in near if energy is None or p.energy_MeV == energy]

    rows = [
        (f"{e:g}", *cells(chosen(icrp_male.SOLID, e)), *cells(chosen(icrp_male.LAYERED, e))) for e in energies
    ]
    solid = chosen(icrp_male.SOLID)
    rows.append(("**all**", *cells(solid), *cells(chosen(icrp_male.LAYERED))))
    rows.append(("all, with self-doses", *cells([*solid, *chosen(icrp_male.SOLID, own=True)]), "", "", ""))
    by_target = []
    for t in (*icrp_male.SOLID, *icrp_male.LAYERED, *icrp_male.NODES):
        pairs = [p for p in (*solid, *chosen(icrp_male.LAYERED), *chosen(icrp_male.NODES)) if p.target == t]
        if pairs:
            off = [p.difference for p in pairs]
            by_target.append((t, *cells(pairs), f"{percent(min(off))} to {percent(max(off))}"))
    own = {(p.source, p.energy_MeV): p.difference for p in found if p.target == p.source}
    sources = [s for s in icrp_male.SOURCES if any(key[0] == s for key in own)]
    shown = [e for e in OWN_MEV if e in energies]
    selves = [(s, *(percent(own[s, e]) if (s, e) in own else "-" for e in shown)) for s in sources]
    marrow = []
    for e in energies:
        row = [f"{e:g}"]
        for t in icrp_male.MARROW:
            off = [p.difference for p in icrp_male.near(found, {t: t}, own=False) if p.energy_MeV == e]
            row += (
                [percent(float(np.median(off))), f"{percent(min(off))} to {percent(max(off))}"]
                if off
                else ["-"] * 2
            )
        marrow.append(tuple(row))
    names = ("pairs", "median, %", "within 5 %, %")
    return {
        "icrp133": table(("MeV", *names, *(f"walls: {n}" for n in names)), rows),
        "icrp133-targets": table(("target", *names, "least to largest, %"), by_target),
        "icrp133-own": table(("source and target", *(f"{e:g} MeV" for e in shown)), selves),
        "marrow": table(
            ("MeV", *(f"{t}: {what}, %" for t in icrp_male.MARROW for what in ("median", "ten sources"))),
            marrow,
        ),
    }  # fmt: skip


def opendose(histories: int, workers: int) -> dict[str, str]:
    """Tables of 177Lu in the liver."""
    body = icrp_male.load_body(DATA / "icrp110")
    library = opendose_lutetium.make_library(body, PRECISION / 4, histories, workers)
    published = opendose_lutetium.read(DATA / "opendose_lu177" / "am_liver.csv")
    return opendose_tables(opendose_lutetium.compared(library, published))


def opendose_tables(found: Sequence[Compared]) -> dict[str, str]:
    """By name of the mark: how many are within which limit, and the targets that are known."""
    own = next(c for c in found if c.target == opendose_lutetium.SOURCE)
    cross = [c for c in found if c.target not in (opendose_lutetium.SOURCE, opendose_lutetium.GAS)]
    known = [c for c in cross if c.se <= 0.05]
    inside = [c for c in known if abs(c.difference) <= 0.03 + 2.0 * c.se]
    far = [c for c in cross if c.se > 0.05 and abs(c.difference) <= 0.03 + 2.0 * c.se]
    text = (
        f"Liver to itself: {percent(own.difference, 2)} %. Of {len(cross)} other targets {len(known)} are"
        f" known to 5 % or better; {len(inside)} of them are within 3 % and two standard errors, their median"
        f" is {percent(float(np.median([c.difference for c in known])), 2)} %, and"
        f" {sum(abs(c.difference) <= 0.03 for c in known)} are within 3 % as they are. Of the"
        f" {len(cross) - len(known)} others, known less well, {len(far)} are within 3 % and two standard"
        " errors."
    )
    outside = [c for c in cross if c not in inside and c not in far]
    if outside:
        names = ", ".join(f"{c.target} ({percent(c.difference)} +- {100 * c.se:.1f} %)" for c in outside)
        text += f" Those that are not: {names}."
    rows = [
        (c.target, f"{c.theirs:.3e}", f"{c.ours:.3e}", percent(c.difference), f"{100 * c.se:.1f}",
         f"{100 * c.electrons:.0f}")
        for c in found if c.se <= 0.015 and c.target != opendose_lutetium.GAS
    ]  # fmt: skip
    heads = (
        "target", "OpenDose, mGy/(MBq s)", "ours", "difference, %", "standard error, %",
        "electrons' share, %",
    )  # fmt: skip
    return {"opendose-words": text, "opendose": table(heads, rows)}


def patients(histories: int, workers: int) -> dict[str, str]:
    """The table and the figure of the made-up patients."""
    found = made_up_patient.doses(PRECISION, histories, workers=workers)
    made_up_patient.draw(FIGURE, found)
    return {"patients": patients_table(found)}


def patients_table(found: Mapping[str, ThreeWays]) -> str:
    """Doses in the own body, and how far both other ways are from them."""
    rows = []
    for t in made_up_patient.order(found):
        row = [t]
        for ways in found.values():
            row += [
                f"{ways.own[t]:.3f}", percent(ways.off(ways.reference, t)), percent(ways.off(ways.scaled, t)),
                f"{100 * ways.se(t):.1f}",
            ]  # fmt: skip
        rows.append(tuple(row))
    heads = ["target"]
    for name in found:
        heads += [f"{name}: own body, mGy/MBq", "reference, %", "mass scaling, %", "s.e., %"]
    return table(heads, rows)


def voxel_s_values(histories: int, workers: int) -> dict[str, str]:
    """The tables of voxel S values in endless tissue, and of bremsstrahlung."""
    del workers
    return voxel_s_tables.tables(DATA / "voxel_s" / "lanconelli2012_soft_tissue.csv", histories)


PARTS: dict[str, Callable[[int, int], dict[str, str]]] = {
    "stylised": stylised, "icrp133": icrp133, "opendose": opendose, "patients": patients,
    "voxel-s": voxel_s_values,
}  # fmt: skip


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in PARTS:
        parser.add_argument(f"--{name}", type=int, metavar="HISTORIES")
    parser.add_argument("--workers", type=int, default=2)
    given = vars(parser.parse_args())
    for name, part in PARTS.items():
        if histories := given[name.replace("-", "_")]:
            splice(PAGE, part(histories, given["workers"]))
            print(f"{PAGE}: {name} is written", flush=True)


if __name__ == "__main__":
    main()
