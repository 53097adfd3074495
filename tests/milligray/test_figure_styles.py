"""Twenty styles, told apart by every eye: distances of colours in CIELAB as colour-blind readers see them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from milligray.figures.styles import COLOURS, LEAST_DISTANCE, SEXES, STYLES

#: Machado, Oliveira & Fernandes 2009, severity 1.0: linear RGB as seen.
EYES = {
    "normal": np.eye(3),
    "protanope": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranope": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanope": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
#: Linear sRGB to CIE XYZ (IEC 61966-2-1), white D65.
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colour: str, eye: str) -> np.ndarray:
    """CIELAB 1976 of a hexadecimal colour as an eye sees it."""
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    f = XYZ @ np.clip(EYES[eye] @ linear, 0, 1) / XYZ.sum(1)
    f = np.where(f > (6 / 29) ** 3, np.cbrt(f), f / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(a: str, b: str, eye: str) -> float:
    return float(np.linalg.norm(lab(a, eye) - lab(b, eye)))


def test_the_measure_itself() -> None:
    """White and black are 100 apart for all; what it was made for: two of the earlier colours were not."""
    for eye in EYES:
        assert distance("#FFFFFF", "#000000", eye) == pytest.approx(100, abs=0.02)
    assert lab("#FF0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)  # known of sRGB red
    assert distance("#E69F00", "#A3B300", "protanope") == pytest.approx(3.2, abs=0.05)


@pytest.mark.parametrize("eye", EYES)
def test_ten_colours_are_far_apart_and_seen_on_white(eye: str) -> None:
    assert len(set(COLOURS)) == 10
    for a, b in itertools.combinations(COLOURS, 2):
        assert distance(a, b, eye) >= LEAST_DISTANCE, (a, b)
    for colour in COLOURS:
        assert distance(colour, "#FFFFFF", eye) >= LEAST_DISTANCE


def test_each_pair_of_twenty_styles_differs_in_colour_or_in_all_else() -> None:
    assert len(STYLES) == 20
    for a, b in itertools.combinations(STYLES, 2):
        if a.colour == b.colour:
            assert a.marker != b.marker and a.hollow != b.hollow and a.line != b.line and a.hatch != b.hatch


def test_men_and_women_differ_in_more_than_colour() -> None:
    men, women = SEXES["male"], SEXES["female"]
    assert men.marker != women.marker and men.line != women.line
    assert min(distance(men.colour, women.colour, eye) for eye in EYES) > 2 * LEAST_DISTANCE
