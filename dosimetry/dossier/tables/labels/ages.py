"""T8, section 11 of a European summary of product characteristics: doses by age, and its two sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dosimetry.dossier.document.numbers import DoseUnits
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.dose_means import has_alphas, weight_sets
from dosimetry.dossier.tables.footnotes import bladder, blood, gut, remainder, simulated, subjects
from dosimetry.dossier.tables.labels.ages_doses import LABEL_AGES, DosesByAge, doses_by_age
from dosimetry.dossier.tables.parts import capital, organ_order
from dosimetry.errors import DosimetryError
from phantoms.library.installed import load_phantom

TITLE = "Absorbed dose per unit activity administered"
CRITICAL = 3
#: Regions that are no organ, so never a critical one.
NO_ORGANS = ("total body", "muscle")


def ages_table(results: Results, options: TableOptions) -> list[Table]:
    """Doses of adult, 15, 10, 5 and 1 year from the cohort's TIACs, and the sentences of section 11.

    Parameters
    ----------
    results : of a study.
    options : units and digits; ``recommended_MBq`` and ``target_regions`` of the sentences.

    Returns
    -------
    The table by age; a table of the two sentences. Without doses (a source region that the bodies lack) both
    have no rows and say why.

    Raises
    ------
    DosimetryError : ``recommended_MBq`` that is not above 0; a target region that the bodies lack.
    """
    sets = tuple(w for w in weight_sets(results, options.effective_dose))
    try:
        found = doses_by_age(results, sets)
    except DosimetryError as error:
        why = f"not made: {'; '.join(error.complaints)}"
        return [
            Table(name, title, reason=why, simulated=results.simulated, sha256=results.sha256)
            for name, title in (("ages", TITLE), ("ages_sentences", "Statements on dose"))
        ]
    return [_by_age(results, options, found), _sentences_table(results, options, found)]


def section_11_sentences(results: Results, options: TableOptions) -> tuple[str, ...]:
    """The two sentences alone, with computed numbers; none where there are no doses or no activity.

    Raises
    ------
    DosimetryError : as :func:`ages_table`.
    """
    table = ages_table(results, options)[1]
    return tuple(str(row.cells[0].value) for row in table.rows)


def _by_age(results: Results, options: TableOptions, found: DosesByAge) -> Table:
    units, ages = options.units, tuple(LABEL_AGES)
    columns = (Column("target", "Target region"), *(_column(age, units, options) for age in ages))
    rows = [
        Row((Cell(capital(target)), *(_dose(found, target, age, units) for age in ages)))
        for target in organ_order(found.dose)
    ]
    for weights, values in found.effective.items():
        name = capital(f"{found.quantity[weights]}, {weights} ({units.effective})")
        rows.append(Row((Cell(name), *(Cell(values[age] * units.factor) for age in ages)), "total"))
    return Table(
        "ages",
        f"{TITLE} ({units.absorbed}), {results.product}",
        columns,
        tuple(rows),
        footnotes=(*simulated(results), *_scaled(results, found)),
        simulated=results.simulated,
        sha256=results.sha256,
    )


def _column(age: str, units: DoseUnits, options: TableOptions) -> Column:
    per = units.absorbed.replace("/", "_per_")
    name = f"{age.replace(' ', '_')}_{per}"
    return Column(name, age.capitalize(), units.absorbed, digits=options.rule)


def _dose(found: DosesByAge, target: str, age: str, units: DoseUnits) -> Cell:
    if age not in found.dose[target]:
        return Cell(None, reason=found.missing.get((target, age), f"no such region in the body of {age}"))
    return Cell(found.dose[target][age] * units.factor)


def _scaled(results: Results, found: DosesByAge) -> tuple[str, ...]:
    """What is scaled to each age and what is not, and from whose TIACs."""
    masses = ", ".join(
        f"{age} '{body}' {load_phantom(body).source_mass_kg['total body']:.3g} kg"
        for age, body in LABEL_AGES.items()
    )
    n = sum(count for count, _ in found.groups)
    whose = f"mean TIACs of {n} subjects" if n > 1 else "the TIACs of one subject"
    notes = [
        f"From {whose}, the same h (MBq.h per MBq) at every age: uptake, clearance and voiding are NOT scaled"
        " to age. Scaled are masses of organs and distances between them: the S values of each age's body.",
        f"Bodies (Cristy and Eckerman, ORNL/TM-8381, 1987), each for both sexes: {masses}.",
        f"The study's own bodies ({', '.join(sorted(results.bodies))}) and its subjects' masses are not used,"
        " so the adult's doses may differ from the means of the subjects' doses.",
        subjects(results),
        *blood(results),
        remainder(results),
        bladder(results),
        *gut(results),
    ]
    if len(found.groups) > 1:
        said = "; ".join(f"n = {count}: {', '.join(s)}" for count, s in found.groups)
        few = ", ".join(f"{t} ({found.n[t]})" for t in found.dose if found.n[t] < n)
        notes.append(
            "Not all subjects have the same source regions, so the doses are means over groups of them"
            f" ({said}): a region that was not measured is in its subjects' remainder. Means over those alone"
            f" in whom the region was measured (n): {few or 'none'}."
        )
    if "ICRP 103" in found.effective:
        notes.append(
            "Effective doses by ICRP 103 are those of one body with its own gonads, not sex-averaged."
        )
    if results.setting("masses.organs") not in (None, "reference"):
        notes.append(
            f"The TIACs hold the subjects' organ masses ('{results.setting('masses.organs')}') where"
            " concentrations were measured."
        )
    if has_alphas(results):
        notes.append("Absorbed doses are not weighted; in effective doses alphas count 20 times.")
    notes += [f"Decay data: {results.provenance.get('decay data', {}).get('source', 'not stated')}."]
    return tuple(notes)


def _sentences_table(results: Results, options: TableOptions, found: DosesByAge) -> Table:
    activity, whence = _activity(results, options)
    if "effective dose" not in found.quantity.values():
        activity, whence = None, "the study has no effective dose but the effective dose equivalent"
    title = "Statements on dose of section 11"
    if activity is None:
        return Table(
            "ages_sentences", title, reason=whence, simulated=results.simulated, sha256=results.sha256
        )
    rows = tuple(Row((Cell(s),)) for s in _sentences(results, options, found, activity))
    return Table(
        "ages_sentences",
        title,
        (Column("statement", "Statement"),),
        rows,
        footnotes=(
            f"Activity: {whence}.",
            "Doses of the adult in the table above. The body has"
            f" {load_phantom(LABEL_AGES['adult']).source_mass_kg['total body']:.3g} kg; '70 kg' is the"
            " template's.",
            f"Critical organs: the {CRITICAL} of the highest dose that are no target.",
            "Wording after the guideline on the core SmPC of radiopharmaceuticals (EMA/CHMP/167834/2011), not"
            " compared with its text: compare it with the template in force.",
            *simulated(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
    )


def _activity(results: Results, options: TableOptions) -> tuple[float | None, str]:
    """The activity of the sentences, MBq, and where it is from; without one why there is none."""
    asked = options.recommended_MBq
    if asked is not None:
        if not (math.isfinite(asked) and asked > 0.0):
            raise DosimetryError(f"recommended_MBq is {asked:g}; a number above 0, in MBq, is needed")
        return asked, "as recommended"
    doses = results.table("effective_dose")
    known = doses["administered_MBq"].dropna() if "administered_MBq" in doses else doses["n"][:0]
    if known.empty:
        return None, "no recommended activity was given and no administered activity is known"
    return (
        float(known.max()),
        "the highest that was administered in this study; the recommended one was not given",
    )


def _sentences(results: Results, options: TableOptions, found: DosesByAge, activity: float) -> Sequence[str]:
    """The two statements of the template, with numbers.

    Their wording is that of the EMA's guideline on core SmPC and package leaflet for radiopharmaceuticals
    (EMA/CHMP/167834/2011), from memory: its text could not be read here, and should be compared.
    """
    adult = {target: by_age["adult"] for target, by_age in found.dose.items() if "adult" in by_age}
    if unknown := [t for t in options.target_regions if t not in adult]:
        raise DosimetryError(f"target_regions has {', '.join(unknown)}; the bodies have: {', '.join(adult)}")
    digits, X = options.rule, f"{activity:g} MBq"
    said = "a (maximal recommended) activity" if options.recommended_MBq is not None else "an activity"
    effective = "; ".join(
        f"{digits.text(values['adult'] * activity)} mSv ({weights})"
        for weights, values in found.effective.items()
        if found.quantity[weights] == "effective dose"
    )
    critical = sorted(
        (t for t in adult if t not in (*NO_ORGANS, *options.target_regions)), key=lambda t: -adult[t]
    )[:CRITICAL]

    def doses(targets: Sequence[str]) -> str:
        return ", ".join(f"{t} {digits.text(adult[t] * activity)} mGy" for t in targets)

    target = (
        f"to the target organ(s) is {doses(options.target_regions)}"
        if options.target_regions
        else "to the target organ(s) is not stated (no target region was named)"
    )
    return (
        f"The effective dose resulting from the administration of {said} of {X} of {results.product} for"
        f" an adult weighing 70 kg is about {effective}.",
        f"For an administered activity of {X} the typical radiation dose {target}, and to the critical"
        f" organ(s) {doses(critical)}.",
    )
