"""T10: pharmacokinetics of serum and whole body, over the cohort and by subject."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dossier.document.numbers import Digits
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.results.samples import analysed_curve, serum_samples
from dosimetry.dossier.tables.curves.pharmacokinetic_notes import (
    DOSE_PERCENT,
    ROUTE,
    RULE,
    SERUM,
    doubts,
    how,
    summary_notes,
)
from dosimetry.dossier.tables.parts import COUNT, PER_CENT, Source, beside, capital, hours, unit_of_area
from dosimetry.study.results import COHORT
from kinetics.areas.nca import NcaResult, nca
from kinetics.errors import KineticsError

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

#: Kinds of parameters, which say how they are summarised.
LOGARITHMIC, TIME, HALF_LIFE = "logarithmic", "time", "half-life"
#: Parameter of :func:`kinetics.nca` -> words, symbol, kind.
PARAMETERS = {
    "c0": ("C0, back-extrapolated", "C0", LOGARITHMIC),
    "c_max": ("Cmax", "Cmax", LOGARITHMIC),
    "t_max": ("tmax", "tmax", TIME),
    "c_last": ("Clast", "Clast", LOGARITHMIC),
    "t_last": ("tlast", "tlast", TIME),
    "auc_last": ("AUC to the last sample, AUClast", "AUClast", LOGARITHMIC),
    "auc_inf_obs": ("AUC to infinity, AUCinf", "AUCinf", LOGARITHMIC),
    "auc_extrapolated_percent": ("AUCinf extrapolated", "Extrap.", HALF_LIFE),
    "half_life": ("Terminal half-life, t\u00bd,z", "t\u00bd,z", HALF_LIFE),
    "mrt_inf_obs": ("Mean residence time, MRT", "MRT", HALF_LIFE),
    "cl": ("Clearance, CL", "CL", LOGARITHMIC),
    "vz": ("Volume of distribution, Vz", "Vz", LOGARITHMIC),
    "vss": ("Volume at steady state, Vss", "Vss", LOGARITHMIC),
}
ONE = "one subject has no SD"
ONE_CV = "one subject has no coefficient of variation"
NOT_OF_TIMES = "times of sampling are summarised by median and range"
NOT_OF_HALF_LIVES = "summarised by arithmetic mean and SD"
NONE_LEFT = "no subject has a value"


def geometric(values: Sequence[float]) -> tuple[float, float]:
    """Geometric mean, and geometric coefficient of variation in %, 100 sqrt(exp(s^2) - 1).

    s is the sample's standard deviation (n - 1) of the natural logarithms.

    Examples
    --------
    >>> mean, cv = geometric([1.0, 2.0, 4.0])  # s = ln 2
    >>> round(mean, 12), round(cv, 3)
    (2.0, 78.537)
    """
    logs = np.log(np.asarray(values, dtype=float))
    spread = math.nan if logs.size < 2 else 100.0 * math.sqrt(math.expm1(float(np.var(logs, ddof=1))))
    return math.exp(float(np.mean(logs))), spread


def pharmacokinetics_table(results: Results, options: TableOptions) -> list[Table]:
    """Serum by non-compartmental analysis and half-lives of fits over the cohort; then each subject's."""
    if not results.curves:
        return [_nothing(results, "TIACs were given to this study: it has no measured curves")]
    analysed, failed = _analysed(results)
    tables = [_summary(results, analysed, failed, options)]
    if analysed:
        tables.append(_by_subject(results, analysed, failed, options))
    return tables


def _nothing(results: Results, reason: str) -> Table:
    return Table(
        "pharmacokinetics",
        "Pharmacokinetics",
        reason=reason,
        simulated=results.simulated,
        sha256=results.sha256,
    )


def _analysed(results: Results) -> tuple[dict[str, NcaResult], dict[str, str]]:
    """Subject -> analysis of the serum, and subject -> why there is none.

    Samples below the limit of quantification are those of the CDISC datasets, whatever the study sets them
    to for its TIACs: half of a limit is no measured concentration.
    """
    found: dict[str, NcaResult] = {}
    failed: dict[str, str] = {}
    for subject, samples in serum_samples(results).items():
        try:
            curve = analysed_curve(samples, f"{subject}, {SERUM}")
            found[subject] = nca(curve, dose=DOSE_PERCENT, route=ROUTE, method=RULE)
        except KineticsError as error:
            failed[subject] = str(error)
    return found, failed


def _summary(
    results: Results, analysed: dict[str, NcaResult], failed: dict[str, str], options: TableOptions
) -> Table:
    rule = options.rule
    columns = (
        Column("parameter", "Parameter"),
        Column("unit", "Unit"),
        Column("n", "n", digits=COUNT),
        Column("geometric_mean", "Geometric mean", digits=rule),
        Column("geometric_cv_percent", "Geometric CV", "%", digits=PER_CENT),
        Column("mean", "Mean", digits=rule),
        Column("sd", "SD", digits=rule),
        Column("median", "Median", digits=rule),
        Column("minimum", "Min.", digits=rule),
        Column("maximum", "Max.", digits=rule),
    )
    rows: list[Row] = []
    if analysed:
        rows.append(Row((Cell("Serum, non-compartmental analysis"),), "heading"))
        rows += [_parameter(name, analysed, rule) for name in PARAMETERS]
    rows += _of_fits(results, rule)
    return Table(
        "pharmacokinetics",
        "Pharmacokinetic parameters",
        columns,
        tuple(rows),
        summary_notes(results, analysed, failed, {n: words for n, (words, _, _) in PARAMETERS.items()}),
        reason="" if rows else "the study has no serum, and no curve was fitted",
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _parameter(name: str, analysed: dict[str, NcaResult], rule: Digits) -> Row:
    """A row of the serum's summary."""
    label, _, kind = PARAMETERS[name]
    unit = unit_of_area(next(iter(analysed.values()))[name].unit)
    values = [v for r in analysed.values() if (v := r[name].value) is not None]
    head = (Cell(label), Cell(unit), Cell(len(values)))
    if not values:
        return Row((*head, *[Cell(None, NONE_LEFT)] * 7))
    if kind == LOGARITHMIC:
        centre, cv = geometric(values)
        logarithmic = (Cell(centre), Cell(cv, ONE_CV))
    else:
        logarithmic = (Cell(None, NOT_OF_TIMES if kind == TIME else NOT_OF_HALF_LIVES),) * 2
    mean = Cell(float(np.mean(values)))
    sd = Cell(float(np.std(values, ddof=1)) if len(values) > 1 else None, ONE)
    plain = (Cell(None, NOT_OF_TIMES),) * 2 if kind == TIME else (mean, beside(mean, sd, rule))
    ends = [float(np.median(values)), min(values), max(values)]
    own = [Cell(v, digits=hours(v)) if kind == TIME else Cell(v) for v in ends]
    return Row((*head, *logarithmic, *plain, *own))


def _of_fits(results: Results, rule: Digits) -> list[Row]:
    """Half-lives of whole body and serum by their fits, as the results have them."""
    source = Source(results, "kinetics", ("curve", "model", "quantity"))
    rows: list[Row] = []
    for region in ("whole body", SERUM):
        models = dict.fromkeys(c.model for c in results.of(region) if c.model)
        for model in models:
            found = [
                key[4]
                for key in source.row
                if key[:2] == (COHORT, "mean") and key[2:4] == (region, model) and " half-life of " in key[4]
            ]
            if found:
                rows.append(Row((Cell(f"{capital(region)}, {model} fit"),), "heading"))
            for quantity in found:
                of = (region, model, quantity)

                def one(statistic: str, of: tuple[str, ...] = of) -> Cell:
                    return source.statistic(of, "value", statistic)

                n = source.cell(source.row[(COHORT, "mean", *of)], "n", why_not=NONE_LEFT)
                mean = one("mean")
                label = capital(quantity.replace("lambda", "\u03bb"))
                rows.append(
                    Row(
                        (
                            *(Cell(label), Cell("h"), n),
                            *[Cell(None, NOT_OF_HALF_LIVES)] * 2,
                            *(mean, beside(mean, one("sd"), rule)),
                            *(one("median"), one("minimum"), one("maximum")),
                        )
                    )
                )
    return rows


def _by_subject(
    results: Results, analysed: dict[str, NcaResult], failed: dict[str, str], options: TableOptions
) -> Table:
    """A row a subject, a column a parameter."""
    rule, some = options.rule, next(iter(analysed.values()))
    columns = (
        Column("subject", "Subject"),
        *(
            Column(name, symbol, unit_of_area(some[name].unit), digits=rule)
            for name, (_, symbol, _) in PARAMETERS.items()
        ),
        Column("n_points", "Points of \u03bbz", digits=COUNT),
        Column("r2_adjusted", "Adjusted R\u00b2", digits=Digits(decimals=3)),
    )

    def cell(result: NcaResult, name: str) -> Cell:
        p = result[name]
        time = p.value is not None and name in PARAMETERS and PARAMETERS[name][2] == TIME
        return Cell(p.value, p.reason or "", digits=hours(float(p.value or 0.0)) if time else None)

    names = (*PARAMETERS, "n_points", "r2_adjusted")
    rows = []
    for subject in results.patients:
        if subject in analysed:
            cells = [cell(analysed[subject], name) for name in names]
        else:
            cells = [Cell(None, failed.get(subject, "no serum was sampled"))] * len(names)
        rows.append(Row((Cell(subject), *cells)))
    return Table(
        "pharmacokinetics_by_subject",
        "Pharmacokinetic parameters of each subject: serum",
        columns,
        tuple(rows),
        (
            *how(results),
            "; ".join(w for w, _, _ in PARAMETERS.values() if ", " in w) + ".",
            "Points of \u03bbz, adjusted R\u00b2: of the regression that the terminal half-life rests on.",
            *doubts(analysed),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )
