"""Models of chains and of an antibody by other ways: no publication that could be read prints their doses."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from dosimetry import decay_of, model_doses
from kinetics import open_model

MODELS = Path(__file__).parents[3] / "examples" / "models"


def test_technetium_born_in_the_liver_stays_there() -> None:
    """99Mo and 99mTc in the liver by an ODE solver of the file's numbers; ICRP 134, paragraph 664."""
    decay = decay_of("Mo-99")
    chain = open_model(MODELS / "molybdenum-icrp134.toml").build(decay=decay).chain
    assert chain is not None and chain.members == ("Mo-99", "Tc-99m", "Tc-99")
    names = chain.parent.compartments
    k = {m: np.zeros((len(names), len(names))) for m in ("Mo-99", "Tc-99m")}
    for member, rates in (("Mo-99", chain.parent.rates_per_h), ("Tc-99m", chain.daughters[0].rates_per_h)):
        for (a, b), rate in rates.items():
            k[member][names.index(a), names.index(a)] -= rate
            if b in names:
                k[member][names.index(b), names.index(a)] += rate
    born = np.eye(len(names))
    liver, late = names.index("Liver"), names.index("Tc Liver2")
    born[liver, liver], born[late, liver] = 0.0, 1.0
    mo, tc = decay.lambda_per_h["Mo-99"], decay.lambda_per_h["Tc-99m"]
    whole = np.block(
        [
            [k["Mo-99"] - mo * np.eye(len(names)), np.zeros_like(born)],
            [decay.branching["Mo-99", "Tc-99m"] * mo * born, k["Tc-99m"] - tc * np.eye(len(names))],
        ]
    )
    start = np.zeros(2 * len(names))
    start[names.index("Blood1")] = 1.0
    times = [6.0, 24.0, 72.0]
    x = solve_ivp(lambda _, y: whole @ y, (0, 72), start, method="Radau", jac=whole, t_eval=times, rtol=1e-11,
                  atol=1e-16).y  # fmt: skip
    for row, t in enumerate(times):
        found = chain.contents([t])[0]
        assert found[0, liver] == pytest.approx(x[liver, row], rel=1e-8)
        assert found[1, late] == pytest.approx(x[len(names) + late, row] * tc / mo, rel=1e-8)
    tiac = chain.tiac_h(50 * 8766.0)
    # atom for atom 0.877 of the parent's decays; 22 d against 6 h: hardly any leaves before it decays
    share = decay.branching["Mo-99", "Tc-99m"] * tc / (tc + 0.0315 / 24)
    assert tiac["Tc-99m"]["Tc Liver2"] == pytest.approx(share * tiac["Mo-99"]["Liver"], rel=2e-3)


def test_an_antibody_in_closed_form_and_with_an_alpha_emitter() -> None:
    """Two compartments: (l + k21)/((l + k10 + k12)(l + k21) - k12 k21); 211Po and 207Bi in place."""
    file = MODELS / "antibody-davda2014.toml"
    k10, k12, k21 = (0.0554 / 24, 0.2069 / 24, 0.2716 / 24)
    for name in ("Zr-89", "At-211", "Ac-225"):
        lam = decay_of(name).lambda_per_h[name]
        model = open_model(file).build(decay=decay_of(name)).model
        plasma = (lam + k21) / ((lam + k10 + k12) * (lam + k21) - k12 * k21)
        assert model.tiac_h()["plasma"] == pytest.approx(plasma, rel=1e-12)
        assert model.tiac_h()["peripheral"] == pytest.approx(plasma * k12 / (lam + k21), rel=1e-12)
    found = model_doses(file, "At-211", ["adult male"], years=50)
    tiac = found.tiac_h["adult male"]
    branching = decay_of("At-211").branching
    assert tiac["Po-211"]["remainder"] == pytest.approx(
        branching["At-211", "Po-211"] * tiac["At-211"]["remainder"], rel=1e-6
    )
    bismuth = decay_of("Bi-207").lambda_per_h["Bi-207"]
    decayed = branching["At-211", "Bi-207"] * -math.expm1(-bismuth * 50 * 8766)
    ratio = tiac["Bi-207"]["remainder"] / tiac["At-211"]["remainder"]
    assert ratio == pytest.approx(decayed, rel=1e-3)
    assert found.tiac_h["adult male"]["At-211"]["heart contents"] > 0


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_model_says_where_it_is_from_and_can_be_read(path: Path) -> None:
    text = open_model(path)
    given = text.build(decay=None if text.nuclide is None else decay_of(text.nuclide))
    assert given.citation or "simulated" in given.model.name
    tiac = (
        given.model.tiac_h() if given.chain is None else given.chain.tiac_h(50 * 8766.0)[given.chain.nuclide]
    )
    assert all(math.isfinite(h) and h >= 0 for h in tiac.values())
