"""What the case files quote is what the reference data beside the repository print; the tables as a whole."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.installed import load_phantom
from validation.case import read_cases
from validation.checks import Complete
from validation.layers.zirconium import read_reference

DATA = Path(__file__).parents[4] / "shared" / "data"
CASES = read_cases()
BODIES = {
    "newborn": "newborn",
    "5-year-old": "5-year-old",
    "adult_female_15-year": "adult female",
    "adult_male": "adult male",
}


def folder(name: str, what: str) -> Path:
    """A folder of reference data; the test is skipped where it is not there."""
    if not (DATA / name).is_dir():
        pytest.skip(f"not shown: {what} (no {DATA / name})")
    return DATA / name


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return [r for r in csv.reader(f) if not r[0].startswith("#")][1:]


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    tables = folder("ornl1987", "the photon SAFs of 1987 as a whole") / "bodies"
    parts = []
    for stem, name in BODIES.items():
        table = pd.read_csv(tables / f"{stem}_photon_saf_per_kg.csv", comment="#")
        table = table.melt(["source", "target"], var_name="energy", value_name="published")
        mass = dict(rows_of(tables / f"{stem}_masses_kg.csv"))
        parts.append(table.assign(body=name, their_kg=table.target.map(mass).astype(float)))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(energy_MeV=found.energy.str.removesuffix("_MeV").astype(float))


def test_quoted_safs_are_the_tables(published: pd.DataFrame) -> None:
    half = published[published.energy_MeV == 0.5].set_index(["body", "target", "source"]).published
    for group in CASES["ornl1987_photon_safs"].published:
        for value in group.rows:
            target, source = value.of.removesuffix(", 0.5 MeV").split(" <- ")
            assert half[group.body, target, source] == value.mean


def test_safs_of_1987_as_a_whole(published: pd.DataFrame) -> None:
    """From 0.1 MeV; without the marrow, whose distribution may be inferred from these rows, and far pairs."""
    judged = published[
        published.source.isin(["liver", "kidneys", "cortical bone"])
        & ~published.target.isin(["red marrow", "osteogenic cells", "small intestine"])
        & (published.energy_MeV >= 0.1)
    ]
    ratio = []
    for body, rows in judged.groupby("body"):
        library = load_phantom(str(body))
        table = library.table("photon")
        for row in rows.itertuples():
            t, s = library.targets.index(row.target), library.sources.index(row.source)
            ours = table.at(row.energy_MeV)[t, s, 0]
            mass = library.target_mass_kg[row.target]
            if row.source == row.target:
                ours *= (mass / row.their_kg) ** SELF_PHOTON_EXPONENT
            # of a far or small pair few photons were scored: ten per cent of error in what was printed
            ratio.append((ours * mass > 3e-3, ours / row.published))
    large, r = (np.array(x) for x in zip(*ratio, strict=True))
    r = r[large]
    assert r.size > 300
    assert np.median(r) == pytest.approx(1.0, abs=0.02)
    assert (abs(r - 1.0) < 0.10).mean() > 0.9


def test_quoted_doses_of_fdg_are_the_table() -> None:
    table = folder("icrp128", "that the quoted doses of 18F-FDG are the transcribed ones") / "fdg_doses.csv"
    case = CASES["fdg_icrp128_2015"]
    names = {
        "Bone surfaces": "osteogenic cells", "Breast": "breasts", "Muscles": "muscle",
        "Small intestine wall": "small intestine", "Effective dose": "effective dose, ICRP 60",
    }  # fmt: skip
    for organ, adult, child in rows_of(table):
        if organ in ("Colon wall", "Oesophagus", "Remaining organs"):
            continue
        for body, value in (("adult", adult), ("5 years", child)):
            assert case.value(names.get(organ, organ.lower()), body)[0].mean == float(value)


def test_quoted_values_of_ah113804_are_the_tables() -> None:
    tables = folder("ah113804", "that the quoted values of [18F]AH113804 are the published ones")
    case = CASES["ah113804_somer_2016"]
    check = next(c for c in case.check if isinstance(c, Complete))
    by_sex = dict(zip(("male", "female"), check.bodies.values(), strict=True))
    given = {(source, sex): float(value) for source, value, sex in rows_of(tables / "tiac.csv")}
    assert given == {(s, sex): t for sex, tiac in by_sex.items() for s, t in tiac.items()}
    for target, value, _ in rows_of(tables / "doses.csv"):
        name = "effective dose, ICRP 60" if target.startswith("effective") else target
        assert case.value(name)[0].mean == float(value)


def test_quoted_values_of_icrp_134_are_the_tables() -> None:
    text = (
        folder("icrp_oir_zr", "that the quoted values of ICRP 134 are the published ones") / "README.md"
    ).read_text(encoding="utf-8")
    ref, cells = read_reference(), []
    for line in text.splitlines():
        cells.append([c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else [])
    rates = [pair for row in cells if len(row) == 6 for pair in (row[:3], row[3:]) if pair[0]]
    short = {"T-bone surface": "Trabecular bone surface", "C-bone surface": "Cortical bone surface"}
    for giver, taker, rate in rates:
        if giver == "from" or not giver.strip("-"):
            continue
        value = 0.002 * 6.0 / (1.0 - 0.002) if "fA" in rate else float(rate)
        assert ref.rate_per_d[short.get(giver, giver), short.get(taker, taker)] == pytest.approx(
            value, rel=1e-6
        )
    kept = {float(r[0]): tuple(map(float, r[1:])) for r in cells if len(r) == 4 and r[0][:1].isdigit()}
    assert kept == ref.retention and len(kept) == 9
    for row in (r for r in cells if len(r) == 9 and r[0] != "organ" and r[0].strip("-")):
        for organ, male, female in (row[:3], row[3:6], row[6:]):
            if organ:
                printed = {s: 0.1 * float(v) for s, v in (("male", male), ("female", female)) if v != "-"}
                assert ref.coefficient[organ] == pytest.approx(printed)
    assert ref.half_life_h == 78.41 and ref.effective_mSv_per_MBq == 0.66
