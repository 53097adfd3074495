"""Footnotes of a dossier's tables, made of what the results say of themselves and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dosimetry.dossier.tables.parts import capital
from dosimetry.study.results import EACH, ORIGIN, OWN_BODY_OF
from kinetics.areas.trapezoid import FIRST, TAILS
from kinetics.weights import WEIGHTS
from phantoms.errors import PhantomError
from phantoms.library.hollow import HOLLOW
from phantoms.library.installed import find, load_phantom
from phantoms.library.saf import BETWEEN, REFERENCE_BODY, REFERENCE_TARGETS

if TYPE_CHECKING:
    from dosimetry.dossier.results.results import ResultCurve, Results

BETWEEN_SUBJECTS = (
    "SD: standard deviation between subjects (n \u2212 1); it is not the standard error of the mean, nor the"
    " uncertainty of one subject's value. CV: SD over mean."
)
AVERAGED_FIT = "sums of exponentials averaged over the candidates by their support"


def simulated(results: Results) -> tuple[str, ...]:
    """That the data are simulated, and how, where they are."""
    if not results.simulated:
        return ()
    note = str(results.setting("note", ""))
    return (f"Simulated data: {note or 'no number here was measured in a subject'}.",)


def subjects(results: Results) -> str:
    """How many there are, by sex.

    "n = 10 subjects: 8 male, 2 female."
    """
    who = list(results.sexes.values())
    each = ", ".join(f"{who.count(s)} {s}" for s in ("male", "female") if s in who)
    return f"{len(who)} subject{'s' * (len(who) != 1)}: {each}."


def bodies(results: Results) -> str:
    """The bodies with their masses, where S values and decay data come from.

    A mass is that of the installed body, if it is the one that the results were made with.
    """
    found = []
    for name, facts in results.bodies.items():
        said = []
        try:
            if find(name).sha256 == facts.get("sha256"):
                said.append(f"{load_phantom(name).source_mass_kg['total body']:.4g} kg")
        except (PhantomError, KeyError):
            pass
        said += [facts[key] for key in ("origin",) if facts.get(key)]
        said += [word for word in (_own(facts), _lent(facts), facts.get(HOLLOW, "")) if word]
        found.append(name + (f" ({'; '.join(said)})" if said else ""))
    decay = results.provenance["decay data"]
    half_life = f"{results.half_life_h:g} h"
    return (
        f"S values: {'; '.join(found)}. {results.nuclide}, half-life {half_life}, decay data:"
        f" {decay.get('source', 'not stated')}."
    )


def _own(facts: Mapping[str, str]) -> str:
    """Whose own body it is, by the provenance of a study; "" where it is nobody's."""
    return facts.get(ORIGIN, "").partition("; ")[2]


def _lent(facts: Mapping[str, str]) -> str:
    """What of a body is a reference body's."""
    if REFERENCE_TARGETS not in facts:
        return ""
    body = facts.get(REFERENCE_BODY, "").partition(" (")[0]
    return f"{facts[REFERENCE_TARGETS].replace(BETWEEN, ', ')} of the reference body '{body}'"


def masses(results: Results) -> str:
    """Whose organ masses were used."""
    own = [_own(facts).removeprefix(OWN_BODY_OF) for facts in results.bodies.values() if _own(facts)]
    said = _chosen_masses(results)
    return said + (f" Those of {', '.join(own)}: of the subject's own body." if own else "")


def _chosen_masses(results: Results) -> str:
    chosen = results.setting("masses.organs")
    words = {
        "reference": "Organ masses: those of the reference bodies.",
        "scaled to body mass": "Organ masses: the reference bodies', in proportion to body mass.",
        "measured": "Organ masses: measured in each subject where given, else the reference bodies'; the"
        " self-dose is scaled to them.",
    }
    if chosen in words:
        return words[str(chosen)]
    return "Organ masses: those of the reference bodies; TIACs were given, not measured by this program."


def bladder(results: Results) -> str:
    """What was assumed of the urinary bladder, with its voiding interval."""
    s = results.settings
    if not any(key.startswith("bladder.") for key in s):
        if "urinary bladder contents" in set(results.table("tiac").get("source", ())):
            return "Urinary bladder contents: TIAC as measured or given; no voiding was modelled."
        if "tiac.remainder" in s:
            return "Urinary bladder contents have no TIAC of their own; no voiding was modelled."
        return (
            "Urinary bladder contents are no source region of their own; no voiding was modelled: their"
            " activity is in the remainder of the body."
        )
    source = "measured urine"
    if "bladder.urine_fraction" in s:
        source = f"{100 * float(s['bladder.urine_fraction']):g} % of what leaves the whole body"
    times = []
    if "bladder.times_h" in s:
        times.append(f"at {s['bladder.times_h']} h")
    if "bladder.first_h" in s:
        times.append(f"first at {float(s['bladder.first_h']):g} h")
    if "bladder.every_h" in s:
        times.append(f"every {float(s['bladder.every_h']):g} h")
    if "bladder.continuous_per_h" in s:
        times.append(f"continuously, {float(s['bladder.continuous_per_h']):g} per h")
    left = float(s.get("bladder.residual", 0.0))
    times += [f"{100 * left:g} % stay at a void"] * (left > 0)
    return f"Urinary bladder contents: from {source}; voiding {', '.join(times) or 'as measured'}."


def gut(results: Results) -> tuple[str, ...]:
    """How contents of the gut were made, where they were."""
    s = results.settings
    if "gut.tract" not in s:
        return ()
    if s.get("gut.contents") == "whole body":
        share = 100 * float(s["gut.faeces_fraction"])
        return (
            f"Contents of the gut: {share:g} % of what leaves the rest of the body, through the tract of"
            f" {s['gut.tract']}.",
        )
    after = {"transit": "by transit", "as organs": "by the rule for organs"}.get(str(s.get("gut.tail")))
    without = "; of subjects without such a curve they are in the remainder"
    return (
        f"Contents of the gut: area of a curve of the whole gut, divided by the tract of {s['gut.tract']};"
        f" after its last point {after or 'not stated'}"
        + (without if s.get("gut.without_curve") == "remainder" else "")
        + ".",
    )


def blood(results: Results) -> tuple[str, ...]:
    """How red marrow and heart contents were made."""
    words = {
        "serum": {
            "red marrow": "Red marrow: from serum and haematocrit, without specific uptake in the marrow"
            " (Sgouros, J Nucl Med 1993;34:689-694).",
            "heart contents": "Heart contents: from serum and haematocrit.",
        },
        "organ curve": {
            "red marrow": "Red marrow: from images of a marrow region.",
            "heart contents": "Heart contents: from images.",
        },
        "none": {
            "red marrow": "Red marrow is no source region of its own; its activity is in the remainder.",
            "heart contents": "Heart contents are no source region of their own; their activity is in the"
            " remainder.",
        },
    }
    found = []
    for region in ("red marrow", "heart contents"):
        chosen = str(results.setting(f"blood.{region.replace(' ', '_')}", ""))
        if chosen in words:
            found.append(words[chosen][region])
    return tuple(found)


def remainder(results: Results) -> str:
    """The rule for the remainder of the body."""
    rule = results.setting("tiac.remainder")
    if rule is not None:
        return f"Remainder of the body: {rule}; uniform in all tissue that is no source region."
    after = results.setting("bladder.whole_body_counted") == "after voiding"
    less = "all source regions" + (" but the bladder contents" if after else "")
    return (
        f"Remainder of the body: whole body less {less}; uniform in all tissue that is no source region, by"
        " mass."
    )


def errors_in_words(weights: str) -> str:
    """What a fit takes for the errors of its points, by the name of its weights.

    >>> errors_in_words("sd"), errors_in_words("proportional")
    ("the curve's own absolute standard deviations", 'proportional')
    """
    return WEIGHTS.get(weights, weights)


def curves(results: Results) -> tuple[str, ...]:
    """How curves became areas: models, rules of the trapezoids, what is taken after the last point.

    As they were used: an organ or a subject that was treated in another way than the others is named.
    """
    weights, chosen = _of_fits(results)
    ways: dict[str, dict[str, list[str]]] = {}
    for c in results.curves:
        key = (c.patient, c.region)
        way = _way(results, c, weights.get(key, ""), chosen=key in chosen)
        ways.setdefault(way, {}).setdefault(c.region, []).append(c.patient)
    regions = dict.fromkeys(c.region for c in results.curves)
    organs = [r for r in regions if r not in ("whole body", "serum")]
    found = []
    for way, of in ways.items():
        whole = [r for r, who in of.items() if len(who) == len(results.of(r))]
        some = [_partly(results, r, who) for r, who in of.items() if r not in whole]
        if organs and set(organs) <= set(whole):
            whole = [*(r for r in whole if r not in organs), "organs"]
        said = "; ".join(filter(None, [", ".join(whole), *some]))
        found.append(f"{capital(said)}: {way}.")
    return tuple(found)


def _partly(results: Results, region: str, who: Sequence[str]) -> str:
    """A region's curves of some subjects; those who are fewer are named."""
    others = [c.patient for c in results.of(region) if c.patient not in who]
    if len(others) < len(who):
        return f"{region} but of {', '.join(others)}"
    return f"{region} of {', '.join(who)}"


def _of_fits(results: Results) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """(Subject, region) -> weights of its fit, and those whose model was chosen among several."""
    kinetics = results.table("kinetics")
    if not len(kinetics):
        return {}, set()
    own = kinetics[kinetics["statistic"] == EACH]
    keys = list(zip(own["patient"], own["curve"], strict=True))
    several = own["quantity"].str.startswith("Akaike weight").tolist()
    return (
        {key: str(w) for key, w in zip(keys, own["weights"], strict=True) if w},
        {key for key, one in zip(keys, several, strict=True) if one},
    )


def _way(results: Results, curve: ResultCurve, weights: str, *, chosen: bool) -> str:
    """How one curve became an area, in words that are the same for all curves of one method."""
    if not curve.model:
        first = next((w for w in FIRST.values() if w in curve.first_interval), curve.first_interval)
        told = curve.tail.partition(": ")[2] or curve.tail  # without the time of the last point
        tail = next((w for w in TAILS.values() if w in told), told)
        return f"{curve.area_method} trapezoids; before the first point: {first}; after the last: {tail}"
    section = {"whole body": "whole_body", "serum": "serum"}.get(curve.region, "organs")
    keys = (f"{section}.{curve.region}.model", f"{section}.model")
    if next((s for k in keys if (s := results.setting(k))), "") == "population":
        return f"fitted in all subjects together (population fit), {curve.model}; residuals: {weights}"
    fit = (
        "sums of exponentials averaged over the candidates by their support"
        if chosen
        else f"{curve.model} fit"
    )
    return f"{fit}; errors of the points: {errors_in_words(weights)}"


def not_counted(results: Results) -> tuple[str, ...]:
    """Organs that count in no statistic for some subjects, who, and why."""
    doses = results.table("organ_doses")
    left = doses[(doses["statistic"] == EACH) & (doses["n"] == 0) & doses["dose_mGy_per_MBq"].notna()]
    whys: dict[str, dict[str, list[str]]] = {}
    for who, target, why in zip(left["patient"], left["target"], left["reason"], strict=True):
        whys.setdefault(str(why), {}).setdefault(str(who), []).append(str(target))
    found = []
    for why, of in whys.items():
        targets = list(dict.fromkeys(t for each in of.values() for t in each))
        found.append(f"{', '.join(of)}, {', '.join(targets)}: {why}.")
    return tuple(found)


def of_doses(results: Results, *more: str) -> tuple[str, ...]:
    """Footnotes of every table of doses."""
    return (
        *simulated(results),
        subjects(results),
        *filter(None, more),
        bodies(results),
        masses(results),
        *blood(results),
        remainder(results),
        bladder(results),
        *gut(results),
        *curves(results),
        *not_counted(results),
    )


def joined(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> joined(["age", "height", "mass dose"])
    'age, height and mass dose'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
