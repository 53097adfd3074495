"""A made-up body for tests of files, commands and figures: they must not depend on real dose numbers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phantoms import SafLibrary, SafTable
from phantoms.library.conventions import Conventions
from phantoms.regions.names import SOURCES, TARGETS

EXAMPLES = Path(__file__).parents[2] / "examples"

MASS_KG = {
    "adrenals": 0.016, "brain": 1.4, "breasts": 0.35, "gallbladder contents": 0.055, "gallbladder wall": 0.01,
    "lower large intestine contents": 0.14, "lower large intestine wall": 0.17, "small intestine": 1.1,
    "small intestine contents": 1.1, "stomach contents": 0.26, "stomach wall": 0.16,
    "upper large intestine contents": 0.23, "upper large intestine wall": 0.22, "heart contents": 0.45,
    "heart wall": 0.32, "kidneys": 0.3, "liver": 1.9, "lungs": 1.0, "muscle": 28.0, "ovaries": 0.009,
    "pancreas": 0.094, "red marrow": 1.12, "cortical bone": 4.0, "trabecular bone": 1.0, "skin": 3.0,
    "osteogenic cells": 0.12, "spleen": 0.18, "testes": 0.04, "thymus": 0.021, "thyroid": 0.021,
    "urinary bladder contents": 0.21, "urinary bladder wall": 0.048, "uterus": 0.079, "total body": 73.7,
}  # fmt: skip


def made_up_body(name: str, sex: str, scale: float = 1.0) -> SafLibrary:
    """All regions; electrons stay where they start, photons spread over the body."""
    energy = np.array([0.01, 0.03, 0.1, 0.5, 1.0, 4.0])
    mass = {region: m * scale for region, m in MASS_KG.items()}
    photon = np.empty((len(TARGETS), len(SOURCES), energy.size))
    electron = np.zeros((len(TARGETS), len(SOURCES), 1))
    for i, target in enumerate(TARGETS):
        for j, source in enumerate(SOURCES):
            own = target == source
            photon[i, j] = 0.3 / mass["total body"] * (1.0 + 0.1 * ((3 * i + 5 * j) % 7))
            if own:
                photon[i, j] += 0.06 / mass[target] ** (2 / 3)
                electron[i, j] = 1 / mass[target]
            elif "total body" in (target, source):
                electron[i, j] = 1 / mass["total body"]
    electron[TARGETS.index("heart wall"), SOURCES.index("heart contents")] = 0.5 / mass["heart contents"]
    return SafLibrary(
        phantom=name,
        sex=sex,
        targets=TARGETS,
        sources=SOURCES,
        target_mass_kg={t: mass[t] for t in TARGETS},
        source_mass_kg={s: mass[s] for s in SOURCES},
        tables={
            "photon": SafTable(energy, photon, np.full_like(photon, 0.01)),
            "electron": SafTable(np.array([1.0]), electron),
            "alpha": SafTable(np.array([1.0]), electron),
        },
        provenance={"origin": "made up for tests", "licence": "none needed"},
    )


def combined_body(name: str) -> SafLibrary:
    """A body without a thymus whose target "colon" is the mean of its two parts, as ICRP's are."""
    body = made_up_body(name, "male")
    parts = {"upper large intestine wall": 0.5, "lower large intestine wall": 0.5}
    conventions = Conventions(combined={"colon": parts})
    weights = np.zeros(len(TARGETS))
    weights[[TARGETS.index(p) for p in parts]] = list(parts.values())
    kept = [i for i, s in enumerate(SOURCES) if s != "thymus"]

    def with_colon(table: SafTable) -> SafTable:
        saf = table.saf_per_kg[:, kept]
        return SafTable(table.energy_MeV, np.concatenate([saf, np.tensordot(weights, saf, 1)[None]]))

    return replace(
        body,
        targets=(*TARGETS, "colon"),
        sources=tuple(SOURCES[i] for i in kept),
        target_mass_kg={**body.target_mass_kg, "colon": sum(MASS_KG[p] for p in parts)},
        source_mass_kg={s: m for s, m in body.source_mass_kg.items() if s != "thymus"},
        tables={kind: with_colon(table) for kind, table in body.tables.items()},
        conventions=conventions,
    )


@pytest.fixture(scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's data folder with two made-up bodies, "test male" and "test female"."""
    home = tmp_path_factory.mktemp("data_home")
    folder = home / "milligray" / "phantoms"
    folder.mkdir(parents=True)
    made_up_body("test male", "male").save(folder / "test_male.h5")
    made_up_body("test female", "female", 0.8).save(folder / "test_female.h5")
    combined_body("combined male").save(folder / "combined_male.h5")
    return home


@pytest.fixture
def bodies(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up bodies, as a user has imported ones."""
    monkeypatch.setenv("XDG_DATA_HOME", str(data_home))
    return data_home


@pytest.fixture
def study_folder(tmp_path: Path, bodies: Path) -> Path:
    """The trastuzumab example with the made-up bodies, its first patient of each sex and no [uncertainty]."""
    return _two_patients(tmp_path / "study", budget=False)


@pytest.fixture
def budget_folder(tmp_path: Path, bodies: Path) -> Path:
    """The same with the example's [uncertainty], which the other has not."""
    return _two_patients(tmp_path / "study", budget=True)


def _two_patients(folder: Path, *, budget: bool) -> Path:
    shutil.copytree(EXAMPLES / "zr89-trastuzumab", folder)
    for table in folder.glob("*.csv"):
        lines = table.read_text(encoding="utf-8").splitlines()
        if any(line.startswith("patient,") for line in lines):
            kept = [x for x in lines if not x.startswith("P") or x.startswith(("P01", "P09"))]
            table.write_text("\n".join(kept) + "\n", encoding="utf-8")
    study = folder / "study.toml"
    text = (
        study.read_text(encoding="utf-8")
        .replace("adult male", "test male")
        .replace("adult female", "test female")
    )
    if not budget:
        text = text[: text.index("\n# What a site would state")]
    study.write_text(text, encoding="utf-8")
    return folder
