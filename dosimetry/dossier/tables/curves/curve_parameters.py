"""T3: parameters of every fitted curve, and the area, its extrapolated part and the TIAC of every curve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.parts import COUNT, PER_CENT, Source, capital, error, organ_order, unit_of_area
from dosimetry.study.result_tables.rows import AVERAGED, POINTS, WEIGHTS
from dosimetry.study.results import EACH

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import ResultCurve, Results

AREA = "AUC to infinity, not decay-corrected"
EXTRAPOLATED = "extrapolated fraction of the AUC"
NO_SE = "no standard error is given"
CONSTANT = "this term has no rate of its own: it leaves by physical decay alone, or its rate is fixed"
NO_AMPLITUDE = "this term has no amplitude of its own; see the model"
#: Exponentials of a fit, at most.
TERMS = (1, 2, 3)
SUBJECT = Column("subject", "Subject")


def curve_parameters_table(results: Results, options: TableOptions) -> Table | list[Table]:
    """A table a fitted region, a row an exponential; then all curves' areas and TIACs."""
    source = Source(results, "kinetics", ("curve", "quantity"))
    if not len(source):
        return Table(
            "curve_parameters",
            "Parameters of the curves",
            reason="TIACs were given to this study: it has no curves",
            simulated=results.simulated,
            sha256=results.sha256,
        )
    regions = dict.fromkeys(c.region for c in results.curves)
    first = [r for r in ("whole body", "serum") if r in regions]
    ordered = [*first, *organ_order(r for r in regions if r not in first)]
    fitted = [r for r in ordered if any(c.model for c in results.of(r))]
    return [
        *(_parameters(results, source, region, options) for region in fitted),
        _areas(results, source, ordered, options),
    ]


def _parameters(results: Results, source: Source, region: str, options: TableOptions) -> Table:
    curves = [c for c in results.of(region) if c.model]
    models, units = {c.model: c.formula for c in curves}, {c.unit for c in curves}
    rule, several = options.rule, len(models) > 1
    unit = next(iter(units)) if len(units) == 1 else "of the curve"
    columns = [SUBJECT, *([Column("model", "Model")] * several), Column("term", "Term", digits=COUNT)]
    for name, head, of in (
        ("amplitude", "A", unit),
        ("rate_per_h", "\u03bb, biologic", "1/h"),
        ("biologic_half_life_h", "Biologic half-life", "h"),
        ("effective_half_life_h", "Effective half-life", "h"),
    ):
        columns += [Column(name, head, of, digits=rule), Column(f"se_{name}", "SE", of, digits=rule)]
    rows = [row for c in curves for row in _terms(source, c, several)]
    of_auto = results.setting(f"{_section(region)}.model") == "auto"
    return Table(
        f"curve_parameters_{region.replace(' ', '_')}",
        f"Fitted parameters: {region}",
        tuple(columns),
        tuple(rows),
        (
            *footnotes.simulated(results),
            f"Model of the decay-corrected curve: {'; '.join(map(_formula, models.items()))}.",
            f"\u03bb: biologic rate. Effective half-life: ln 2/(\u03bb + \u03bb_phys); physical half-life"
            f" {results.half_life_h:g} h.",
            *(
                ["Of each curve the model with the most support is listed; weights stand with the areas."]
                * of_auto
            ),
            "SE: standard error of the subject's own fit, not between subjects.",
            *_weights(source, region),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _formula(model: tuple[str, str]) -> str:
    """A model's name and formula, with \u03bb as it is printed.

    >>> _formula(("monoexponential", "A1 e^(-l1 t)"))
    'monoexponential, A1 e^(-\u03bb1 t)'
    """
    name, formula = model
    return f"{name}, " + re.sub(r"\bl(?=\d|_blood)", "\u03bb", formula)


def _section(region: str) -> str:
    return {"whole body": "whole_body", "serum": "serum"}.get(region, "organs")


def _weights(source: Source, region: str) -> list[str]:
    used = {
        str(w)
        for c, w, s in zip(*(source.column(n) for n in ("curve", "weights", "statistic")), strict=True)
        if c == region and s == EACH and w
    }
    words = "; ".join(map(footnotes.errors_in_words, sorted(used)))
    return [f"Errors of the points in the fit: {words}."] if used else []


def _terms(source: Source, curve: ResultCurve, several: bool) -> list[Row]:
    """A row an exponential: amplitude, rate, half-lives, each with its error."""

    def pair(quantity: str, why: str) -> tuple[Cell, Cell]:
        row = source.row.get((curve.patient, EACH, curve.region, quantity))
        value = source.cell(row, "value", why_not=why)
        if value.value is None:
            return Cell(None, why), Cell(None, why)
        return value, error(source.cell(row, "se_value", why_not=NO_SE))

    rows = []
    for i in TERMS:
        rate = f"lambda{i}"
        if f"A{i}" not in curve.parameters and rate not in curve.parameters:
            continue
        why = CONSTANT if rate not in curve.parameters else "the rate is 0 or not found"
        cells = [Cell(curve.patient), *([Cell(curve.model)] * several), Cell(i)]
        for quantity, reason in (
            (f"A{i}", NO_AMPLITUDE),
            (rate, why),
            (f"biologic half-life of {rate}", why),
            (f"effective half-life of {rate}", why),
        ):
            cells += pair(quantity, reason)
        rows.append(Row(tuple(cells)))
    return rows


def _areas(results: Results, source: Source, regions: list[str], options: TableOptions) -> Table:
    tiac = Source(results, "tiac", ("source",))
    chosen = any(q.startswith(WEIGHTS) for q in source.column("quantity"))
    rule = options.rule
    columns = (
        SUBJECT,
        Column("method", "Fit or rule"),
        Column("points", "Points", digits=COUNT),
        Column("area", "Area", digits=rule),
        Column("se_area", "SE", digits=rule),
        Column("extrapolated_percent", "Extrapolated", "%", digits=PER_CENT),
        *([Column("weight_percent", "Weight of model", "%", digits=PER_CENT)] * chosen),
        Column("tiac_h", "TIAC", "h", digits=rule),
        Column("se_tiac_h", "SE", "h", digits=rule),
    )
    rows: list[Row] = []
    for region in regions:
        curves = results.of(region)
        units = footnotes.joined(list(dict.fromkeys(unit_of_area(f"{c.unit} h") for c in curves)))
        rows.append(Row((Cell(f"{capital(region)}; area in {units}"),), "heading"))
        rows += [_area(source, tiac, c, chosen) for c in curves]
    return Table(
        "areas_and_tiacs",
        "Areas under the curves and time-integrated activity coefficients of each subject",
        columns,
        tuple(rows),
        (
            *footnotes.simulated(results),
            "Area: from 0 to infinity under the curve with physical decay in it. Extrapolated: its share"
            " after the last point.",
            *(
                [
                    "Where the model was chosen automatically the area is averaged over the candidates by"
                    " their weights (Akaike weights of the one curve; of curves that were fitted together"
                    " those of the cohort); the weight is that of the model that is named."
                ]
                * chosen
            ),
            "TIAC: time-integrated activity coefficient (MBq h per MBq administered). SE: standard error of"
            " the one subject's value from the SDs of the measurements, not between subjects; it holds no"
            " uncertainty of calibration, mass or volume.",
            *footnotes.curves(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _area(source: Source, tiac: Source, curve: ResultCurve, chosen: bool) -> Row:
    def row(quantity: str) -> int | None:
        return source.row.get((curve.patient, EACH, curve.region, quantity))

    averaged = row(AVERAGED)
    at = averaged if averaged is not None else row(AREA)
    area = source.cell(at, "value", why_not="no area could be found")
    weights = source.at(at, "weights") if at is not None else ""
    method = f"{curve.model}, weights {weights}" if curve.model else f"{curve.area_method} trapezoids"
    why = "there is no source region of this name"
    if curve.region == "serum":
        why = "serum is no source region; red marrow and heart contents may be made of it"
    elif curve.region == "whole gut":
        why = "the area is divided between the contents of the parts of the gut"
    of = tiac.row.get((curve.patient, EACH, curve.region))
    value = tiac.cell(of, "tiac_h", why_not=why)
    se = tiac.cell(of, "se_h", why_not=why if of is None else "the curve has no standard deviations")
    cells = [
        Cell(curve.patient),
        Cell(method),
        source.cell(row(POINTS), "value", why_not="not known"),
        area,
        error(source.cell(at, "se_value", why_not=NO_SE)),
        source.cell(row(EXTRAPOLATED), "value", why_not="not known", factor=100.0),
    ]
    if chosen:
        why_not = "the model was not chosen among several"
        each = [row(f"{kind} of {curve.model}") for kind in WEIGHTS]
        weight = next((at for at in each if at is not None), None)
        cells.append(source.cell(weight, "value", why_not=why_not, factor=100.0))
    return Row((*cells, value, error(se)))
