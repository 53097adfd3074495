"""Decay chains in compartments: Bateman in 60 digits, a dense ODE solver at 1e-12, no atom lost."""

import math
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetics import KineticsError
from kinetics.compartments.chain import ChainMember, ChainModel
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.excretion.emptying import Emptying

LN2 = math.log(2)
#: half-lives in h (ICRP 107, rounded) and branching fractions: 0.3 us to 211 thousand years
LEAD = {"Pb-212": 10.64, "Bi-212": 1.0092, "Po-212": 0.299e-6 / 3600, "Tl-208": 3.053 / 60}
LEAD_BRANCHING = {("Pb-212", "Bi-212"): 1.0, ("Bi-212", "Po-212"): 0.6406, ("Bi-212", "Tl-208"): 0.3594}
MOLY = {"Mo-99": 65.94, "Tc-99m": 6.015, "Tc-99": 2.111e5 * 8766}
MOLY_BRANCHING = {("Mo-99", "Tc-99m"): 0.8773, ("Mo-99", "Tc-99"): 0.1227, ("Tc-99m", "Tc-99"): 1.0}
RATES = {
    ("blood", "liver"): 0.3,
    ("liver", "blood"): 0.02,
    ("blood", "kidneys"): 0.1,
    ("blood", "bladder"): 0.05,
    ("liver", "gut"): 0.01,
    ("gut", "faeces"): 0.04,
    ("bladder", "urine"): 0.5,
}
OWN = {
    ("blood", "kidneys"): 2.0,
    ("kidneys", "blood"): 0.1,
    ("liver", "blood"): 0.5,
    ("kidneys", "bladder"): 0.02,
    ("bladder", "urine"): 0.5,
}


def chain(half_lives_h, branching, **change):
    names = list(half_lives_h)
    parent = CompartmentModel(
        compartments=("blood", "liver", "kidneys", "bladder", "gut"),
        sinks=("urine", "faeces"),
        bolus={"blood": 0.7},
        infusions=(Infusion(compartment="liver", fraction=0.3, duration_h=8.0, begin_h=2.0),),
        lambda_phys_per_h=LN2 / half_lives_h[names[0]],
        rates_per_h=RATES,
        regions={"both": ("blood", "liver")},
    )
    own = (OWN, {}, RATES)
    daughters = tuple(
        ChainMember(name=n, lambda_per_h=LN2 / half_lives_h[n], rates_per_h=own[i % 3])
        for i, n in enumerate(names[1:])
    )
    told = dict(parent=parent, nuclide=names[0], daughters=daughters, branching=branching)
    return ChainModel(**(told | change))


def by_ode(model, times_h):
    """Atoms (T, M, S) and TIACs in h at the last time, by Radau's method at 1e-12, written down anew."""
    states, members, lam = model.parent.states, model.members, model.lambda_per_h
    n, m = len(states), len(members)
    own = [model.parent.rates_per_h, *(d.rates_per_h for d in model.daughters)]
    k = np.zeros((m * n, m * n))
    for i, rates in enumerate(own):
        for (a, b), rate in rates.items():
            k[i * n + states.index(b), i * n + states.index(a)] += rate
            k[i * n + states.index(a), i * n + states.index(a)] -= rate
        for s in range(n):
            k[i * n + s, i * n + s] -= lam[i]
            for j in range(m):
                k[j * n + s, i * n + s] += lam[i] * model.branching.get((members[i], members[j]), 0.0)
    syringe = np.diag(-lam)
    for i in range(m):
        for j in range(m):
            syringe[j, i] += lam[i] * model.branching.get((members[i], members[j]), 0.0)
    x, now, found = np.zeros(2 * m * n + m), 0.0, []
    for where, fraction in model.parent.bolus.items():
        x[states.index(where)] = fraction
    x[2 * m * n] = 1.0
    for after in sorted({2.0, 10.0, *times_h}):
        whole = np.zeros((x.size, x.size))
        whole[: m * n, : m * n] = k
        whole[m * n : 2 * m * n, : m * n] = np.eye(m * n)
        whole[2 * m * n :, 2 * m * n :] = syringe
        for one in model.parent.infusions:
            if one.begin_h <= now < one.begin_h + one.duration_h:
                for i in range(m):
                    row = i * n + states.index(one.compartment)
                    whole[row, 2 * m * n + i] += one.fraction / one.duration_h
        solved = solve_ivp(
            lambda _, y, a=whole: a @ y, (now, after), x, method="Radau", jac=whole, rtol=1e-12, atol=1e-18
        )
        x, now = solved.y[:, -1], after
        if after in times_h:
            found.append(x[: m * n].reshape(m, n))
    area = x[m * n : 2 * m * n].reshape(m, n) * (lam / lam[0])[:, None]
    return np.array(found), area


@pytest.mark.parametrize(("half_lives_h", "branching"), [(LEAD, LEAD_BRANCHING), (MOLY, MOLY_BRANCHING)])
def test_two_chains_against_a_dense_ode_solver(half_lives_h, branching):
    model = chain(half_lives_h, branching)
    times = [1.0, 6.0, 48.0]
    atoms, tiac_h = by_ode(model, times)
    np.testing.assert_allclose(model.atoms(times), atoms, rtol=1e-8, atol=1e-22)
    found = model.tiac_array(48.0)
    np.testing.assert_allclose(found, tiac_h[:, :5], rtol=1e-8)
    relative = model.lambda_per_h / model.parent.lambda_phys_per_h
    np.testing.assert_allclose(model.contents(times), atoms * relative[:, None], rtol=1e-8, atol=1e-22)


@pytest.mark.parametrize(("half_lives_h", "branching"), [(LEAD, LEAD_BRANCHING), (MOLY, MOLY_BRANCHING)])
def test_atoms_are_not_lost(half_lives_h, branching):
    """All that was put in is somewhere, or is stable: to 1e-12, from a second to a million years."""
    from kinetics.linear_systems.integrals import contents

    model = chain(half_lives_h, branching)
    times = np.array([1 / 3600, 1.0, 1e3, 50 * 8766.0, 1e6 * 8766])
    found = contents(model.system(), times)
    put_in = 0.7 + 0.3 * np.clip((times - 2.0) / 8.0, 0, 1)
    waiting = np.exp(
        -model.parent.lambda_phys_per_h * times
    )  # atoms of the infusion decay before they are in
    assert np.all(found >= 0)
    np.testing.assert_allclose(found[0].sum(), 0.7, rtol=1e-12)
    one = replace(model, parent=replace(model.parent, infusions=(), bolus={"blood": 0.6, "gut": 0.4}))
    np.testing.assert_allclose(contents(one.system(), times).sum(1), 1.0, rtol=1e-12)
    assert np.all(found.sum(1) <= put_in * (1 + 1e-12)) and np.all(found.sum(1)[1:] > 0.7 * waiting[1:])


def test_bateman_in_60_digits_from_microseconds_to_centuries():
    """223Ra-like: 11 d, 4 s, 1.8 ms, 36 min, 2 min, 0.5 s: activities and TIACs to 1e-11 of themselves."""
    half_lives_h = [274.3, 3.96 / 3600, 1.781e-3 / 3600, 36.1 / 60, 2.14 / 60, 0.516 / 3600]
    names = [f"n{i}" for i in range(6)]
    parent = CompartmentModel(
        compartments=("bone",),
        sinks=("out",),
        bolus={"bone": 1.0},
        lambda_phys_per_h=LN2 / half_lives_h[0],
        rates_per_h={("bone", "out"): 0.0},
    )
    model = ChainModel(
        parent=parent,
        nuclide="n0",
        daughters=tuple(
            ChainMember(name=n, lambda_per_h=LN2 / h)
            for n, h in zip(names[1:], half_lives_h[1:], strict=True)
        ),
        branching=dict.fromkeys(pairwise(names), 1.0),
    )
    times = [1e-6, 1e-3, 1.0, 300.0, 8766.0]
    found = model.atoms(times)[:, :, 0]
    with localcontext() as context:
        context.prec = 60
        lam = [Decimal(float(x)) for x in model.lambda_per_h]
        for row, t in zip(found, times, strict=True):
            for n in range(6):
                terms = (
                    (-lam[i] * Decimal(t)).exp()
                    / math.prod((lam[j] - lam[i] for j in range(n + 1) if j != i), start=Decimal(1))
                    for i in range(n + 1)
                )
                true = math.prod(lam[:n], start=Decimal(1)) * sum(terms)
                assert row[n] == pytest.approx(float(true), rel=1e-11), (t, n)
    mean_h = 1 / model.lambda_per_h[0]
    np.testing.assert_allclose(model.tiac_array()[:, 0], mean_h, rtol=1e-13)  # each atom decays once as each
    np.testing.assert_allclose(model.tiac_array(50 * 8766.0)[:, 0], mean_h, rtol=1e-12)


def test_a_chain_of_one_is_the_model_itself():
    model = chain({"Zr-89": 78.41}, {})
    times = [0.5, 9.0, 200.0]
    np.testing.assert_allclose(model.contents(times)[:, 0], model.parent.contents(times), rtol=1e-12)
    np.testing.assert_allclose(model.tiac_array()[0], model.parent.tiac_array(), rtol=1e-13)
    np.testing.assert_allclose(model.tiac_array(30.0)[0], model.parent.tiac_array(30.0), rtol=1e-12)
    assert model.tiac_h()["Zr-89"]["both"] == pytest.approx(model.parent.tiac_h()["both"], rel=1e-13)
    np.testing.assert_allclose(
        model.retention(times, "both"), model.parent.retention(times, "both"), rtol=1e-12
    )


def test_where_a_daughter_is_born_and_what_comes_with_the_parent():
    """99Tc-m of a generator's eluate, born in the blood wherever 99Mo decays: closed form with one rate."""
    lam, own, out = LN2 / 65.94, LN2 / 6.015, 0.2
    parent = CompartmentModel(
        compartments=("blood", "liver"),
        sinks=("urine",),
        bolus={"liver": 1.0},
        lambda_phys_per_h=lam,
        rates_per_h={("liver", "blood"): 0.0},
    )
    daughter = ChainMember(
        name="Tc-99m",
        lambda_per_h=own,
        rates_per_h={("blood", "urine"): out},
        born={"liver": "blood"},
        bolus={"blood": 0.4},
    )
    model = ChainModel(
        parent=parent, nuclide="Mo-99", daughters=(daughter,), branching={("Mo-99", "Tc-99m"): 0.8773}
    )
    tiac = model.tiac_h()
    assert tiac["Mo-99"]["liver"] == pytest.approx(1 / lam, rel=1e-13)
    # atoms: 0.8773 of the parent's, and 0.4 lambda/own that came along; each stays 1/(own + out) h
    expected = (0.8773 + 0.4 * lam / own) / (own + out) * own / lam
    assert tiac["Tc-99m"]["blood"] == pytest.approx(expected, rel=1e-13)
    assert tiac["Tc-99m"]["liver"] == 0.0


def test_a_daughter_has_an_emptying_of_its_own():
    """Both nuclides are in one bladder that is emptied every 4 h: by an ODE solver from event to event."""
    every = {"bladder": ("urine", Emptying(every_h=4.0))}
    model = chain(LEAD, LEAD_BRANCHING)
    rates = {w: r for w, r in RATES.items() if w[0] != "bladder"}
    model = replace(
        model,
        parent=replace(model.parent, infusions=(), bolus={"blood": 1.0}, rates_per_h=rates, emptyings=every),
        daughters=tuple(replace(d, rates_per_h=rates, emptyings=every) for d in model.daughters),
    )
    system = model.system()
    k, x = system.generator(), system.start
    for _ in range(3):
        x = solve_ivp(lambda _, y: k @ y, (0, 4.0), x, method="Radau", jac=k, rtol=1e-11, atol=1e-20).y[:, -1]
        for member in model.members:
            a, b = model.position(member, "bladder"), model.position(member, "urine")
            x[b], x[a] = x[b] + x[a], 0.0
    np.testing.assert_allclose(model.atoms([12.0])[0].ravel(), x[:-1], rtol=1e-8, atol=1e-20)
    assert model.tiac_h(1e4)["Bi-212"]["bladder"] == pytest.approx(
        model.tiac_h()["Bi-212"]["bladder"], rel=1e-11
    )


def test_what_cannot_be_is_told():
    with pytest.raises(KineticsError) as error:
        chain(
            LEAD,
            {("Pb-212", "Bi-212"): 1.2, ("Bi-212", "Po-212"): -0.1, ("Tl-208", "Tl-208"): 1.0},
            daughters=(
                ChainMember(name="Po-212", lambda_per_h=1.0),
                ChainMember(
                    name="Bi-212",
                    lambda_per_h=-1.0,
                    rates_per_h={("blood", "spleen"): 1.0},
                    born={"x": "blood"},
                ),
                ChainMember(name="Bi-212", lambda_per_h=1.0, bolus={"blood": -1.0}),
            ),
        )
    told = str(error.value)
    for part in (
        "'Po-212' of the chain comes before Bi-212, its parent",
        "'Bi-212' is twice in the chain",
        "a decay constant of -1; above 0 is needed",
        "unknown compartment 'spleen'",
        "unknown compartment 'x'",
        "input to 'blood' is -1",
        "branching fractions of Pb-212 are 1.2",
    ):
        assert part in told, part
