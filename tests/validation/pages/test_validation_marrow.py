"""Marrow and trabecular bone: the inference on rows with a known answer, and single published SAFs."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms import load_phantom
from phantoms.bodies.stylised.body import SKELETON
from validation.safs_of_1987.marrow_inference import (
    Rows,
    anatomy,
    between,
    free_shares,
    implied_shares,
    left_out,
)

PART = {name: i for i, name in enumerate(SKELETON)}


def made_rows(truth: np.ndarray, noise: float = 0.0, organs: int = 22) -> Rows:
    """Rows that shares ``truth`` would have given: each organ sees the parts by random weights."""
    rng = np.random.default_rng(5)
    seen = rng.lognormal(0.0, 1.5, (organs, len(SKELETON)))
    published = seen @ truth * np.exp(noise * rng.normal(size=organs))
    names = tuple(f"organ {i}" for i in range(organs))
    return Rows(seen / published[:, None], names, np.full(organs, 0.5))


@pytest.fixture
def truth() -> np.ndarray:
    shares = np.random.default_rng(2).dirichlet(np.full(len(SKELETON), 3.0))
    return np.asarray(shares)


def test_free_shares_are_found_back(truth: np.ndarray) -> None:
    shares, se = free_shares(made_rows(truth))
    assert shares == pytest.approx(truth, abs=1e-9)
    assert np.all(se < 1e-6)


def test_rows_move_the_start_to_the_truth_and_their_absence_leaves_it(truth: np.ndarray) -> None:
    start = truth * np.random.default_rng(3).lognormal(0.0, 0.2, truth.size)
    start /= start.sum()
    shares, relative = implied_shares(made_rows(truth), start)
    assert np.abs(np.log(shares / truth)).mean() < 0.4 * np.abs(np.log(start / truth)).mean()
    assert np.all((relative > 0.0) & (relative < 0.30 * 1.001))
    blind = Rows(np.ones((4, truth.size)), ("a", "b", "c", "d"), np.full(4, 0.5))
    kept, spread = implied_shares(blind, start)
    assert kept == pytest.approx(start, rel=1e-6)
    assert np.median(spread) == pytest.approx(0.30, rel=0.05)


def test_an_organ_left_out_is_predicted_without_its_rows(truth: np.ndarray) -> None:
    rows = made_rows(truth)
    wrong = rows.ratio.copy()
    wrong[7] *= 1.5
    with_error = Rows(wrong, rows.organ, rows.energy_MeV)
    predicted = left_out(with_error, truth)
    assert predicted[7] == pytest.approx(1.5, rel=1e-3)


def test_bones_are_set_into_the_parts() -> None:
    percent = {
        "skull": 9.0, "cervical": 4.0, "thoracic": 16.0, "lumbar": 10.0, "ribs": 20.0, "scapulae": 3.0,
        "clavicles": 1.0, "hip bones": 28.0, "femora upper": 6.0, "legs lower": 0.0, "humeri upper": 3.0,
        "arms lower": 0.0,
    }  # fmt: skip
    shares = anatomy({"cranium": 600.0, "facial skeleton": 300.0}, percent)
    assert shares.sum() == pytest.approx(1.0)
    assert [
        shares[PART[p]] for p in ("cranium", "facial skeleton", "spine lower", "pelvis")
    ] == pytest.approx([0.06, 0.03, 0.08, 0.30])


def test_an_age_between_takes_the_mean_factor_of_its_neighbours() -> None:
    start = np.full(len(SKELETON), 1.0 / len(SKELETON))
    below, above = np.ones_like(start), np.ones_like(start)
    below[0], above[0] = 1.0, 4.0
    shares = between(below, above, start)
    assert shares[0] / shares[1] == pytest.approx(2.0)
    assert shares.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("body", "source", "target", "energy_MeV", "published_per_kg"),
    [
        ("adult male", "trabecular bone", "kidneys", 0.5, 0.00846),
        ("adult male", "trabecular bone", "lower large intestine wall", 1.5, 0.00814),
        ("adult male", "red marrow", "thyroid", 0.5, 0.00389),
        ("adult male", "red marrow", "urinary bladder wall", 1.5, 0.00329),
        ("adult male", "red marrow", "brain", 1.5, 0.00385),
        ("adult male", "red marrow", "lower large intestine wall", 0.5, 0.00943),
        ("adult male", "kidneys", "red marrow", 1.5, 0.00737),
        ("adult female", "red marrow", "kidneys", 1.5, 0.00856),
        ("adult female", "trabecular bone", "uterus", 0.5, 0.00827),
        ("adult female", "kidneys", "red marrow", 2.0, 0.00807),
        ("5-year-old", "trabecular bone", "liver", 1.5, 0.00792),
        ("5-year-old", "red marrow", "brain", 0.5, 0.0104),
        ("5-year-old", "liver", "red marrow", 1.0, 0.00839),
        ("newborn", "trabecular bone", "kidneys", 1.5, 0.0353),
        ("newborn", "liver", "red marrow", 2.0, 0.0218),
    ],
)
def test_single_published_values(
    body: str, source: str, target: str, energy_MeV: float, published_per_kg: float
) -> None:
    """Cristy and Eckerman, ORNL/TM-8381 (1987); 10 % is what nine in ten are to hold.

    Spread evenly over the skeleton, trabecular bone gave 0.33 to 1.23 of these; marrow shares by bone and
    not by part, and the man's for the woman, 0.83 to 1.23.
    """
    library = load_phantom(body)
    saf = library.table("photon").at(energy_MeV)[
        library.targets.index(target), library.sources.index(source), 0
    ]
    assert saf == pytest.approx(published_per_kg, rel=0.10)
