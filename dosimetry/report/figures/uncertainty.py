"""The uncertainty budget: shares of variance by input as stacked bars, standard uncertainties beside them.

What is apart (patient and phantom) is in no bar, which it would fill: u with and without it stand beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, new_figure, said
from dosimetry.study.results import EACH, StudyResult
from dosimetry.study.uncertainty.tables import ABSORBED_DOSE, SHARE, TIAC, WITHOUT
from milligray.figures.look import PAGE_MM
from milligray.figures.styles import COLOURS
from milligray.figures.text import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Lines that have a colour of their own; the others are one.
MOST_LINES = 9
OTHER_COLOUR = "#B4B4B4"
OTHER = "all others"
#: Lines of what is not known, which is named whole: and the room of one.
MOST_UNKNOWN_LINES, LINE_MM = 16, 3.2
DARK = "#1E1E1E"


def draw_uncertainty(path: Path, result: StudyResult, options: FigureOptions) -> None:
    """Stacked bars of shares of variance by input, for each dose and effective dose; u of each patient."""
    assert result.budget is not None
    shares, u = tables_of_figure(result)
    rows = [shares[[(k == ABSORBED_DOSE) is organs for k, _ in shares.index]] for organs in (True, False)]
    heights = [max(len(rows[0]), 1), (1.7 if options.narrow else 1.2) * max(len(rows[1]), 1)]
    width = 54 if options.narrow else 80
    unknown = unknown_words(result, width)
    below_mm = 58 + LINE_MM * max(sum(words.count("\n") for words in unknown) - 1, 0)
    row_mm = min(5.0, (PAGE_MM - 4 - below_mm) / sum(heights))
    apart = apart_lines(result)
    look = {line: OTHER_COLOUR if line == OTHER else COLOURS[i] for i, line in enumerate(shares.columns)}
    with new_figure(path, result, below_mm + row_mm * sum(heights), options) as figure:
        columns = 1 if options.narrow else 2
        axes = figure.subplots(
            2, columns, height_ratios=heights, width_ratios=[2.6, 1.0][:columns], squeeze=False, sharey="row"
        )
        for i, part in enumerate(rows):
            _bars(axes[i][0], part, u, look, with_u=options.narrow)
            if not options.narrow:
                _patients(axes[i][1], part, u, apart=bool(apart), labels=i == 0)
        product = "" if options.narrow else f", {said(result.settings.product, 60)}"
        axes[0][0].set_title(f"Uncertainty budget{product}")
        without = f" without {', '.join(apart)}" if apart else ""
        words = [wrapped(f"share of the variance{without} / %", width), *unknown]
        if options.narrow:
            beside = "beside the names u in %" + (f", in brackets{without}" if apart else "")
            words.append(wrapped(beside, width))
        axes[1][0].set_xlabel("\n".join(words), loc="right" if options.narrow else "center")
        if not options.narrow:
            axes[1][1].set_xlabel("standard uncertainty / %")
        handles, labels = axes[0][0].get_legend_handles_labels()
        more, more_labels = axes[0][-1].get_legend_handles_labels() if columns == 2 else ([], [])
        legend_below(figure, options, [*handles, *more], [*labels, *more_labels])


def tables_of_figure(result: StudyResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares of what is not apart by (quantity, of), averaged over the patients; and u in %, a row a patient.

    A quantity without uncertainty in every patient has no row. The smallest dose stands first: bars grow from
    the bottom.
    """
    import pandas as pd

    assert result.budget is not None
    found = result.budget.shares
    found = found[(found["statistic"] == EACH) & (found["quantity"] != TIAC)]
    apart = apart_lines(result)
    lines = [c for c in found.columns if c.endswith(SHARE) and c.removesuffix(SHARE) not in apart]
    own = found[lines].div(found[lines].sum(axis=1).where(lambda s: s > 0.0), axis=0) * 100.0
    keys = [found["quantity"], found["of"]]
    shares = own.groupby(keys, sort=False).mean().dropna(how="all").fillna(0.0)
    shares.columns = pd.Index([c.removesuffix(SHARE) for c in lines])
    shares = shares.loc[:, shares.max() > 0.0]
    largest = list(shares.max().sort_values(ascending=False, kind="stable").index)
    few = largest if len(largest) <= MOST_LINES + 1 else largest[:MOST_LINES]
    kept = [c for c in shares.sum().sort_values(ascending=False, kind="stable").index if c in few]
    rest = [c for c in shares.columns if c not in few]
    if rest:
        shares = shares[kept].assign(**{OTHER: shares[rest].sum(axis=1)})
    else:
        shares = shares[kept]
    u = result.budget.uncertainty
    u = u[(u["statistic"] == EACH) & (u["quantity"] != TIAC)].copy()
    u["without_percent"] = 100.0 * u[WITHOUT] / u["value"]
    mean = u.groupby(["quantity", "of"], sort=False)["value"].mean()
    organs = [k for k in shares.index if k[0] == ABSORBED_DOSE]
    weighted = [k for k in shares.index if k[0] != ABSORBED_DOSE]
    return shares.loc[[*sorted(organs, key=lambda k: float(mean[k])), *reversed(weighted)]], u


def apart_lines(result: StudyResult) -> list[str]:
    """Lines of the budget that are shown apart."""
    assert result.budget is not None
    inputs = result.budget.inputs
    return list(dict.fromkeys(inputs[inputs["apart"] == "yes"]["line"]))


def unknown_words(result: StudyResult, most: int) -> list[str]:
    """What to say under the axis of what is not known; nothing where all is."""
    assert result.budget is not None
    unknown = "; ".join(by_line(result.budget.unknown))
    words = f"not known, and in no number: {unknown}"
    return [wrapped(words, most, MOST_UNKNOWN_LINES)] if unknown else []


def by_line(names: Iterable[str]) -> list[str]:
    """Inputs of one line of the budget together.

    >>> by_line(["organ mass: liver", "half-life", "organ mass: spleen"])
    ['organ mass: liver, spleen', 'half-life']
    """
    found: dict[str, list[str]] = {}
    for name in names:
        line, _, of = name.partition(": ")
        found.setdefault(line, []).extend([of] if of else [])
    return [f"{line}: {', '.join(of)}" if of else line for line, of in found.items()]


def _bars(axes: Axes, shares: pd.DataFrame, u: pd.DataFrame, look: dict[str, str], *, with_u: bool) -> None:
    place = np.arange(len(shares))
    left = np.zeros(len(shares))
    for line in shares.columns:
        width = shares[line].to_numpy()
        axes.barh(
            place, width, left=left, height=0.8, color=look[line], label=line, edgecolor="white",
            linewidth=0.25,
        )  # fmt: skip
        left = left + width
    names = []
    for kind, of in shares.index:
        name = of if kind == ABSORBED_DOSE else f"{kind},\n{of}" if with_u else wrapped(f"{kind}, {of}", 24)
        if with_u:
            own = u[(u["quantity"] == kind) & (u["of"] == of)]
            name += f"  {own['u_percent'].mean():.2g}"
            if (own["u_percent"] != own["without_percent"]).any():
                name += f" ({own['without_percent'].mean():.2g})"
        names.append(name)
    axes.set_yticks(place, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(shares) - 0.4)
    axes.set_xlim(0, 100)
    axes.grid(False, axis="y")


def _patients(axes: Axes, shares: pd.DataFrame, u: pd.DataFrame, *, apart: bool, labels: bool) -> None:
    """u in % of the value of every patient: with what is apart as points, without as rings."""
    n = u["patient"].nunique()
    size = 1.8 if n > 20 else 2.6
    both = (
        (0.18, "u_percent", DARK, "u of each patient"),
        (-0.18, "without_percent", "white", "u without patient and phantom"),
    )
    for dy, column, face, label in both[: 2 if apart else 1]:
        each = u.pivot_table(index=["quantity", "of"], columns="patient", values=column, sort=False)
        each = each.reindex(shares.index)
        place = np.arange(len(shares))[:, None] + dy + 0.0 * each.to_numpy()
        axes.plot(
            each.to_numpy().ravel(), place.ravel(), linestyle="none", marker="o", markersize=size,
            markerfacecolor=face, markeredgecolor=DARK, markeredgewidth=0.5, label=label if labels else None,
            alpha=0.6 if n > 20 else 0.9,
        )  # fmt: skip
    axes.set_xlim(0, 1.05 * float(np.nanmax(u["u_percent"], initial=1e-9)))
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
