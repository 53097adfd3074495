"""Doses from biokinetic models: by hand, in ages and both sexes, chains, source regions, slopes by rates."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from dosimetry import (
    AGES,
    DosimetryError,
    absorbed_dose,
    absorbed_dose_of_chain,
    decay_of,
    dose_slopes,
    model_doses,
    nuclide,
    retention_table,
    tiac_table,
)  # fmt: skip
from dosimetry.biokinetics.source_regions import source_of_compartments
from kinetics import KineticsError
from kinetics.model_files.files import ModelText
from phantoms import load_phantom
from phantoms.library.saf import SafLibrary

FDG = Path(__file__).parents[3] / "examples" / "models" / "fdg-icrp128.toml"
LEAD = {
    "name": "lead", "time_unit": "h", "nuclide": "Pb-212",
    "compartments": ["blood", "kidneys", "liver", "rest"],
    "sinks": ["urine"], "bolus": {"blood": 1.0},
    "transfers": {"blood -> kidneys": 0.05, "blood -> liver": 0.1, "blood -> rest": 0.3, "rest -> blood": 0.1,
                  "kidneys -> urine": 0.02},
    "source_regions": {"blood": {"heart contents": 0.1, "remainder": 0.9}, "rest": "remainder"},
    "chain": {"daughters": "all", "without_own": "decay in place"},
    "daughter": {"Bi": {"transfers": {"blood -> kidneys": 2.0, "liver -> blood": 0.3}}},
}  # fmt: skip


def text(data, **change):
    return ModelText(Path("model.toml"), {**data, **change})


def test_the_decay_of_a_chain_is_in_order_and_complete():
    """Each daughter after all that it comes from; shares of the decays of each add up to no more than one."""
    chain = decay_of("Ac-225")
    order = list(chain.lambda_per_h)
    assert order[0] == "Ac-225" and set(order) >= {"Fr-221", "At-217", "Bi-213", "Po-213", "Tl-209", "Pb-209"}
    assert all(order.index(a) < order.index(b) for a, b in chain.branching)
    for member in order:
        assert sum(f for (a, _), f in chain.branching.items() if a == member) <= 1 + 1e-9
        assert chain.lambda_per_h[member] == pytest.approx(
            math.log(2) / nuclide(member).half_life_h, rel=1e-14
        )


def test_one_nuclide_is_absorbed_dose_of_its_tiacs():
    found = model_doses(FDG, bodies=["adult male", "adult female"])
    by_hand = absorbed_dose(found.tiac_h["adult male"]["F-18"], "F-18", "adult male")
    assert np.array_equal(found.doses["adult male"].total_mGy_per_MBq, by_hand.total_mGy_per_MBq)
    assert found.doses.pairs == (("adult male", "adult female"),)
    assert "each nuclide" not in found.doses["adult male"].facts()["daughters"]


def test_fdg_at_all_ages_beside_the_icrp():
    """ICRP 128, effective dose by ICRP 60, mSv/MBq, at five ages: half a digit, and 2 %."""
    found = model_doses(FDG, ages=True)
    assert list(found.doses) == list(AGES)
    printed = {"adult": 0.019, "15 years": 0.024, "10 years": 0.037, "5 years": 0.056, "1 year": 0.095}
    for age, value in printed.items():
        ours = float(found.doses.effective("ICRP 60")[age])
        assert abs(ours - value) < 0.0005 + 0.02 * value, age
    own = [n.split(":")[0] for n in found.notes if "no values of its own for this age; the adult's" in n]
    assert own == ["newborn", "10 years", "15 years"]
    assert "never excreted, only decays: brain, heart wall, lungs, liver, remainder 3" in found.notes


def test_a_chain_is_the_sum_of_its_nuclides():
    found = model_doses(text(LEAD), bodies=["adult male"])
    tiac = found.tiac_h["adult male"]
    assert list(tiac) == ["Pb-212", "Bi-212", "Po-212", "Tl-208"]
    by_hand = absorbed_dose_of_chain(tiac, "adult male")
    assert np.allclose(found.doses["adult male"].total_mGy_per_MBq, by_hand.total_mGy_per_MBq, rtol=1e-13)
    compartments = found.compartment_tiac_h["adult male"]["Bi-212"]
    assert tiac["Bi-212"]["heart contents"] == pytest.approx(0.1 * compartments["blood"], rel=1e-13)
    remainder = 0.9 * compartments["blood"] + compartments["rest"]
    assert tiac["Bi-212"]["remainder"] == pytest.approx(remainder, rel=1e-13)


def test_daughters_all_in_equilibrium_are_those_of_one_call():
    """All in the liver for good: each daughter decays as often as lead, the short-lived ones there."""
    data = {
        "time_unit": "h", "nuclide": "Pb-212", "compartments": ["liver"], "bolus": {"liver": 1.0},
        "chain": {"daughters": "all", "without_own": "decay in place"},
    }  # fmt: skip
    found = model_doses(text({**data, "organs": {}}), bodies=["adult male"]).doses["adult male"]
    mean_h = nuclide("Pb-212").half_life_h / math.log(2)
    once = absorbed_dose({"liver": mean_h}, "Pb-212", "adult male", daughters="equilibrium")
    np.testing.assert_allclose(found.total_mGy_per_MBq, once.total_mGy_per_MBq, rtol=1e-9)


def test_a_daughters_remainder_is_its_own_or_its_parents():
    """Bismuth that is in the kidneys alone: what else it names changes what its remainder is without."""
    data = LEAD | {
        "daughter": {
            "Bi": {"transfers": {"blood -> rest": 5.0, "liver -> rest": 5.0, "kidneys -> rest": 5.0}}
        },
        "source_regions": {"blood": "remainder", "rest": "remainder"},
    }
    own = model_doses(text(data, chain={"daughters": ["Bi-212"]}), bodies=["adult male"])
    shared = model_doses(
        text(data, chain={"daughters": ["Bi-212"], "remainder": "parent"}), bodies=["adult male"]
    )
    assert set(shared.doses.tiac_h["adult male"]["Bi-212"]) >= {"liver", "kidneys", "remainder"}
    far = model_doses(
        text(data, chain={"daughters": ["Bi-212"]}, daughter={"Bi": {"born": dict.fromkeys(
            ["blood", "liver", "kidneys"], "rest")}}), bodies=["adult male"],
    )  # fmt: skip
    assert set(far.tiac_h["adult male"]["Bi-212"]) == {"remainder"}
    assert set(own.tiac_h["adult male"]["Pb-212"]) == {"remainder", "kidneys", "liver"}
    elsewhere = {"Bi": {"source_regions": {"liver": "remainder", "kidneys": "remainder"}}}
    alone, along = (
        model_doses(
            text(data, chain={"daughters": ["Bi-212"], "remainder": rule}, daughter=elsewhere),
            bodies=["adult male"],
        )
        for rule in ("own", "parent")
    )
    assert alone.tiac_h["adult male"]["Bi-212"] == {"remainder": pytest.approx(
        along.tiac_h["adult male"]["Bi-212"]["remainder"], rel=1e-12)}  # fmt: skip
    assert along.tiac_h["adult male"]["Bi-212"]["liver"] == 0.0
    # without the liver in it, the remainder gives the liver less
    assert along.doses["adult male"]["liver"] < alone.doses["adult male"]["liver"]


def test_a_commitment_period():
    """10 half-lives of a nuclide that stays: all but 2^-10; and a period that isn't one."""
    data = {"time_unit": "h", "compartments": ["liver"], "bolus": {"liver": 1.0}, "organs": {}}
    half_life_h = nuclide("Cs-137").half_life_h
    years = 10 * half_life_h / (365.25 * 24)
    part, whole = (
        model_doses(text(data), "Cs-137", ["adult male"], years=y).tiac_h["adult male"]["Cs-137"]["liver"]
        for y in (years, math.inf)
    )
    assert whole == pytest.approx(half_life_h / math.log(2), rel=1e-12)
    assert part == pytest.approx(whole * (1 - 2.0**-10), rel=1e-12)
    decaying = {**data, "sinks": ["out"], "transfers": {"liver -> out": 1e-6}}
    short = model_doses(text(decaying), "Cs-137", ["adult male"], years=1.0)
    assert short.until_h == 8766.0
    slope = dose_slopes(short).set_index("quantity")["slope_per_relative_change"]["liver"]
    rate = 1e-6 + math.log(2) / half_life_h
    by_rate = (math.expm1(-rate * 8766) / rate + 8766 * math.exp(-rate * 8766)) / rate  # of (1 - e^(-r T))/r
    per_h = short.doses["adult male"]["liver"] / short.tiac_h["adult male"]["Cs-137"]["liver"]
    assert slope == pytest.approx(1e-6 * by_rate * per_h, rel=1e-5)
    with pytest.raises(DosimetryError, match="a commitment period of 0 years"):
        model_doses(text(data), "Cs-137", ["adult male"], years=0)


def test_slopes_by_rates_are_those_of_the_doses():
    """Each rate 0.1 % up and down in the file: the doses change as the slopes say, to 1e-5 of their scale."""
    base = model_doses(text(LEAD), bodies=["adult male"])
    slopes = dose_slopes(base).set_index(["nuclides", "transfer", "quantity"])["slope_per_relative_change"]
    for nuclides, way, step in (("Pb-212", "blood -> liver", 0.1), ("Bi-212", "liver -> blood", 0.3)):
        ends = []
        for factor in (1.001, 0.999):
            rates = LEAD["transfers"] if nuclides == "Pb-212" else LEAD["daughter"]["Bi"]["transfers"]
            rates = {**rates, way: step * factor}
            change = (
                {"transfers": rates} if nuclides == "Pb-212" else {"daughter": {"Bi": {"transfers": rates}}}
            )
            ends.append(model_doses(text(LEAD, **change), bodies=["adult male"]).doses["adult male"])
        for target in ("liver", "kidneys", "red marrow"):
            change = (ends[0][target] - ends[1][target]) / 0.002
            scale = base.doses["adult male"][target]
            assert slopes[nuclides, way, target] == pytest.approx(change, rel=1e-5, abs=1e-6 * scale)
        e = [float(d.effective("ICRP 103")) for d in ends]
        assert slopes[nuclides, way, "effective dose, ICRP 103"] == pytest.approx(
            (e[0] - e[1]) / 0.002, rel=1e-5
        )


def test_a_rate_that_daughters_share_is_one_rate():
    """Bismuth goes as lead: a rate's slope is that of both, as the file changed for both says."""
    data = LEAD | {"daughter": {"Bi": {"transfers": "as the parent"}}}
    base = model_doses(text(data), bodies=["adult male"])
    table = dose_slopes(base)
    assert set(table["nuclides"]) == {"Pb-212, Bi-212"}
    slopes = table.set_index(["transfer", "quantity"])["slope_per_relative_change"]
    ends = [
        model_doses(
            text(data, transfers={**LEAD["transfers"], "blood -> kidneys": 0.05 * f}), bodies=["adult male"]
        ).doses["adult male"]
        for f in (1.001, 0.999)
    ]
    for target in ("kidneys", "liver"):
        change = (ends[0][target] - ends[1][target]) / 0.002
        assert slopes["blood -> kidneys", target] == pytest.approx(change, rel=1e-5)


def test_fitted_parameters_give_doses_a_standard_error():
    """One rate fitted to a curve in the liver: SE of a dose: its slope times the SE of the rate."""
    time = [1.0, 2.0, 5.0, 10.0, 20.0]
    noise = (1.02, 0.97, 1.03, 0.98, 1.01)
    value = [100 * math.exp(-0.08 * t) * e for t, e in zip(time, noise, strict=True)]
    data = {
        "time_unit": "h", "nuclide": "Tc-99m", "compartments": ["liver"], "sinks": ["out"],
        "bolus": {"liver": 1.0}, "transfers": {"liver -> out": "k"}, "parameters": {"k": {"start": 0.05}},
        "data": [{"of": "liver", "unit": "%IA", "decay_corrected": True, "weights": "relative", "time": time,
                  "value": value}],
    }  # fmt: skip
    found = model_doses(text(data), bodies=["adult male", "adult female"])
    doses, fit = found.doses["adult male"], found.fits["adult male"]
    k = fit.parameters["k"]
    assert k.se is not None
    lam = decay_of("Tc-99m").lambda_per_h["Tc-99m"]
    tiac = found.tiac_h["adult male"]["Tc-99m"]["liver"]
    assert tiac == pytest.approx(1 / (k.value + lam), rel=1e-9)
    relative = k.se / (k.value + lam)
    row = doses.targets.index("spleen")
    own = doses.tiac_error_mGy_per_MBq.sum(1)[:, row]
    assert abs(own).max() == pytest.approx(relative * doses["spleen"], rel=1e-6)
    assert doses.effective("ICRP 103").se_from_tiac_mSv_per_MBq is not None
    (both,) = found.doses.sex_averaged().values()
    assert both.se_from_tiac_mSv_per_MBq == pytest.approx(relative * float(both), rel=1e-6)
    assert tiac_table(found)["se_tiac_h"].tolist() == pytest.approx([relative * tiac] * 2, rel=1e-6)


def test_retention_and_tiac_tables():
    found = model_doses(text(LEAD, output={"times": [1, 10]}), bodies=["adult male"])
    table = retention_table(found.given["adult male"], "Pb-212")
    assert list(table["nuclide"].unique()) == ["Pb-212", "Bi-212", "Po-212", "Tl-208"]
    lead = table[table.nuclide == "Pb-212"].set_index("time_h")
    lam = decay_of("Pb-212").lambda_per_h["Pb-212"]
    assert lead.loc[10.0, ["whole body", "urine"]].sum() == pytest.approx(math.exp(-10 * lam), rel=1e-12)
    chain = found.given["adult male"].chain
    assert chain is not None
    bismuth = table[table.nuclide == "Bi-212"].set_index("time_h")
    own = chain.retention([1.0, 10.0], "kidneys", "Bi-212")
    assert bismuth["kidneys"].tolist() == pytest.approx(own.tolist(), rel=1e-12)
    tiacs = tiac_table(found).set_index(["nuclide", "source"])["tiac_h"]
    assert tiacs["Bi-212", "kidneys"] == found.tiac_h["adult male"]["Bi-212"]["kidneys"]


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"source_regions": {"blood": "blod", "rest": "remainder"}}, {}, "source_regions.blood: "),
        ({"source_regions": {"blood": "heart contents"}}, {}, "'rest': it has no source region"),
        ({}, {"bodies": []}, "no body: give one or more"),
        ({}, {"ages": True}, "give ages, or bodies"),
        ({}, {"nuclide": "Xx-99"}, "Xx-99"),
        ({}, {"bodies": ["adult male", "adult male"]}, "'adult male' is given twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(change, options, says):
    told = {"bodies": ["adult male"], **options}
    with pytest.raises(DosimetryError, match=says):
        model_doses(text(LEAD, **change), told.pop("nuclide", None), told.pop("bodies"), **told)


def test_no_nuclide_and_mistakes_of_the_file():
    data = {k: v for k, v in LEAD.items() if k != "nuclide"}
    with pytest.raises(DosimetryError, match="which nuclide"):
        model_doses(text(data), bodies=["adult male"])
    with pytest.raises(KineticsError, match=r"model\.toml: unknown key 'colour'"):
        model_doses(text(LEAD, colour=1), bodies=["adult male"])


def test_organs_of_one_sex_and_parts_of_the_gut_find_their_bodies():
    """Ovaries go to the woman; what ICRP 100 calls the left colon is in two parts of the stylised gut."""
    data = {
        "time_unit": "d", "nuclide": "F-18", "compartments": ["ovaries"], "bolus": {
            "ovaries": 0.1, "small intestine contents": 0.4}, "organs": {},
        "tract": {"model": "ICRP 100", "age": "adult"},
    }  # fmt: skip
    found = model_doses(text(data), bodies=["adult male", "adult female"])
    assert "ovaries" not in found.doses.tiac_h["adult male"]["F-18"]
    assert found.doses.tiac_h["adult female"]["F-18"]["ovaries"] > 0
    tiac, compartments = found.tiac_h["adult male"]["F-18"], found.compartment_tiac_h["adult male"]["F-18"]
    upper = compartments["right colon contents"] + 0.38 * compartments["left colon contents"]
    assert tiac["upper large intestine contents"] == pytest.approx(upper, rel=1e-12)


def test_a_region_that_bodies_lack_is_told_once_with_where_to_say_another(tmp_path: Path) -> None:
    """Not a line a body, not the liver as an example, and no region of a body of another series."""
    path = tmp_path / "psma.toml"
    path.write_text(
        'name = "m"\nnuclide = "Lu-177"\ntime_unit = "h"\n[organs."salivary glands"]\nfraction = 0.02\n'
        "[organs.remainder]\nfraction = 0.98\n",
        encoding="utf-8",
    )
    with pytest.raises(DosimetryError) as told:
        model_doses(path, ages=True)
    (line,) = told.value.complaints
    assert "psma.toml: compartment 'salivary glands': it has no source region of phantoms 'newborn'" in line
    assert line.endswith("for bodies of this kind alone under [bodies.stylised.source_regions]")


def test_a_body_does_not_take_a_region_of_another_series() -> None:
    """With an ICRP body beside it a stylised one took its salivary glands, and failed on them later."""
    stylised = load_phantom("adult male")
    other = cast(SafLibrary, SimpleNamespace(sources=("salivary glands", "prostate")))
    with pytest.raises(DosimetryError, match="'salivary glands': it has no source region of phantom 'adult"):
        source_of_compartments(["salivary glands"], {}, {}, stylised, [other])
    assert source_of_compartments(["prostate"], {}, {}, stylised, [other]) == {"prostate": {"prostate": 1.0}}
