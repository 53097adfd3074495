"""[uncertainty] of a study file: what a value may say, what is missing, acts on nothing, or cancels."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from dosimetry import load_study
from dosimetry.errors import DosimetryError
from dosimetry.study.keys.key_errors import key_complaints
from dosimetry.study.keys.uncertainty_settings import Uncertainty
from dosimetry.study.uncertainty.default_values import PATIENT_AND_PHANTOM_U
from dosimetry.study.uncertainty.facts import Facts, OrganFacts
from dosimetry.study.uncertainty.method import StatedBudget, stated_budget
from dosimetry.uncertainty.inputs import Effect, Input

B = 'kind = "B", source = "x"'
KIDNEYS = OrganFacts(units=("kBq/mL",), no_sd=False, trapezoids=True, measured_mass=True)
#: A study with all curves, in which everything that can be stated matters but values in %IA.
COUNTED = Facts(
    measured=True, probe=True, serum=True, counted=True, heart_contents=True, red_marrow=True,
    organs={"kidneys": KIDNEYS, "lungs": replace(KIDNEYS, measured_mass=False)},
    sources=("kidneys", "lungs", "heart contents", "red marrow"), targets=("kidneys", "lungs", "red marrow"),
)  # fmt: skip
#: All that :data:`COUNTED` needs.
ENOUGH = f"""
trapezoids = "alternatives"
activity_meter = {{ u_percent = 3, calibrates = ["administered activity"], {B} }}
administered_activity = "unknown"
whole_body.positioning = "unknown: nobody measured it"
whole_body.time = {{ u_h = 0.05, {B} }}
serum.standard = "unknown"
serum.sample_volume = {{ u_percent = 1, {B} }}
serum.time = "unknown"
organs.calibration = {{ u_percent = 5, {B} }}
organs.time = "unknown"
quantification = "unknown"
mass = "unknown"
density = "unknown"
haematocrit = {{ u = 0.02, {B} }}
marrow_factor = "unknown"
half_life = {{ u_percent = 0.05, {B} }}
emitted_energy = "unknown"
patient_and_phantom = "default"
"""


def without(*keys: str, more: str = "") -> str:
    """:data:`ENOUGH` without some keys and with other lines."""
    kept = [x for x in ENOUGH.splitlines() if x.partition(" ")[0] not in keys]
    return "\n".join([*kept, more])


def stated(text: str, facts: Facts = COUNTED) -> StatedBudget:
    return stated_budget(Uncertainty.model_validate(tomllib.loads(text)), facts, "study.toml")


def one(name: str, budget: StatedBudget) -> Input:
    (found,) = [i for i in budget.method.inputs if i.name == name]
    return found


def key_lines(text: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Uncertainty.model_validate(tomllib.loads(text))
    return key_complaints(caught.value, Uncertainty)


def lines(text: str, facts: Facts = COUNTED) -> list[str]:
    with pytest.raises(DosimetryError) as caught:
        stated(text, facts)
    return list(caught.value.complaints)


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ("u_percent = -3", "half_life.u_percent = -3", "greater than 0"),
        ("u_percent = 0", "half_life.u_percent = 0", "greater than 0"),
        ("u_percent = nan", "half_life.u_percent = nan", "finite"),
        ("u_percent = 301", "half_life", "is above 300; is the unit right?"),
        ("u_percent = 51", "half_life", "negative in some cases; say distribution"),
        ("u_percent = 3, u_h = 1", "unknown key half_life.u_h", "allowed: kind"),
        ("u_percent = 3, half_width_percent = 1", "half_life", "both given; one is needed"),
        ("half_width_percent = 3", "half_life", 'needs distribution = "rectangular" or "triangular"'),
        ('u_percent = 3, distribution = "triangular"', "half_life", "has a half-width: half_width_percent"),
        ('u_percent = 3, distribution = "flat"', "half_life.distribution = 'flat'", "'normal', 'log-normal'"),
        ('u_percent = 3, shared_by = "me"', "half_life.shared_by = 'me'", "'point', 'curve', 'organ'"),
        ('unknown = "why", u_percent = 3', "half_life", "does not go with 'unknown'"),
        ("", "half_life", "no uncertainty is given: u_percent or half_width_percent"),
    ],
)
def test_a_value_that_cannot_be_is_one_line_with_its_key(said: str, path: str, words: str) -> None:
    found = key_lines(f"half_life = {{ {said}{', ' if said else ''}{B} }}")
    assert any(x.startswith(path) and words in x for x in found), found


@pytest.mark.parametrize("word", ["unkown", "unknown:", "unknown: ", "none", "0.03", ""])
def test_no_other_word_than_unknown_stands_for_a_number(word: str) -> None:
    (line,) = key_lines(f'haematocrit = "{word}"')
    assert line.startswith(f"haematocrit: '{word}' says nothing; a table is needed, e.g. {{ u = 0.02")


def test_kind_and_source_are_needed_and_all_mistakes_are_told_at_once() -> None:
    found = key_lines(
        "half_life = { u_percent = 1 }\nhaematocrit = { u = 0.3, kind = 'C', source = 'x' }\nx = 1"
    )
    assert [x.partition(":")[0] for x in found] == [
        "unknown key x; allowed", "haematocrit.kind = 'C'", "half_life", "half_life",
    ]  # fmt: skip
    assert "kind is missing" in found[2]
    assert "source is missing" in found[3]


def test_a_haematocrit_in_per_cent_is_refused() -> None:
    (line,) = key_lines(f"haematocrit = {{ u = 2, {B} }}")
    assert "u = 2 is above 0.2; is the unit right?" in line


@pytest.mark.parametrize(
    ("width", "distribution", "u"),
    [
        ("half_width_percent = 6", "rectangular", 0.06 / math.sqrt(3)),
        ("half_width_percent = 6", "triangular", 0.06 / math.sqrt(6)),
        ("u_percent = 60", "log-normal", 0.6),
        ("u_percent = 6", "normal", 0.06),
    ],
)
def test_half_widths_become_standard_uncertainties(width: str, distribution: str, u: float) -> None:
    """JCGM 100:2008, 4.3.7 and 4.3.9."""
    text = f'half_life = {{ {width}, distribution = "{distribution}", {B} }}'
    found = one("half-life", stated(without("half_life", more=text)))
    assert found.effects[0].u == pytest.approx(u, rel=1e-12)
    assert found.distribution == distribution


OUTLINE = (
    "volume_mL = 150, voxel_mm = 4, fwhm_mm = 6, observer_percent = 5, mass_from_outline = true, source = 'x'"
)
RECOVERY = "b1_mL = 2.5, b2 = 0.7, covariance = [[0.09, 0.003], [0.003, 0.0016]], source = 'x'"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (f"outline.liver = {{ {OUTLINE.replace('150', '0.06')} }}", "volume_mL = 0.06 is below one voxel"),
        (f"outline.liver = {{ {OUTLINE.replace('6,', '0,')} }}", "outline.liver.fwhm_mm = 0: allowed:"),
        (f"outline.liver = {{ {OUTLINE.replace('observer_percent = 5, ', '')} }}", "one of the two"),
        (f"recovery = {{ {RECOVERY.replace('0.0016', '-0.0016')} }}", "recovery: covariance"),
        (f"recovery = {{ {RECOVERY.replace('0.003], [0.003', '0.03], [0.03')} }}", "outside of -1 to 1"),
        (f"recovery = {{ {RECOVERY.replace('[0.003, 0', '[0.001, 0')} }}", "recovery: covariance"),
        ("recovery = { b1_mL = 2, b2 = 1, u_b1_mL = 1, u_b2 = 1, correlation = 1.2, source = 'x' }",
         "recovery.correlation = 1.2: allowed: less than or equal to 1"),
        ("recovery = { volume_mL = [1, 2, 5], measured = [0.3, 0.5, 1.21], u_measured = [0.1, 0.1, 0.1],"
         " source = 'x' }", "recovery.measured.2 = 1.21: allowed: less than or equal to 1.2"),
        ("recovery = { volume_mL = [1, 2, 5], measured = [0.3, 0.5], u_measured = [0.1, 0.1, 0.1],"
         " source = 'x' }", "have 3, 2 and 3 numbers"),
        ("recovery = { b1_mL = 2, fwhm_mm = 6, u_fwhm_mm = 1, source = 'x' }", "one of three is needed"),
    ],
)  # fmt: skip
def test_outlines_and_recoveries_that_cannot_be(table: str, words: str) -> None:
    found = key_lines(table)
    assert any(words in x for x in found), found


def test_everything_that_is_missing_is_told_at_once_with_a_line_that_would_do() -> None:
    found = lines("")
    keys = [re.search(r"uncertainty\.(\S+) (is missing|has nothing)", x) for x in found]
    assert all(keys), found
    needed = [line.partition(" ")[0] for line in ENOUGH.splitlines() if line]
    assert sorted(k[1] for k in keys if k) == sorted(needed)
    for line in found:
        example = re.search(r"e\.g\. (.*), or say it is not known: (\S+ = \"unknown\")", line)
        assert example, line
        for text in example.groups():
            assert tomllib.loads(text)


def test_what_is_said_to_be_missing_is_enough() -> None:
    budget = stated(ENOUGH)
    assert {u.name for u in budget.method.unknown} == {
        "administered activity", "positioning before the probe", "serum standard", "times: serum",
        "times: organs", "quantification", "organ mass", "density", "marrow factor 0.19", "emitted energy",
    }  # fmt: skip
    assert {u.why for u in budget.method.unknown} == {"", "nobody measured it"}
    assert budget.method.rules
    assert not stated(without("trapezoids", more='trapezoids = "unknown"')).method.rules


@pytest.mark.parametrize(
    "facts",
    [
        Facts(measured=False, sources=("liver",), targets=("liver",)),
        Facts(measured=True, probe=True, targets=("liver",)),
        replace(COUNTED, probe=False, counted=False),
        replace(COUNTED, organs={"kidneys": replace(KIDNEYS, units=("%IA",), no_sd=True, trapezoids=False)}),
        replace(COUNTED, bladder=True, gut=True, scaled=True),
        Facts(measured=False, given_without_sd=True, sources=("liver",), targets=("liver",), bladder=True),
    ],
)
def test_the_lines_that_would_do_are_enough_for_every_kind_of_study(facts: Facts) -> None:
    """Those that a first run asks for, all of them, make a second one that asks for nothing."""
    words = [re.search(r"(\S+) (?:is missing|has nothing)", x) for x in lines("", facts)]
    text = "\n".join(f'{m[1].removeprefix("uncertainty.")} = "unknown"' for m in words if m)
    assert len(stated(text, facts).method.unknown) == len(words)


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (f"organs.noise = {{ u_percent = 5, {B} }}", COUNTED),
        ('tiac = "unknown"', COUNTED),
        ('bladder = "unknown"', COUNTED),
        (f"serum.calibration = {{ u_percent = 5, {B} }}", replace(COUNTED, serum=False, counted=False)),
    ],
)
def test_what_acts_on_nothing_is_a_mistake(line: str, facts: Facts) -> None:
    path = line.partition(" ")[0]
    assert f"study.toml: uncertainty.{path} acts on nothing in this study; take it out" in lines(
        ENOUGH + line, facts
    )


def test_a_calibration_that_cancels_is_a_note_and_no_input() -> None:
    budget = stated(ENOUGH + f"whole_body.calibration = {{ u_percent = 5, {B} }}")
    assert [n for n in budget.notes if "cancels: the curve is normalised to its own first reading" in n]
    assert not [i for i in budget.method.inputs if "whole body" in i.name and "calibration" in i.name]


def test_a_meter_stands_behind_what_it_calibrated() -> None:
    text = without("activity_meter") + (
        "activity_meter = { u_percent = 3, calibrates = ['administered activity', 'serum standard',"
        f" 'scanner'], {B} }}"
    )
    assert one("calibration of the activity meter", stated(text)).effects == (
        Effect("administered activity", 0.03, "organs"), Effect("administered activity", 0.03, "serum"),
        Effect("curve", 0.03, "serum"), Effect("curve", 0.03, "kidneys"), Effect("curve", 0.03, "lungs"),
    )  # fmt: skip
    found = lines(text, replace(COUNTED, counted=False, probe=False))
    assert any("calibrates names 'serum standard', which this study does not have" in x for x in found)


def test_regions_have_their_own_value_or_that_of_other() -> None:
    more = f"mass.kidney = {{ u_percent = 4, {B} }}\nmass.other = {{ u_percent = 20, {B} }}"
    budget = stated(without("mass", more=more))
    masses = {i.name: i.effects[0].u for i in budget.method.inputs if i.name.startswith("organ mass")}
    assert masses == {
        "organ mass: kidneys": 0.04, "organ mass: lungs": 0.2, "organ mass: heart contents": 0.2,
        "organ mass: red marrow": 0.2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (f"mass.livr = {{ u_percent = 4, {B} }}", "uncertainty.mass.livr: unknown source region 'livr'"),
        (
            f"mass.kidneys = {{ u_percent = 4, {B} }}",
            "mass has nothing for lungs, heart contents, red marrow",
        ),
        (
            f"mass.kidney = 'unknown'\nmass.kidneys = 'unknown'\nmass.other = {{ u_percent = 4, {B} }}",
            "twice",
        ),
        (f"mass.all = {{ u_percent = 4, {B} }}", "mass.all is no region"),
        (
            f"mass.other = {{ u_percent = 4, shared_by = 'point', {B} }}",
            "mass.kidneys shared_by = 'point'; allowed: patient, everybody",
        ),
    ],
)
def test_regions_that_are_not_there_or_not_named(more: str, words: str) -> None:
    found = lines(without("mass", more=more))
    assert any(words in x for x in found), found


def test_the_body_is_needed_where_masses_are_scaled_and_other_does_not_mean_it() -> None:
    more = f"mass.other = {{ u_percent = 20, {B} }}"
    scaled = replace(COUNTED, scaled=True)
    (line,) = lines(without("mass", more=more), scaled)
    assert "uncertainty.mass has nothing for body" in line
    more += f"\nmass.body = {{ u_percent = 1, {B} }}"
    assert one("body mass", stated(without("mass", more=more), scaled)).effects == (
        Effect("mass", 0.01, "body"),
    )


def test_patient_and_phantom_is_apart_together_or_target_by_target() -> None:
    budget = stated(ENOUGH)
    found = one("patient and phantom", budget)
    assert found.apart
    assert found.effects == (Effect("dose", PATIENT_AND_PHANTOM_U, "all"),)
    # 33 % between the 10th and the 90th percentile, 2.563 SD apart
    assert pytest.approx(0.33 / 2.563, rel=1e-3) == PATIENT_AND_PHANTOM_U
    more = f"patient_and_phantom.lungs = {{ u_percent = 30, {B} }}\npatient_and_phantom.other = 'unknown'"
    budget = stated(without("patient_and_phantom", more=more))
    assert one("patient and phantom: lungs", budget).effects == (Effect("dose", 0.3, "lungs"),)
    assert [u.name for u in budget.method.unknown if "phantom" in u.name] == [
        "patient and phantom: kidneys", "patient and phantom: red marrow"
    ]  # fmt: skip
    more = f"patient_and_phantom.lungs = {{ u_percent = 30, {B} }}"
    assert any(
        "has nothing for kidneys, red marrow" in x for x in lines(without("patient_and_phantom", more=more))
    )


def test_one_number_of_patient_and_phantom_is_of_all_targets() -> None:
    """As docs/uncertainty.md says: by target, all together, or "default"; it was refused."""
    line = f"patient_and_phantom = {{ u_percent = 20, {B} }}"
    (own,) = (i for i in stated(without("patient_and_phantom", more=line)).method.inputs if i.apart)
    assert own.effects == (Effect("dose", 0.2, "all"),) and own.shared_by == "patient"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            f"mass = {{ u_percent = 20, {B} }}",
            "mass: is by region, and 'u_percent' stands in place",
        ),
        (f"quantification = {{ u_percent = 5, {B} }}", "quantification: is by region"),
        ("outline = { volume_mL = 150 }", "outline: is by organ, and 'volume_mL' stands in place"),
    ],
)
def test_a_number_where_regions_are_meant_is_one_line(line: str, words: str) -> None:
    (told,) = key_lines(line)
    assert words in told


def test_a_bare_number_is_told_what_is_needed() -> None:
    (told,) = key_lines("half_life = 0.2")
    assert told.startswith("half_life: 0.2 is no table; a table is needed, e.g. { u_percent = 0.2")


def test_the_keys_that_are_allowed_stand_where_none_is_near() -> None:
    """u_percent of a haematocrit: the hint was "near names: source"."""
    told = key_lines(f"haematocrit = {{ u_percent = 2, {B} }}")[0]
    assert told.startswith("unknown key haematocrit.u_percent; allowed: kind") and "half_width" in told


def test_a_percentage_that_looks_like_a_fraction_is_told_but_not_of_decay_data() -> None:
    text = without("organs.calibration") + f"organs.calibration = {{ u_percent = 0.03, {B} }}"
    (note,) = stated(text).notes
    assert "organs.calibration: u_percent = 0.03 looks like a fraction; 3 % is written u_percent = 3" in note
    assert stated(ENOUGH).notes == ()


def test_single_points_of_several_organs_are_inputs_of_their_own() -> None:
    facts = replace(COUNTED, organs={k: replace(o, no_sd=True) for k, o in COUNTED.organs.items()})
    budget = stated(ENOUGH + f"organs.noise = {{ u_percent = 5, {B} }}", facts)
    noise = [i for i in budget.method.inputs if i.name.startswith("noise")]
    assert [(i.name, i.effects) for i in noise] == [
        ("noise of single values: kidneys", (Effect("curve", 0.05, "kidneys"),)),
        ("noise of single values: lungs", (Effect("curve", 0.05, "lungs"),)),
    ]


def test_the_monte_carlo_needs_its_seed() -> None:
    assert key_lines("monte_carlo = 1000") == ["monte_carlo and seed go together: give both, or none"]
    method = stated(f"monte_carlo = 1000\nseed = 7\nlevel = 0.9\n{ENOUGH}").method
    assert (method.monte_carlo, method.seed, method.level) == (1000, 7, 0.9)
    assert [x.partition(" ")[0] for x in key_lines("monte_carlo = 3\nseed = -1\nlevel = 1.0")] == [
        "level", "monte_carlo", "seed"
    ]  # fmt: skip


def test_keys_are_told_with_the_path_of_the_study_file(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "zr89-huj591"
    for name in ("patients.csv", "tiac.csv", "published.csv"):
        (tmp_path / name).write_bytes((example / name).read_bytes())
    text = (example / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(f"{text}\n[uncertainty.mass]\nliver = {{ u_percent = -1 }}\n")
    with pytest.raises(DosimetryError, match=r"study.toml: uncertainty.mass.liver.u_percent = -1: allowed"):
        load_study(tmp_path / "study.toml")


def test_organs_have_an_outline_or_one_number() -> None:
    text = without("quantification", "mass", more=f"mass.other = {{ u_percent = 20, {B} }}")
    text += f"\noutline.kidneys = {{ {OUTLINE} }}\nquantification.lungs = 'unknown'\n"
    assert any("recovery is missing" in x for x in lines(text))
    text += f"recovery = {{ {RECOVERY} }}\n"
    budget = stated(text)
    outline = [i for i in budget.method.inputs if i.name.startswith("outline: kidneys")]
    assert [i.name for i in outline] == [
        f"outline: kidneys, {x}" for x in ("voxels", "resolution", "observer")
    ]
    # the mass comes from the outline, so no line of its own
    assert not [i for i in budget.method.inputs if i.name == "organ mass: kidneys"]
    assert any("acts on nothing without [uncertainty.outline]" in x for x in lines(
        ENOUGH + f"recovery = {{ {RECOVERY} }}"
    ))  # fmt: skip
