"""Whole cases: files and a command line."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from .bases import (
    ANIMALS,
    CHAIN_MODEL,
    COHORT,
    CURVE,
    GIVEN_POPULATION,
    LESIONS,
    MODEL,
    PUBLISHED_COHORTS,
    SINGLE_ANIMALS,
    STUDIES,
    TIAC,
    TIAC_BY_BODY,
    Files,
    direct,
)
from .damage import Damaged, damaged
from .therapy_bases import LIMITS, therapy, with_therapy

NAMES = (
    "Zr-89",
    "Lu-177",
    "F-18",
    "Ac-225",
    "H-3",
    "U-238",
    "Zr-890",
    "",
    "x",
    "[/x]",
    "89Zr",
    "Tc-99m",
    "$x_{$",
    "\x00",
)
BODIES = (
    "adult male",
    "adult female",
    "15-year-old",
    "newborn",
    "",
    "x",
    "[/x]",
    "../x",
    "ADULT MALE",
    "a" * 300,
)
FLOATS = (
    "1",
    "0",
    "-1",
    "0.5",
    "1e308",
    "5e-324",
    "nan",
    "inf",
    "-inf",
    "x",
    "",
    "70",
    "100",
    "1e6",
    "1_000",
    "1e-9",
)
WEIGHTS = ("auto", "none", "relative", "sd", "poisson", "x", "")
ENTERS = (
    "0.5:1h",
    "0.5:1/h",
    "0.06:12min",
    "1:1e-9h",
    "1:1e9d",
    "0:1h",
    "-1:1h",
    "5:1h",
    "0.5",
    "x",
    "[/x]:1h",
)
NIGHTS = ("12:8:30", "0:24:0", "1:2", "x:y:z", "-1:30:5", "")
MODELS = ("auto", "monoexponential", "biexponential", "triexponential", "uptake", "x", "")
DAUGHTERS = ("none", "equilibrium", "x", "")
MASSES = ("ICRP 133", "ICRP 89", "x")
CONVENTIONS = ("ICRP 116", "OLINDA/EXM 1.x", "x")


@dataclass(frozen=True)
class Case:
    """What is run: files in a folder, and the arguments, in which FOLDER stands for it.

    kinds : what was damaged, for the summary.
    hopeless : it can only be refused.
    whole : the command writes its folder; else a study's results are made and not written.
    """

    command: str
    files: Files
    arguments: tuple[str, ...]
    kinds: tuple[str, ...]
    hopeless: bool = False
    whole: bool = False


@st.composite
def _options(draw: st.DrawFn, choices: dict[str, tuple[str, ...] | None], most: int = 3) -> list[str]:
    """Some options with values of a pool; None for a switch."""
    found: list[str] = []
    for name in draw(st.lists(st.sampled_from(sorted(choices)), max_size=most, unique=True)):
        pool = choices[name]
        found += [name] if pool is None else [name, draw(st.sampled_from(pool))]
    return found


@st.composite
def studies(draw: st.DrawFn) -> Case:
    """A damaged study."""
    base = draw(st.sampled_from(sorted(STUDIES)))
    d = draw(damaged(Damaged(STUDIES[base]())))
    whole = draw(st.integers(0, 24)) == 0
    options = draw(_options({"--allow-outside": None})) if whole else []
    given = ("run", "FOLDER/study.toml", "--out", "FOLDER/out", "--no-figures", *options)
    return Case("run", d.files, given, d.kinds, d.hopeless, whole)


@st.composite
def doses(draw: st.DrawFn) -> Case:
    """`milligray dose` with a damaged table or odd options."""
    both = ["--phantom", "adult male", "--phantom", "adult female"]
    table, asked = draw(
        st.sampled_from(
            [(TIAC, ["--phantom", "adult male"]), (TIAC, both), (TIAC_BY_BODY, both), (TIAC, ["--ages"])]
        )
    )
    files, kinds, hopeless = {"tiac.csv": table}, ("options",), False
    nuclide = "Zr-89"
    options: list[str] = []
    if draw(st.booleans()):
        d = draw(damaged(Damaged(files)))
        files, kinds, hopeless = d.files, d.kinds, d.hopeless
    else:
        nuclide = draw(st.sampled_from(NAMES))
        if draw(st.booleans()):
            asked = ["--phantom", draw(st.sampled_from(BODIES))]
        options = draw(
            _options(
                {
                    "--masses": MASSES,
                    "--convention": CONVENTIONS,
                    "--daughters": DAUGHTERS,
                    "--body-mass-kg": FLOATS,
                    "--ages": None,
                    "--phantom": BODIES,
                }
            )
        )
    how = draw(st.sampled_from([["--json"], ["--json"], [], ["--csv", "-"]]))
    given = ("dose", "--nuclide", nuclide, *asked, "--tiac", "FOLDER/tiac.csv", *options, *how)
    return Case("dose", files, given, kinds, hopeless)


@st.composite
def curves(draw: st.DrawFn) -> Case:
    """`milligray fit` and `nca` with a damaged curve or odd options."""
    command = draw(st.sampled_from(["fit", "nca", "nca"]))
    files, kinds, hopeless = {"curve.csv": CURVE}, ("options",), False
    options = ["--half-life-h", "78.41", "--decay-corrected"]
    if draw(st.booleans()):
        d = draw(damaged(Damaged(files)))
        files, kinds = d.files, d.kinds
        hopeless = d.hopeless and not any("cell" in kind for kind in kinds)  # "BLQ" may be said in words
    else:
        common = {
            "--half-life-h": FLOATS,
            "--weights": WEIGHTS,
            "--model": MODELS,
            "--unit": ("%IA", "%IA/L", "x", "mg/L"),
            "--not-decay-corrected": None,
        }
        own: dict[str, tuple[str, ...] | None] = {
            "--fractional-sd": FLOATS,
            "--interval": ("delta", "profile", "x"),
        }
        if command == "nca":
            own = {
                "--route": ("bolus", "infusion", "extravascular", "x"),
                "--infusion-h": FLOATS,
                "--method": ("linear", "log", "linear-up/log-down", "linear-decay-corrected", "x"),
                "--slope-points": ("3", "1", "0", "-1", "x"),
                "--plasma-volume-L": FLOATS,
                "--dose-unit": ("%IA", "MBq", "x"),
            }
        options = draw(_options({**common, **own}, 4))
    if command == "fit" and "--model" not in options:
        options += ["--model", "monoexponential"]  # the choice among all takes a second
    if command == "nca":
        options += ["--dose", draw(st.sampled_from(FLOATS)) if kinds == ("options",) else "100"]
    how = draw(st.sampled_from([["--json"], ["--json"], []]))
    return Case(command, files, (command, "FOLDER/curve.csv", *options, *how), kinds, hopeless)


@st.composite
def cohorts(draw: st.DrawFn) -> Case:
    """`milligray fit-cohort` with a damaged table or odd options."""
    files, kinds, hopeless = {"cohort.csv": COHORT}, ("options",), False
    options = ["--half-life-h", "78.41", "--not-decay-corrected", "--model", "monoexponential"]
    if draw(st.booleans()):
        d = draw(damaged(Damaged(files)))
        files, kinds = d.files, d.kinds
        hopeless = d.hopeless and not any("cell" in kind for kind in kinds)  # "BLQ" may be said in words
    elif draw(st.booleans()):
        files = {**files, "population.json": GIVEN_POPULATION}
        d = draw(damaged(Damaged({"population.json": GIVEN_POPULATION})))
        files, kinds = {**files, **d.files}, d.kinds
        options = ["--half-life-h", "78.41", "--unit", "%IA/L", "--population", "FOLDER/population.json"]
        files["cohort.csv"] = files["cohort.csv"].replace(b"%IA,", b"%IA/L,")
    else:
        options += draw(
            _options(
                {
                    "--half-life-h": FLOATS,
                    "--residual": ("proportional", "sd", "scaled-sd", "additive", "combined", "x"),
                    "--covariance": ("diagonal", "full", "x"),
                    "--criterion": ("BIC", "AIC", "x"),
                    "--model": MODELS,
                    "--body-mass": ("A1", "lambda1", "x"),
                    "--unit": ("%IA", "%IA/L", "x"),
                },
                3,
            )
        )
    how = draw(st.sampled_from([["--json"], ["--json"], []]))
    arguments = ("fit-cohort", "FOLDER/cohort.csv", *options, *how)
    return Case("fit-cohort", files, arguments, kinds, hopeless)


@st.composite
def models(draw: st.DrawFn) -> Case:
    """`milligray compartments` or `model` with a damaged model."""
    how = draw(st.sampled_from([["--json"], ["--json"], []]))
    if draw(st.booleans()):
        bodies = ["--body", "adult male"]
        asked = draw(st.sampled_from([bodies, [*bodies, "--body", "adult female"], ["--ages"]]))
        d = Damaged({"model.toml": CHAIN_MODEL})
        options = ["--years", "50"]
        if draw(st.integers(0, 3)):
            d = draw(damaged(d))
        else:
            pools = {"--years": FLOATS, "--nuclide": NAMES, "--age": ("5 years", "x", ""), "--body": BODIES}
            options, d = draw(_options(pools)), Damaged(d.files, ("options",))
        given = ("model", "FOLDER/model.toml", *asked, *options, *how)
        return Case("model", d.files, given, d.kinds, d.hopeless)
    d = draw(damaged(Damaged({"model.toml": MODEL})))
    return Case("compartments", d.files, ("compartments", "FOLDER/model.toml", *how), d.kinds, d.hopeless)


@st.composite
def projections(draw: st.DrawFn) -> Case:
    """`milligray project` with a damaged table or odd options."""
    table = draw(st.sampled_from([ANIMALS, SINGLE_ANIMALS]))
    given = {
        "--nuclide": "Zr-89", "--species": "mouse", "--body-mass-g": "25", "--data": "measured",
        "--first": "constant", "--tail": "physical", "--remainder": "whole body minus sources",
    }  # fmt: skip
    options = ["--decay-corrected"]
    d = Damaged({"animals.csv": table}, ("options",))
    if draw(st.booleans()):
        d = draw(damaged(Damaged(d.files)))
    else:
        rules = ("zero", "constant", "extrapolate", "physical", "effective", "fitted", "none", "x", "")
        pools: dict[str, tuple[str, ...] | None] = {
            "--nuclide": NAMES, "--species": ("rat", "x", ""), "--body-mass-g": FLOATS, "--data": ("x", ""),
            "--first": rules, "--tail": rules, "--remainder": ("no excretion", "as given", "x"),
        }  # fmt: skip
        other = draw(_options(pools, 2))
        given |= dict(zip(other[::2], other[1::2], strict=True))
        more: dict[str, tuple[str, ...] | None] = {
            "--method": ("linear", "log", "x"), "--scaling": ("none", "mass and time", "x"),
            "--phantom": BODIES, "--time-exponent": FLOATS, "--void-every-h": FLOATS,
            "--daughters": DAUGHTERS, "--masses": MASSES,
            "--limit": ("any organ=50", "liver = 20 mSv", "x=1", "=", "any organ=0"),
            "--weights": ("ICRP 60", "x"), "--not-decay-corrected": None, "--measured-nuclide": NAMES,
        }  # fmt: skip
        options += draw(_options(more))
    how = draw(st.sampled_from([["--json"], ["--json"], []]))
    flat = [word for pair in given.items() for word in pair]
    return Case(
        "project", d.files, ("project", "FOLDER/animals.csv", *flat, *options, *how), d.kinds, d.hopeless
    )


@st.composite
def lesion_studies(draw: st.DrawFn) -> Case:
    """`milligray lesions` with a damaged study."""
    d = draw(damaged(Damaged(LESIONS)))
    given = ("lesions", "FOLDER/study.toml", "--out", "FOLDER/out", "--no-figures")
    return Case("lesions", d.files, given, d.kinds, d.hopeless, draw(st.integers(0, 24)) == 0)


@st.composite
def therapies(draw: st.DrawFn) -> Case:
    """`milligray run` of cycles, of which the section, its tables or its limits are damaged."""
    study, added = therapy()
    d = draw(damaged(Damaged(added)))
    given = ("run", "FOLDER/study.toml", "--out", "FOLDER/out", "--no-figures")
    whole = draw(st.integers(0, 24)) == 0
    return Case("therapy", with_therapy(study, d.files), given, d.kinds, d.hopeless, whole)


@st.composite
def projected_labels(draw: st.DrawFn) -> Case:
    """`milligray theranostic` of a damaged study, with odd limits or odd options."""
    files: Files = {**direct(), "limits.toml": LIMITS}
    to, options, d = "Lu-177,Ac-225", ["--limits", "FOLDER/limits.toml"], Damaged(files, ("options",))
    how = draw(st.sampled_from(["study", "limits", "options"]))
    if how == "study":
        d = draw(damaged(Damaged(direct())))
    elif how == "limits":
        d = draw(damaged(Damaged({"limits.toml": LIMITS})))
    else:
        to = ",".join(draw(st.lists(st.sampled_from((*NAMES, "Y-90", "Lu-177")), max_size=2)))
        options = draw(_options({"--rbe-alpha": FLOATS, "--effective-dose": None, "--limits": ("FOLDER/x",)}))
    given = ("theranostic", "FOLDER/study.toml", "--to", to, "--out", "FOLDER/out", "--no-figures", *options)
    return Case("theranostic", files | d.files, given, d.kinds, d.hopeless)


@st.composite
def comparisons(draw: st.DrawFn) -> Case:
    """`milligray compare` with a damaged table of published doses or odd options."""
    d = Damaged({"published.csv": PUBLISHED_COHORTS}, ("options",))
    options: list[str] = []
    if draw(st.booleans()):
        d = draw(damaged(Damaged(d.files)))
    else:
        options = draw(
            _options(
                {
                    "--level": FLOATS,
                    "--units": ("rad/mCi", "x", ""),
                    "--digits": ("1", "7", "0", "x"),
                    "--all-pairs": None,
                    "--name": ("x",),
                }
            )
        )
    how = draw(st.sampled_from([["--json"], ["--json"], []]))
    arguments = ("compare", "--published", "FOLDER/published.csv", *options, *how)
    return Case("compare", d.files, arguments, d.kinds, d.hopeless)


@st.composite
def prompts(draw: st.DrawFn) -> Case:
    """Commands that read no file."""
    command = draw(st.sampled_from(["sphere", "sphere", "svalues", "nuclide", "phantoms", "bladder"]))
    json = draw(st.sampled_from([["--json"], []]))
    nuclide = draw(st.sampled_from(NAMES))
    if command == "sphere":
        given = ["--nuclide", nuclide, "--mass-g", draw(st.sampled_from(FLOATS))]
        more = {"--density-g-per-cm3": FLOATS, "--tiac-h": FLOATS, "--daughters": DAUGHTERS}
        given += draw(_options(more))
    elif command == "svalues":
        sources = ("liver", "livr", "remainder", "", "[/x]")
        given = [nuclide, "--phantom", draw(st.sampled_from(BODIES))]
        given += draw(
            _options(
                {
                    "--source": sources,
                    "--masses": MASSES,
                    "--convention": CONVENTIONS,
                    "--daughters": DAUGHTERS,
                }
            )
        )
    elif command == "nuclide":
        given = [nuclide]
    elif command == "bladder":
        half_lives = {"--half-life-h": FLOATS, "--nuclide": NAMES}
        wall = {"--body": BODIES, "--volume-mL": FLOATS, "--flow-mL-per-h": FLOATS, "--night": NIGHTS}
        times: dict[str, tuple[str, ...] | None] = {
            "--every": FLOATS,
            "--first": FLOATS,
            "--times": ("1,2", "2,1", "1,x", "", ",", "1e-9"),
            "--residual": FLOATS,
            "--continuous": FLOATS,
        }
        given = draw(_options(half_lives, 1)) or ["--nuclide", "F-18"]
        given += draw(_options(times, 2)) or ["--every", "3.5"]
        body = ["--body", "adult male", "--volume-mL", "10", "--flow-mL-per-h", "60"]
        given += draw(st.sampled_from([[], [], body])) or draw(_options(wall, 1))
        given += ["--enters", draw(st.sampled_from(("0.5:1h", *ENTERS)))]
    else:
        given = draw(
            st.sampled_from([["list"], ["show", "adult male"], ["show", "x"], ["show", "[/x]"], ["x"]])
        )
    return Case(command, {}, (command, *given, *json), ("options",))


ALL = st.one_of(
    studies(),
    studies(),
    studies(),
    studies(),
    studies(),
    doses(),
    curves(),
    cohorts(),
    models(),
    prompts(),
    projections(),
    comparisons(),
    lesion_studies(),
    therapies(),
    projected_labels(),
)
