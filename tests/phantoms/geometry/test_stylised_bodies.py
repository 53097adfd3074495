"""Every region of every stylised body: mass from the equations against the published mass."""

import tomllib
from importlib.resources import files

import pytest

from phantoms.bodies.stylised.body import SKELETON, catalogue, load_body, names
from phantoms.errors import PhantomError
from phantoms.skeleton.marrow import marrow_shares

# Ovaries of the 15-year body: the constants give 10.65 g, the table prints 10.5 g.
LOOSER = {("adult female", "ovaries"): 0.02}


@pytest.mark.parametrize("name", names())
def test_masses_from_the_equations_are_the_published_ones(name: str) -> None:
    body = load_body(name)
    mass = {r: v * body.density_g_per_cm3(r) for r, v in body.volumes_cm3.items()}
    mass["total body"] = sum(mass.values())
    mass["skeleton"] = sum(mass[p] for p in SKELETON)
    off = {region: mass[region] / published - 1.0 for region, published in body.mass_g.items()}
    assert set(mass) - set(SKELETON) == set(off)
    wrong = {r: f"{d:+.2%}" for r, d in off.items() if abs(d) > LOOSER.get((name, r), 0.007)}
    assert not wrong


def test_regions_of_the_published_bodies_sum_to_the_body() -> None:
    for name in names():
        mass = catalogue()[name]["mass_g"]
        parts = sum(m for region, m in mass.items() if region != "total body")
        assert parts == pytest.approx(mass["total body"], rel=0.002)


def test_materials_and_marrow_shares_sum_to_one() -> None:
    materials = tomllib.loads((files("phantoms.transport") / "materials.toml").read_text())
    for name, entry in materials.items():
        assert sum(entry["percent"].values()) == pytest.approx(100.0, abs=0.06), name
    shares = marrow_shares("adult male")
    assert sum(shares.values()) == pytest.approx(1.0)
    assert set(shares) <= set(SKELETON)


def test_an_unknown_body_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(PhantomError, match="adult male"):
        load_body("adult mail")
