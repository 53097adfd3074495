"""docs/uncertainty.md: its tables are those of a run, its lines those by hand, its keys all that are."""

from __future__ import annotations

import re

import pytest

from dosimetry import s_values
from dosimetry.study.keys.uncertainty_settings import Uncertainty
from dosimetry.study.uncertainty.default_values import PATIENT_AND_PHANTOM_U
from dosimetry.study.uncertainty.single_keys import KEYS, ONLY_UNKNOWN
from phantoms import load_phantom
from validation.pages import uncertainty_page as page
from validation.report.markdown import spliced

TEXT = page.PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_a_run() -> None:
    assert spliced(TEXT, page.fast(), "the page") == TEXT


def test_every_line_of_the_liver_is_what_follows_by_hand() -> None:
    """From the example's tables and the numbers that it states; of the program the half-life alone."""
    tiac, _ = page.liver_h()
    budget = page.budget()
    assert budget.value[budget.of("tiac", "liver")] == pytest.approx(tiac, rel=1e-12)
    hand = page.by_hand_h()
    i = budget.of("tiac", "liver")
    lines = {e.name for e, c in zip(budget.errors, budget.changes, strict=True) if c[i]}
    rules = ("between points", "first interval", "tail", "known offset")
    assert lines - set(hand) == {f"rule of trapezoids: {rule}" for rule in rules}
    for name, (_, value) in hand.items():
        # the shift of all scans is not a small one: first order against the whole
        rel = 2e-3 if name == "times: organs" else 1e-9
        assert page.change(name, "tiac", "liver") == pytest.approx(value, rel=rel, abs=1e-9), name


def test_what_an_organ_gains_the_rest_of_the_body_loses() -> None:
    """The liver's counts alone: its dose changes by the TIAC's change times S of liver less that of the rest.

    S of the rest by MIRD: that of the total body, less the named sources, by mass (J Nucl Med 2009;50:477).
    """
    body = load_phantom("adult male")
    s = s_values("Zr-89", body)
    tiacs = page.result().tiac
    named = [x for x in tiacs[tiacs["patient"] == "P01"]["source"] if x not in ("remainder", "whole body")]
    mass = {r: body.source_mass_kg[r] for r in (*named, "total body")}
    for target in ("liver", "pancreas"):
        left = s.loc[target, "total body"] * mass["total body"] - sum(
            s.loc[target, r] * mass[r] for r in named
        )
        rest = left / (mass["total body"] - sum(mass[r] for r in named))
        expected = page.liver_h()[0] * page.QUANTIFICATION * 3600.0 * (s.loc[target, "liver"] - rest)
        found = page.change("quantification: liver", "absorbed dose", target)
        assert found == pytest.approx(expected, rel=1e-6), target


def test_the_table_of_keys_has_every_key() -> None:
    keys = {key.path for key in KEYS} | {path for path, *_ in ONLY_UNKNOWN}
    keys |= {name for name in Uncertainty.model_fields if name not in ("whole_body", "serum", "organs")}
    said = set(re.findall(r"`([a-z_.]+)`", TEXT))
    assert keys <= said
    shared = {m[1]: m[2] for m in re.finditer(r"^\| `(\S+)` \|.*\| ([^|]+) \|$", TEXT, re.MULTILINE)}
    for key in KEYS:
        if key.path in shared:
            assert shared[key.path] == ", ".join(key.shared), key.path


def test_the_default_is_as_the_page_says() -> None:
    assert f'`"default"` is {100 * PATIENT_AND_PHANTOM_U:.1f} %' in TEXT
