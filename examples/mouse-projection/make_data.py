"""SIMULATED biodistribution of a 89Zr-labelled antibody in mice: writes mouse.csv. No animal was measured.

Five mice are killed at each of four times. Curves and masses are chosen so that they look like those of an
IgG in mice, and are taken from no paper. Each mouse has a factor of its own for all organs (what was injected)
and one for each organ; values are corrected for decay.

    python examples/mouse-projection/make_data.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

SEED = 20261122
TIMES_H = (2.0, 24.0, 72.0, 144.0)
MICE = 5
BODY_MASS_G = 25.0
#: Relative SD between mice: of a factor of all organs of a mouse, and of each organ.
OF_MOUSE, OF_ORGAN = 0.05, 0.10
#: Organ -> its mass in g, %IA/g at time 0 of each exponential, half-life of each in h.
ORGANS = {
    "liver": (1.30, ((6.0, 400.0), (4.0, 20.0))),
    "kidneys": (0.35, ((5.0, 200.0), (4.0, 20.0))),
    "spleen": (0.09, ((6.0, 500.0),)),
    "lungs": (0.17, ((6.0, 120.0), (6.0, 15.0))),
    "heart contents": (0.10, ((18.0, 130.0), (20.0, 8.0))),
    "red marrow": (0.25, ((4.5, 150.0), (4.0, 10.0))),
}
WHOLE_BODY = (("whole body", ((97.0, 350.0), (3.0, 12.0))),)


def curve(parts: tuple[tuple[float, float], ...], time_h: float) -> float:
    """Sum of exponentials."""
    return sum(a * 0.5 ** (time_h / half_life) for a, half_life in parts)


def table() -> str:
    """The CSV table."""
    rng = np.random.default_rng(SEED)
    lines = [
        f"# SIMULATED by make_data.py, seed {SEED}: no animal was measured. Mice of {BODY_MASS_G:g} g.",
        "organ,time_h,animal,value,unit,organ_mass_g",
    ]
    for t in TIMES_H:
        for mouse in range(1, MICE + 1):
            name = f"M{TIMES_H.index(t) * MICE + mouse:02d}"
            injected = 1.0 + OF_MOUSE * rng.standard_normal()
            for organ, (mass, parts) in ORGANS.items():
                value = curve(parts, t) * injected * (1.0 + OF_ORGAN * rng.standard_normal())
                lines.append(f"{organ},{t:g},{name},{value:.4g},%IA/g,{mass:g}")
            for organ, parts in WHOLE_BODY:
                value = curve(parts, t) * (1.0 + 0.02 * rng.standard_normal())
                lines.append(f"{organ},{t:g},{name},{value:.4g},%IA,")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("mouse.csv").write_text(table(), encoding="utf-8")
