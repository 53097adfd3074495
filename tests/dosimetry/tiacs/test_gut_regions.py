"""Compartments of the tract in the regions of a body: shares from the bodies' own equations and masses."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from dosimetry import DosimetryError
from dosimetry.tiacs.gut_regions import LEFT_TRANSVERSE, in_sources, source_shares
from kinetics import tract, tract_tiac_h
from phantoms import load_phantom
from phantoms.bodies.stylised.body import catalogue

UPPER, LOWER = "upper large intestine contents", "lower large intestine contents"


def of_icrp_133() -> SimpleNamespace:
    """Regions and masses of the male of ICRP 133, with the library's own way of looking names up."""
    from phantoms.library.saf import SafLibrary

    mass = {"stomach contents": 0.25, "small intestine contents": 0.35, "RC-cont": 0.15, "LC-cont": 0.075}
    mass["RS-cont"] = 0.075
    return SafLibrary("ICRP male", "male", ("liver",), tuple(mass), {}, mass, {})


def test_the_left_half_of_the_transverse_colon_by_the_equations_of_the_bodies() -> None:
    shares = []
    for data in catalogue().values():
        if "cm" not in data:
            continue
        t, e = (SimpleNamespace(**data["cm"][k]) for k in ("uli_transverse", "lli_descending"))
        transverse = math.pi * (t.b - t.d) * (t.c - t.d) * t.x1
        descending = math.pi * (e.a - e.d) * (e.b - e.d) * (e.z2 - e.z1)
        shares.append(transverse / (transverse + descending))
    assert len(shares) == 6
    assert max(shares) < LEFT_TRANSVERSE + 0.005 and min(shares) > LEFT_TRANSVERSE - 0.01
    male = SimpleNamespace(**catalogue()["adult male"]["mass_g"])
    # the same volumes fill the masses that the body prints: ascending + transverse is 232 g of the upper part
    t = SimpleNamespace(**catalogue()["adult male"]["cm"]["uli_transverse"])
    a = SimpleNamespace(**catalogue()["adult male"]["cm"]["uli_ascending"])
    upper_cm3 = math.pi * ((t.b - t.d) * (t.c - t.d) * 2 * t.x1 + (a.a - a.d) * (a.b - a.d) * (a.z2 - a.z1))
    assert 1.04 * upper_cm3 == pytest.approx(vars(male)[UPPER], rel=0.01)


def test_into_a_stylised_body() -> None:
    body = load_phantom("adult male")
    for name in ("right colon contents", "RC-cont", "right colon"):
        assert source_shares(name, body) == {UPPER: 1.0}
    assert source_shares("left colon contents", body) == {UPPER: 0.38, LOWER: 0.62}
    assert source_shares("RS-cont", body) == {LOWER: 1.0}
    for name in tract("ICRP 30").compartments:
        assert source_shares(name, body) == {name: 1.0}


def test_into_a_body_of_icrp_133() -> None:
    body = of_icrp_133()
    upper, lower = source_shares(UPPER, body), source_shares(LOWER, body)
    assert upper["RC-cont"] == pytest.approx(150 / (150 + 0.38 * 75))
    assert lower["LC-cont"] == pytest.approx(0.62 * 75 / (0.62 * 75 + 75))
    assert sum(upper.values()) == pytest.approx(1.0) and sum(lower.values()) == pytest.approx(1.0)
    names = [next(iter(source_shares(n, body))) for n in tract("ICRP 100").compartments]
    assert names == ["stomach contents", "small intestine contents", "RC-cont", "LC-cont", "RS-cont"]


@pytest.mark.parametrize("model", ["ICRP 30", "ICRP 100"])
def test_nothing_is_lost(model: str) -> None:
    tiac = tract_tiac_h(tract(model), 0.01)
    for body in (load_phantom("adult female"), load_phantom("newborn"), of_icrp_133()):
        assert sum(in_sources(tiac, body).values()) == pytest.approx(sum(tiac.values()), rel=1e-14)


def test_a_body_without_the_region() -> None:
    with pytest.raises(
        DosimetryError, match=r"no source region for 'oral cavity'; of the gut it has: .*stomach"
    ):
        source_shares("oral cavity", load_phantom("adult male"))
    from phantoms.library.saf import SafLibrary

    bare = SafLibrary("bare", "male", ("liver",), ("liver",), {}, {"liver": 1.8}, {})
    for name in ("RC-cont", UPPER, "small intestine contents"):
        with pytest.raises(DosimetryError, match="it has no contents of the gut"):
            source_shares(name, bare)
    half = SafLibrary("half", "male", ("liver",), ("RC-cont", "LC-cont"), {}, {"RC-cont": 0.15}, {})
    with pytest.raises(DosimetryError, match=r"of the gut it has: (RC-cont, LC-cont|LC-cont, RC-cont)"):
        source_shares(LOWER, half)
