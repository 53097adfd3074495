"""Tables of the tests' own: every kind of cell, long and wide ones, names that files could stumble over."""

from __future__ import annotations

from dosimetry.dossier.document.numbers import Digits
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Origin, Row, Table
from dosimetry.dossier.results.results import Results

#: Names that a site may give: accents, 60 characters, markup, a formula, a control character.
HOSTILE = (
    "Ångström–Žižka, Señor José Ñandú of the third cohort, café 12",
    "<b>&amp;</b>",
    '=cmd|"/c calc"!A1',
    "@SUM(A1)",
    "'quoted'",
    "bell\x07",
    "漢字 עברית",
)


def doses(results: Results, options: TableOptions) -> Table:
    """Organs by statistic, for all and by sex, from ``organ_doses.csv``."""
    frame = results.tables["organ_doses"]
    statistics = ("mean", "sd", "median", "minimum", "maximum")
    columns = [Column("organ", "Target region")]
    groups = {"all": "All", "male": "Men", "female": "Women"}
    columns += [
        Column(
            f"{s}_{g}_mGy_per_MBq",
            s.capitalize() if s != "sd" else "SD",
            options.units.absorbed,
            label,
            options.rule,
        )
        for g, label in groups.items()
        for s in statistics[:2]
    ]
    rows = [Row((Cell("Organs"),), "heading")]
    for organ in dict.fromkeys(frame["target"]):
        cells = [Cell(organ)]
        for sex in groups:
            of = frame[(frame["target"] == organ) & (frame["patient"] == "cohort")]
            for s in statistics[:2]:
                of_sex = of[of["sex"].isin(["male and female" if sex == "all" else sex])]
                found = of_sex[of_sex["statistic"].isin([s if sex == "all" else f"{s}, {sex}"])]
                if len(found) and found["dose_mGy_per_MBq"].notna().all():
                    i, f = int(found.index[0]), options.units.factor
                    value = float(found["dose_mGy_per_MBq"].iloc[0]) * f
                    cells.append(Cell(value, origin=Origin("organ_doses", i, "dose_mGy_per_MBq", f)))
                else:
                    cells.append(Cell(None, f"no {s} of {sex} in the results"))
        rows.append(Row(tuple(cells)))
    rows.append(Row((Cell("effective dose"), *(Cell(0.5) for _ in columns[1:])), "total"))
    return Table(
        "absorbed_dose", "Absorbed dose coefficients", tuple(columns), tuple(rows),
        ("SD is between subjects.", "S values: bodies of Cristy and Eckerman."),
        simulated=results.simulated, sha256=results.sha256,
    )  # fmt: skip


def kinds(results: Results, options: TableOptions) -> Table:
    """Every kind of number and of name."""
    values = [0.0, 1.5e-7, -0.0123, 123456.7, 1.2345678e9, 0.30000000000000004, 3]
    rows = tuple(
        Row(
            (
                Cell(name),
                Cell(v, digits=Digits(decimals=2) if i == 2 else None),
                Cell(v),
                Cell(None, HOSTILE[i]),
            )
        )
        for i, (name, v) in enumerate(zip(HOSTILE, values, strict=True))
    )
    columns = (
        Column("name", "Name"),
        Column("value_h", "Value", "h", digits=options.rule),
        Column("text", "As text"),
        Column("none_h", "None of <these>", "h", digits=options.rule),
    )
    return Table(
        "kinds", "=Every kind of <cell> & 'name'", columns, rows, HOSTILE, simulated=results.simulated
    )


def long(results: Results, options: TableOptions) -> Table:
    """More rows than a page has."""
    frame = results.tables["organ_doses"]
    frame = frame[frame["patient"].isin(results.patients[:4])]
    columns = (
        Column("patient", "Subject"),
        Column("organ", "Target region"),
        Column("dose", "Dose", options.units.absorbed, digits=options.rule),
        Column("se", "SE", options.units.absorbed, digits=Digits(2)),
        Column("note", "Note"),
    )
    rows = []
    for i, r in frame[frame["statistic"] == "value"].iterrows():
        se = r["se_mGy_per_MBq"]
        rows.append(
            Row(
                (
                    Cell(r["patient"]),
                    Cell(r["target"]),
                    Cell(
                        r["dose_mGy_per_MBq"],
                        r["reason"],
                        origin=Origin("organ_doses", int(i), "dose_mGy_per_MBq"),
                    ),
                    Cell(se, "no SE in the results", origin=Origin("organ_doses", int(i), "se_mGy_per_MBq")),
                    Cell(r["note"] or "–"),
                )
            )
        )
    return Table("long", "Absorbed dose of each subject", columns, tuple(rows), simulated=results.simulated)


def wide(results: Results, options: TableOptions) -> list[Table]:
    """Organs by subject, on its side."""
    frame = results.tables["organ_doses"]
    frame = frame[frame["statistic"] == "value"]
    names = results.patients
    tables = []
    for k, start in enumerate(range(0, len(names), 10)):
        some = names[start : start + 10]
        columns = (
            Column("organ", "Target region"),
            *(Column(f"dose_{n}", n, options.units.absorbed, digits=options.rule) for n in some),
        )
        rows = [
            Row(
                (
                    Cell(organ),
                    *(
                        Cell(
                            float(
                                frame[(frame["patient"] == n) & (frame["target"] == organ)][
                                    "dose_mGy_per_MBq"
                                ].iloc[0]
                            ),
                            "not in this body",
                        )
                        if len(frame[(frame["patient"] == n) & (frame["target"] == organ)])
                        else Cell(None, "not in this body")
                        for n in some
                    ),
                )
            )
            for organ in dict.fromkeys(frame["target"])
        ]
        tables.append(
            Table(
                f"by_subject_{k + 1}",
                f"Absorbed dose by subject, {some[0]} to {some[-1]}",
                columns,
                tuple(rows),
                ("SD is between subjects.",),
                simulated=results.simulated,
                landscape=True,
            )
        )
    return tables


def none(results: Results, options: TableOptions) -> Table:
    """A table that cannot be made."""
    return Table("none", "Uncertainty", reason="the study has no [uncertainty]", simulated=results.simulated)


OWN = {"T1": kinds, "T5": doses, "T2": long, "T6": wide, "T11": none}
