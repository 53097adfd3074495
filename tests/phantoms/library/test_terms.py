"""What the pages say of other people's numbers is what is in the files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from phantoms.simulation import assemble

ROOT = Path(__file__).parents[3]
SKELETON = ROOT / "phantoms" / "skeleton" / "skeleton.toml"


def test_the_quoted_numbers_are_counted_and_named() -> None:
    quoted = tomllib.loads(SKELETON.read_text(encoding="utf-8"))
    fractions = sum(
        len(values)
        for kind in ("electron", "alpha")
        for pair, values in quoted[f"{kind}_absorbed_fraction"].items()
        if "<-" in pair
    )
    responses = sum(len(v) for k, v in quoted["fluence_to_dose"].items() if k != "energy_MeV")
    terms = (ROOT / "phantoms" / "data" / "README.md").read_text(encoding="utf-8")
    assert f"| {fractions} absorbed fractions of electrons and alphas" in terms
    assert f"| {responses} dose responses" in terms
    page = (ROOT / "docs" / "icrp133.md").read_text(encoding="utf-8")
    assert f"{fractions} absorbed fractions" in page


def test_no_page_says_that_nothing_of_icrps_is_shipped() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "phantoms").rglob("*.py")]
    for page in pages:
        text = " ".join(page.read_text(encoding="utf-8").split())
        assert not re.search(
            r"(none|nothing) of (their|ICRP['a-z 0-9]*|its) data|nothing of them is in", text
        ), page


def test_a_new_library_says_whose_its_numbers_are() -> None:
    for words in ("ICRP Publication 133", "ICRP Publication 116", "(c) ICRP", "phantoms/data/README.md"):
        assert words in assemble.LICENCE
    header = SKELETON.read_text(encoding="utf-8").split("[", 1)[0]
    assert "(c) ICRP" in header and "not under its licence" in header
