"""Time of S values: one nuclide's full matrix, and all of ICRP 107, in the phantoms that are there.

    python benchmarks/svalues.py ["adult male" "ICRP adult male" ...]

Aims: one nuclide's matrix in under 50 ms after load, all 1252 in under 20 s on two cores.
"""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter


def main(phantoms: list[str]) -> None:
    start = perf_counter()
    from dosimetry import nuclide, s_values, s_values_of_all
    from phantoms import available, load_phantom

    print(f"import {(perf_counter() - start) * 1e3:.0f} ms")
    names = phantoms or [p.name for p in available()]
    if not names:
        print("no phantom is there: simulate or import one")
    for name in names:
        start = perf_counter()
        library = load_phantom(name)
        loaded = perf_counter()
        s_values("Lu-177", library)
        first = perf_counter()
        times = []
        for word in ("Zr-89", "Sm-153", "I-131", "Y-90", "I-124", "Ga-68", "In-111", "Tb-161"):
            nuclide(word)
            begin = perf_counter()
            s_values(word, library)
            times.append(perf_counter() - begin)
        begin = perf_counter()
        everything = s_values_of_all(library)
        all_s = perf_counter() - begin
        begin = perf_counter()
        s_values_of_all(library)
        again = perf_counter() - begin
        pairs = len(library.targets) * len(library.sources)
        print(
            f"{name}: {pairs} pairs; load {(loaded - start) * 1e3:.0f} ms; first matrix"
            f" {(first - loaded) * 1e3:.0f} ms; next {median(times) * 1e3:.1f} ms (median of {len(times)});"
            f" {len(everything.nuclides)} nuclides {all_s:.1f} s ({len(everything.refused)} refused),"
            f" again {again * 1e6:.0f} us"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
