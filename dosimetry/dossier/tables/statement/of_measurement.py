"""The methods statement from study to TIAC, each item made of settings and curves; "" if not stated."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dosimetry.dossier.results.results import ResultCurve, Results
from dosimetry.dossier.tables import footnotes

SECTIONS = {"whole_body": "whole body", "serum": "serum", "organs": "organs"}
GIVEN = "no curves: TIACs were given in a table"


def study(results: Results) -> str:
    """Name, data and note."""
    note = str(results.setting("note", ""))
    data = "SIMULATED data" if results.simulated else "measured data"
    return f"{results.name}: {data}" + (f"; {note}" if note else "")


def nuclide(results: Results) -> str:
    """Product, nuclide and its half-life."""
    return f"{results.product}; {results.nuclide}, half-life {results.half_life_h:g} h"


def subjects(results: Results) -> str:
    """Subjects by sex, with ages where they are stated."""
    text = footnotes.subjects(results).rstrip(".")
    ages = _numbers(results, "age_y", " y")
    return f"{text}; age {ages}" if ages else f"{text}; age not stated"


def administered(results: Results) -> str:
    """Range of the administered activities."""
    return _numbers(results, "administered_MBq", " MBq")


def time_points(results: Results) -> str:
    """Points and times of each region's curves."""
    if not results.curves:
        return GIVEN
    said = []
    for region in dict.fromkeys(c.region for c in results.curves):
        curves = results.of(region)
        counts = sorted({len(c.time_h) for c in curves})
        many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        first = min(float(c.time_h[0]) for c in curves)
        last = max(float(c.time_h[-1]) for c in curves)
        said.append(f"{region}: {many} points in {len(curves)} subjects, {first:.3g} to {last:.4g} h")
    return "; ".join(said)


def decay_correction(results: Results) -> str:
    """Decay state of the tables."""
    said = []
    for key, name in SECTIONS.items():
        state = results.setting(f"{key}.decay_corrected")
        if state is not None:
            said.append(f"{name}: {'corrected to the time of administration' if state else 'as measured'}")
    fitted = "fits are made with biologic rate constants, the physical one held"
    return "; ".join([*said, fitted]) if said else GIVEN if not results.curves else ""


def below_limit(results: Results) -> str:
    """What became of values below the limit of quantification."""
    if not results.curves:
        return GIVEN
    said = [
        f"{name}: method {results.setting(f'{key}.blq')}"
        for key, name in SECTIONS.items()
        if results.setting(f"{key}.blq")
    ]
    return "; ".join(said) or "none was in the tables"


def fit(results: Results, section: str) -> str:
    """Model and weights of whole body or serum."""
    if results.setting(f"{section}.file") is None:
        return "not measured" if results.curves else GIVEN
    return _method(results, section)


def organs(results: Results) -> str:
    """Fits or trapezoids of the organs, and what differs for one organ."""
    if results.setting("organs.file") is None:
        return "no organ was measured" if results.curves else GIVEN
    said = [_method(results, "organs")]
    single = {k: v for k, v in sorted(results.settings.items()) if k.startswith("organs.by_organ.")}
    said += [f"{k.removeprefix('organs.by_organ.').replace('.', ' ')}: {v}" for k, v in single.items()]
    return "; ".join(said)


def models(results: Results) -> str:
    """How often each model or rule of trapezoids was used, by region."""
    if not results.curves:
        return GIVEN
    said = []
    for region in dict.fromkeys(c.region for c in results.curves):
        counts = Counter(_used(c) for c in results.of(region))
        said.append(f"{region}: " + ", ".join(f"{name} ({n})" for name, n in counts.items()))
    return "; ".join(said)


def blood(results: Results) -> str:
    """Heart contents and red marrow."""
    return " ".join(footnotes.blood(results)) or GIVEN


def gut(results: Results) -> str:
    """How they were made."""
    told = " ".join(footnotes.gut(results)).removeprefix("Contents of the gut: ")
    return told or ("in the remainder" if results.curves else GIVEN)


def bladder(results: Results) -> str:
    """Voiding, and where the contents come from."""
    return footnotes.bladder(results)


def remainder(results: Results) -> str:
    """How the remainder was made."""
    return footnotes.remainder(results).removeprefix("Remainder of the body: ")


def _method(results: Results, section: str) -> str:
    """What a section says of fit or trapezoids."""
    keys = _keys(results, section)
    if "model" in keys:
        said = [f"model {keys['model']}"]
        said += [f"weights {keys['weights']}"] if "weights" in keys else []
        shared = {k.removeprefix("population."): v for k, v in keys.items() if k.startswith("population.")}
        said += [f"{k.replace('_', ' ')} {v}" for k, v in shared.items() if v != ""]
        return ", ".join(said)
    words = {
        "method": "trapezoids",
        "first_interval": "before the first point",
        "tail": "after the last point",
    }
    return ", ".join(f"{word}: {keys[key]}" for key, word in words.items() if key in keys)


def _used(curve: ResultCurve) -> str:
    """A curve's model, or its rules without the times of its own points."""
    return curve.model or f"trapezoids, {curve.area_method}; {curve.tail.partition(': ')[2] or curve.tail}"


def _keys(results: Results, section: str) -> dict[str, Any]:
    """A section's keys that were given, without its name."""
    start = f"{section}."
    return {k.removeprefix(start): v for k, v in sorted(results.settings.items()) if k.startswith(start)}


def _numbers(results: Results, column: str, unit: str = "") -> str:
    """Mean and range of a column of the subjects' table; "" where nothing is known."""
    table = results.table("subjects")
    if column not in table:
        return ""
    known = table[column].astype(float).dropna()
    if known.empty:
        return ""
    of = "" if len(known) == len(table) else f"; known of {len(known)} of {len(table)} subjects"
    low, high = float(known.min()), float(known.max())
    spread = f"mean {float(known.mean()):.4g}{unit}, {low:g}{unit} to {high:g}{unit}"
    spread = f"{low:g}{unit}" if low == high else spread
    return f"{spread}{of}"
