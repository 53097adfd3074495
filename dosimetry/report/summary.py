"""What ``milligray run`` says in the terminal: the cohort's results as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dosimetry.doses.effective import one_bodys, weight_set
from dosimetry.files.output import plain_table, significant
from dosimetry.patients.patient import SEXES
from dosimetry.report.uncertainty_summary import print_uncertainty
from dosimetry.study.results import COHORT, EACH

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.files.terminal import Terminal
    from dosimetry.study.results import StudyResult

MANY_PATIENTS = 12


def print_summary(console: Terminal, result: StudyResult) -> None:
    """Kinetics, TIACs, organ doses, effective doses, the comparison and the warnings."""
    s = result.settings
    console.rule(Text(s.name, "bold"))
    if result.simulated:
        console.print("SIMULATED DATA: no result here was measured in a patient.", style="bold yellow")
    if s.note:
        console.print(s.note, style="dim")
    bodies = ", ".join(
        f"{sum(p.phantom == name for p in result.patients)} x {name}"
        for name in dict.fromkeys(p.phantom for p in result.patients)
    )
    console.print(
        f"{s.product}; {s.nuclide}, half-life {result.half_life_h:g} h;"
        f" {len(result.patients)} patient{'s' * (len(result.patients) > 1)} ({bodies})",
    )
    console.print()
    if len(result.kinetics):
        _half_lives(console, result)
    _statistics(console, "TIAC / h", result.tiac, "source", "tiac_h")
    _statistics(console, "Absorbed dose / (mGy/MBq)", result.organ_doses, "target", "dose_mGy_per_MBq")
    e = result.effective_dose
    whose = e["weights"].map(lambda w: " (not sex-averaged)" if one_bodys(weight_set(w)) else "")
    named = e.assign(name=e["quantity"] + ", " + e["weights"] + whose)
    _statistics(console, "Effective dose / (mSv/MBq)", named, "name", "effective_dose_mSv_per_MBq")
    for _, row in e[e["statistic"] == "sex-averaged"].iterrows():
        value = row["effective_dose_mSv_per_MBq"]
        known = (f"{significant(value)} mSv/MBq", "bold") if value == value else row["reason"]
        of = f"effective dose, {row['weights']}, sex-averaged as ICRP 103 defines it: "
        console.print(Text.assemble(of, known, "\n"))
    print_uncertainty(console, result)
    if len(result.comparison):
        _comparison(console, result)
    for part in result.parts.values():
        if part.show is not None:
            part.show(console)
    for warning in result.warnings:
        console.print(Text.assemble(("warning", "yellow"), " ", warning))


def _half_lives(console: Terminal, result: StudyResult) -> None:
    """Biologic half-lives and areas of fitted curves: patients if they are few, and the cohort."""
    k = result.kinetics
    k = k[k["quantity"].str.startswith("biologic half-life")]
    each = k[k["statistic"] == EACH]
    kinds = each[["curve", "model", "quantity"]].drop_duplicates()
    headers = {}
    for curve, model, quantity in kinds.itertuples(index=False, name=None):
        rate = str(quantity).removeprefix("biologic half-life of ")
        headers[f"{curve}\n{rate}"] = (curve, model, quantity)
    table = plain_table(
        "Biologic half-life / h (standard error)", {"patient": "left", **dict.fromkeys(headers, "right")}
    )

    def cells(rows: pd.DataFrame) -> list[str]:
        found = []
        for curve, model, quantity in headers.values():
            row = rows[(rows["curve"] == curve) & (rows["model"] == model) & (rows["quantity"] == quantity)]
            if not len(row):
                found.append("–")
                continue
            value, se = float(row["value"].iloc[0]), float(row["se_value"].iloc[0])
            found.append(significant(value) + (f" ({significant(se, 2)})" if se == se else ""))
        return found

    if len(result.patients) <= MANY_PATIENTS:
        for patient in result.patients:
            table.add_row(patient.name, *cells(each[each["patient"] == patient.name]))
        table.add_section()
    cohort = k[k["patient"] == COHORT]
    if len(result.patients) > 1:
        for statistic in ("median", "minimum", "maximum"):
            table.add_row(statistic, *cells(cohort[cohort["statistic"] == statistic]))
    console.print(table)


def _statistics(console: Terminal, title: str, frame: pd.DataFrame, key: str, value: str) -> None:
    """Cohort statistics by region; a single patient's values with their standard errors."""
    each = frame[frame["statistic"] == EACH]
    error = next(c for c in frame.columns if c.startswith("se_"))
    if len(set(each["patient"])) == 1:
        table = plain_table(title, {key: "left", "value": "right", "standard error": "right"})
        for _, row in each.iterrows():
            table.add_row(str(row[key]), significant(row[value]), significant(row[error], 2))
        console.print(table)
        reasons = dict.fromkeys(
            r for r, se in zip(each["reason"], each[error], strict=True) if r and se != se
        )
        for reason in reasons:
            console.print(f"no standard error: {reason}\n", style="dim")
        return
    cohort = frame[frame["patient"] == COHORT].pivot_table(
        index=key, columns="statistic", values=value, sort=False, dropna=False
    )
    counts = frame[frame["statistic"] == "mean"].set_index(key)["n"]
    of_sex = {sex: frame[frame["statistic"] == f"mean, {sex}"].set_index(key)[value] for sex in SEXES}
    by_sex = {f"{sex}\nmean": means for sex, means in of_sex.items() if len(means)}
    columns = {"mean": "mean", "sd": "sd", "median": "median", "minimum": "min", "maximum": "max"}
    if by_sex:  # a terminal has 80 columns; the median stands in the file
        del columns["median"]
    headers = (*columns.values(), "n", *by_sex)
    table = plain_table(title, {key: "left", **dict.fromkeys(headers, "right")})
    for name, row in cohort.iterrows():
        each_sex = (significant(m.get(name)) for m in by_sex.values())
        table.add_row(
            str(name), *(significant(row[c]) for c in columns), f"{counts[str(name)]:.0f}", *each_sex
        )
    console.print(table)


def _with_sd(pair: tuple[float, float]) -> str:
    mean, sd = pair
    return significant(mean) + (f" ± {significant(sd, 2)}" if sd == sd else "")


def _comparison(console: Terminal, result: StudyResult) -> None:
    c = result.comparison
    label = str(c["published_by"].iloc[0])
    columns = dict.fromkeys(("unit", "published", "this study", "ratio"), "right")
    title = f"Beside {label}" + (" (this study is SIMULATED)" if result.simulated else "")
    table = plain_table(title, {"target": "left", **columns})
    for _, row in c.iterrows():
        pairs = [(row["published_mean"], row["published_sd"]), (row["mean"], row["sd"])]
        table.add_row(row["target"], row["unit"], *map(_with_sd, pairs), f"{row['ratio_of_means']:.2f}")
        if row["printed_unit"] != row["unit"]:
            pairs = [
                (row["printed_mean"], row["printed_sd"]),
                (row["mean_in_printed_unit"], row["sd_in_printed_unit"]),
            ]
            table.add_row("", row["printed_unit"], *map(_with_sd, pairs), "")
    console.print(table)
