"""Keys of [uncertainty] that are one number each: when they matter, when they cancel, what they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dosimetry.study.keys.stated import Stated
from dosimetry.study.keys.uncertainty_settings import Meter
from dosimetry.study.uncertainty.facts import Facts
from dosimetry.uncertainty.inputs import Effect, Shared

Effects = Callable[[Facts, Stated], tuple[Effect, ...]]
PERCENT = 'kind = "B", source = "..." }'


@dataclass(frozen=True)
class SingleKey:
    """A key of [uncertainty] that is one number.

    path : below ``uncertainty``.
    name : the line of the budget.
    why : in words, why it matters in a study, "" where it does not.
    effects : what one standard uncertainty of it changes.
    shared : who may have the same error; the first is meant where nothing is said.
    example : a line that would do.
    cancels : in words, why it changes nothing though the study has the quantity; "" where it does not cancel.
    optional : whether it may be left out where ``why`` says that it matters.
    """

    path: str
    name: str
    why: Callable[[Facts], str]
    effects: Effects
    shared: tuple[Shared, ...]
    example: str
    cancels: Callable[[Facts], str] = lambda facts: ""
    optional: Callable[[Facts], bool] = lambda facts: False


def _if(test: Callable[[Facts], bool], why: str) -> Callable[[Facts], str]:
    return lambda facts: why if test(facts) else ""


def _curve(region: str) -> Effects:
    return lambda facts, said: (Effect("curve", said.standard, region),)


def _time(region: str) -> Effects:
    return lambda facts, said: (Effect("time", said.standard, region),)


def _plain(what: str) -> Effects:
    return lambda facts, said: (Effect(what, said.standard),)  # type: ignore[arg-type]


def _meter(facts: Facts, said: Stated) -> tuple[Effect, ...]:
    """The administered activity, and the curves that the same meter stands behind: there it cancels."""
    assert isinstance(said, Meter)
    u, calibrates = said.standard, said.calibrates or []
    found = list(_activity(facts, said))
    if "serum standard" in calibrates:
        found.append(Effect("curve", u, "serum"))
    if "scanner" in calibrates:
        found += [Effect("curve", u, name) for name, organ in facts.organs.items() if organ.absolute]
    return tuple(found)


def _activity(facts: Facts, said: Stated) -> tuple[Effect, ...]:
    """Curves that the administered activity divides."""
    organs = any(o.absolute for o in facts.organs.values())
    regions = [*(["organs"] if organs else []), *(["serum"] if facts.serum and facts.counted else [])]
    return tuple(Effect("administered activity", said.standard, region) for region in regions)


def _noise(facts: Facts, said: Stated) -> tuple[Effect, ...]:
    return tuple(Effect("curve", said.standard, name) for name, o in facts.organs.items() if o.no_sd)


ABSOLUTE = "serum from counts and organs in kBq are divided by the administered activity"
AREAS = "areas under curves go on after the last point by physical decay"

KEYS: tuple[SingleKey, ...] = (
    SingleKey(
        "activity_meter", "calibration of the activity meter", _if(lambda f: f.absolute, ABSOLUTE), _meter,
        ("everybody",),
        'activity_meter = { u_percent = 2.5, calibrates = ["administered activity"], ' + PERCENT,
    ),
    SingleKey(
        "administered_activity", "administered activity", _if(lambda f: f.absolute, ABSOLUTE),
        _activity, ("patient", "everybody"),
        "administered_activity = { u_percent = 1, " + PERCENT,
    ),
    SingleKey(
        "whole_body.calibration", "calibration of the whole body's values",
        _if(lambda f: f.measured and not f.probe, "the whole body's values are given in %IA"),
        _curve("whole body"), ("everybody", "patient"), "whole_body.calibration = { u_percent = 5, "
        + PERCENT,
        cancels=_if(lambda f: f.probe, "the curve is normalised to its own first reading"),
    ),
    SingleKey(
        "whole_body.positioning", "positioning before the probe",
        _if(lambda f: f.measured, "each reading of the whole body has its own position"),
        _curve("whole body"), ("point",), "whole_body.positioning = { u_percent = 2, " + PERCENT,
        optional=lambda f: not f.probe,
    ),
    SingleKey(
        "whole_body.time", "times: whole body", _if(lambda f: f.measured, "readings have times"),
        _time("whole body"), ("point", "curve", "patient"), "whole_body.time = { u_h = 0.05, " + PERCENT,
    ),
    SingleKey(
        "serum.calibration", "calibration of serum's values",
        _if(lambda f: f.serum and not f.counted, "serum is given in %IA/L"), _curve("serum"),
        ("everybody", "patient"), "serum.calibration = { u_percent = 3, " + PERCENT,
        cancels=_if(
            lambda f: f.serum and f.counted, "samples and standard are counted in the same gamma counter"
        ),
    ),
    SingleKey(
        "serum.standard", "serum standard",
        _if(lambda f: f.serum and f.counted, "serum is counted with a standard"),
        _curve("serum"), ("everybody", "patient"), "serum.standard = { u_percent = 1, " + PERCENT,
    ),
    SingleKey(
        "serum.sample_volume", "volume of serum samples",
        _if(lambda f: f.serum and f.counted, "counts are divided by the volume"), _curve("serum"),
        ("point", "curve", "patient", "everybody"), "serum.sample_volume = { u_percent = 1, " + PERCENT,
    ),
    SingleKey(
        "serum.time", "times: serum", _if(lambda f: f.serum, "samples have times"), _time("serum"),
        ("point", "curve", "patient"), "serum.time = { u_h = 0.02, " + PERCENT,
    ),
    SingleKey(
        "organs.calibration", "calibration of the scanner",
        _if(lambda f: bool(f.organs), "organs have curves"), _curve("organs"),
        ("everybody", "patient"), "organs.calibration = { u_percent = 5, " + PERCENT,
    ),
    SingleKey(
        "organs.noise", "noise of single values",
        _if(lambda f: any(o.no_sd for o in f.organs.values()), "an area by trapezoids has no sd"),
        _noise, ("point",), "organs.noise = { u_percent = 5, " + PERCENT,
    ),
    SingleKey(
        "organs.time", "times: organs", _if(lambda f: bool(f.organs), "scans have times"), _time("organs"),
        ("point", "curve", "patient"), "organs.time = { u_h = 0.1, " + PERCENT,
    ),
    SingleKey(
        "haematocrit", "haematocrit", _if(lambda f: f.heart_contents, "blood in the heart is made of serum"),
        _plain("haematocrit"), ("patient", "everybody"), "haematocrit = { u = 0.02, " + PERCENT,
        cancels=_if(
            lambda f: f.red_marrow and not f.heart_contents,
            "red marrow is 0.19/(1 - haematocrit) of blood, and blood (1 - haematocrit) of serum",
        ),
    ),
    SingleKey(
        "marrow_factor", "marrow factor 0.19", _if(lambda f: f.red_marrow, "red marrow is made of serum"),
        _plain("marrow factor"), ("everybody", "patient"), "marrow_factor = { u_percent = 20, " + PERCENT,
    ),
    SingleKey(
        "half_life", "half-life", _if(lambda f: f.measured, AREAS), _plain("half-life"), ("everybody",),
        "half_life = { u_percent = 0.2, " + PERCENT,
    ),
    SingleKey(
        "emitted_energy", "emitted energy", lambda f: "doses go with the energy per decay", _plain("energy"),
        ("everybody",), "emitted_energy = { u_percent = 1, " + PERCENT,
    ),
)  # fmt: skip

#: Keys that can only say that nothing is known: path, line of the budget, when they matter, why.
ONLY_UNKNOWN: tuple[tuple[str, str, Callable[[Facts], bool], str], ...] = (
    ("tiac", "TIACs without sd_h", lambda f: f.given_without_sd, "a given TIAC has no sd_h in the table"),
    ("bladder", "urinary bladder", lambda f: f.bladder, "the bladder's contents rest on shares and voids"),
    ("gut", "gut", lambda f: f.gut, "contents of the gut rest on shares and transit times"),
)
