"""Decay chains: branching, equilibrium, what is left out, and doses with daughters."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dosimetry import DosimetryError, absorbed_dose, absorbed_dose_of_chain, s_values
from dosimetry.nuclides.chains import TABLE, describe, equilibrium, half_life_text, left_out, progeny
from dosimetry.nuclides.nuclide import nuclide, nuclide_names
from dosimetry.svalues.folding import spectra


def test_212pb_in_equilibrium():
    assert equilibrium("Pb-212") == pytest.approx(
        {"Pb-212": 1, "Bi-212": 1, "Po-212": 0.6406, "Tl-208": 0.3594}
    )
    assert left_out("Pb-212", "equilibrium") == ()
    assert left_out("Pb-212", "none") == ("Bi-212", "Po-212", "Tl-208")


def test_the_chain_of_225ac_gives_its_four_alphas():
    alphas = sum(
        decays * nuclide(n).emissions["alpha"][:, 1].sum()
        for n, decays in equilibrium("Ac-225").items()
        if "alpha" in nuclide(n).emissions
    )
    assert alphas == pytest.approx(4.0, abs=0.002)


def test_branches_that_meet_again_add_up():
    """213Bi goes to 209Pb by 213Po (97.9 %) and by 209Tl (2.1 %): every 225Ac makes one 209Pb."""
    found = equilibrium("Ac-225")
    po, tl = dict(progeny("Bi-213"))["Po-213"], dict(progeny("Bi-213"))["Tl-209"]
    assert po == pytest.approx(0.979, abs=0.002) and tl == pytest.approx(0.021, abs=0.002)
    assert found["Tl-209"] == pytest.approx(tl * found["Bi-213"], rel=1e-9)
    assert found["Pb-209"] == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("name", ["Ac-225", "Ra-223", "Th-227", "U-230", "Ra-224", "Bi-212"])
def test_a_chain_by_linear_algebra(name):
    """Decays y of all members at once: y = e + B y, B the branching from each to each."""
    found = equilibrium(name)
    members = list(found)
    b = np.zeros((len(members), len(members)))
    for j, parent in enumerate(members):
        for daughter, branching in progeny(parent):
            if daughter in members:
                b[members.index(daughter), j] = branching
    solved = np.linalg.solve(np.eye(len(members)) - b, np.eye(len(members))[0])
    np.testing.assert_allclose(list(found.values()), solved, rtol=1e-12)


def test_a_daughter_that_lives_longer_ends_the_chain():
    assert equilibrium("I-131") == {"I-131": 1.0}
    assert left_out("I-131", "equilibrium") == ("Xe-131m",)
    assert equilibrium("Mo-99") == pytest.approx({"Mo-99": 1.0, "Tc-99m": 0.8773})
    assert left_out("Mo-99", "equilibrium") == ("Tc-99",)


def test_89zr_has_no_radioactive_daughter():
    """The 909 keV of 89mY are in 89Zr's own list: to count 89mY as well would count them twice."""
    assert progeny("Zr-89") == ()
    assert describe("Zr-89", "none") == "none (decays of Zr-89 alone)"


def test_every_chain_is_made_of_known_nuclides_and_conserves_decays():
    for name in nuclide_names():
        assert sum(b for _, b in progeny(name)) <= 1.0 + 5e-4
        members = equilibrium(name)
        assert members[name] == 1.0
        limit = nuclide(name).half_life_s
        assert all(nuclide(m).half_life_s < limit for m in members if m != name)
        assert max(members.values()) <= 1.0 + 5e-4  # no member decays more often than the parent


def test_a_daughter_has_the_energy_that_its_parents_decay_leaves():
    """Alpha chains: mass numbers fall by 0 or 4 from parent to daughter, whatever the branching."""
    for name in nuclide_names():
        mass = int("".join(c for c in name.split("-")[1] if c.isdigit()))
        for daughter, _ in progeny(name):
            change = mass - int("".join(c for c in daughter.split("-")[1] if c.isdigit()))
            assert change in (0, 4), f"{name} -> {daughter}"


def test_s_of_a_chain_is_the_sum_over_its_members(toy):
    expected = sum(y * s_values(n, toy) for n, y in equilibrium("Ra-223").items())
    np.testing.assert_allclose(s_values("Ra-223", toy, daughters="equilibrium"), expected, rtol=1e-12)


def test_energies_of_a_chain_are_the_sum_over_its_members():
    chain = spectra("Pb-212", "equilibrium")
    for kind in ("photon", "electron", "alpha"):
        total = sum(y * nuclide(n).energy_per_decay_MeV[kind] for n, y in equilibrium("Pb-212").items())
        assert chain[kind].total_MeV == pytest.approx(total, rel=1e-12)


def test_the_default_is_named_in_the_output(toy):
    alone = absorbed_dose({"liver": 1.0}, "Ac-225", toy)
    said = "none (decays of Ac-225 alone); not counted: Fr-221 (4.9 min)"
    assert alone.provenance["daughters"].startswith(said)
    chain = absorbed_dose({"liver": 1.0}, "Ac-225", toy, daughters="equilibrium")
    assert "decaying where the parent decays: Fr-221 1, " in chain.provenance["daughters"]
    assert chain["liver"] / alone["liver"] == pytest.approx(4.7, abs=0.2)  # 27.9 MeV in all against 5.9


def test_alphas_are_weighted_in_the_effective_dose_only():
    """Liver alone as source and, of what has a weight, as good as alone in dose: E = 0.05 H(liver)."""
    chain = absorbed_dose({"liver": 1.0}, "Ac-225", "adult male", daughters="equilibrium")
    alpha = chain.part_mGy_per_MBq["alpha"][chain.targets.index("liver")]
    assert 0.95 < alpha / chain["liver"] < 1.0
    assert float(chain.effective()) == pytest.approx(0.05 * (chain["liver"] + 19 * alpha), rel=2e-3)


def test_daughters_with_the_parents_tiacs_are_equilibrium(toy):
    tiac = {"liver": 2.0, "remainder": 5.0}
    own = {n: {s: y * h for s, h in tiac.items()} for n, y in equilibrium("Pb-212").items()}
    found = absorbed_dose_of_chain(own, toy)
    chain = absorbed_dose(tiac, "Pb-212", toy, daughters="equilibrium")
    for kind, part in chain.part_mGy_per_MBq.items():
        np.testing.assert_allclose(found.part_mGy_per_MBq[kind], part, rtol=1e-12)
    assert found.provenance["daughters"] == "each nuclide with its own TIACs"


def test_a_daughter_elsewhere_doses_that_place(toy):
    found = absorbed_dose_of_chain({"Pb-212": {"liver": 2.0}, "212Bi": {"kidneys": 1.0}}, toy)
    lead = absorbed_dose({"liver": 2.0}, "Pb-212", toy)
    bismuth = absorbed_dose({"kidneys": 1.0}, "Bi-212", toy)
    np.testing.assert_allclose(found, np.asarray(lead) + np.asarray(bismuth), rtol=1e-12)


def test_a_nuclide_twice_is_refused(toy):
    with pytest.raises(DosimetryError, match="one or more, each once, are needed"):
        absorbed_dose_of_chain({"Pb-212": {"liver": 2.0}, "212Pb": {"kidneys": 1.0}}, toy)


def test_an_unknown_word_for_daughters(toy):
    with pytest.raises(DosimetryError, match="allowed: none, equilibrium"):
        s_values("Ac-225", toy, daughters="all")


def test_half_lives_read_well():
    assert half_life_text("Tc-99m") == "6.015 h"
    assert half_life_text("Po-212") == "2.99e-07 s"


@pytest.mark.skipif(
    importlib.util.find_spec("radioactivedecay") is None, reason="radioactivedecay is not installed"
)
def test_the_script_makes_the_table_again(tmp_path):
    script = shutil.copy(TABLE.with_name("make_decay_chains.py"), tmp_path)
    subprocess.run([sys.executable, script], check=True)
    assert (tmp_path / TABLE.name).read_text(encoding="utf-8") == TABLE.read_text(encoding="utf-8")
    assert Path(script).parent == tmp_path
