"""The page docs/validation.md: the text of template.md with the run's tables and figures in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from dosimetry.nuclides.nuclide import data_version
from phantoms.library.installed import find
from validation.case import Case, CaseError
from validation.checks import Cohort, Consistency
from validation.layers import arithmetic, cohort, consistency, forward
from validation.layers.bodies import missing
from validation.outcome import SHOWN, Outcome
from validation.report.facts import all_facts, filled
from validation.report.headline import missed_table, sentences, strength_table
from validation.report.markdown import spliced
from validation.report.tables import (
    case_table,
    cells,
    cohort_table,
    crossed_table,
    fits_table,
    layer_table,
    left_in_table,
    left_out_table,
    main_case,
    residual_table,
    sensitivity_table,
    tracer_table,
)
from validation.report.tracers import EFFECTIVE, Tracer, compared
from validation.run import bodies_of

TEMPLATE = Path(__file__).parent / "template.md"
MARK = "<!-- made by: milligray validate -->"
CROSSED = {"fdg": "fdg_icrp128_2015", "safs": "ornl1987_photon_safs"}  #: one column a body
ZIRCONIUM = "zirconium_icrp134_2016"
FIGURE_ORGANS = ("liver", "kidneys", "heart wall", "lungs", "spleen", "red marrow", "total body", EFFECTIVE)


def provenance(cases: Mapping[str, Case]) -> str:
    """What the numbers were made with: versions, and the hash of every body of a check."""
    # the commit of a checkout stays out: the page is part of the commit
    release, _, development = version("milligray").partition(".dev")
    made_by = f"milligray {release}{', in development' if development else ''}"
    lines = [f"- {made_by}; decay data: {data_version()}"]
    for name in dict.fromkeys(b for c in cases.values() for k in c.check for b in bodies_of(c, k, cases)):
        if reason := missing([name]):
            lines.append(f"- phantom '{name}': {reason}")
        else:
            lines.append(f"- phantom '{name}': SHA-256 {find(name).sha256}")
    return "\n".join(lines)


def is_ours(folder: Path) -> bool:
    """Whether a folder holds a page that this command made."""
    page = folder / "validation.md"
    return page.is_file() and page.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def check_folder(folder: Path) -> None:
    """CaseError : the folder does not exist, or holds a page that this command did not make."""
    page = folder / "validation.md"
    if not folder.is_dir():
        raise CaseError(f"{folder}: there is no such folder to write the page into")
    if page.exists() and not is_ours(folder):
        raise CaseError(f"{page}: this page was not made by this command; move it, or name another folder")


def write_page(folder: Path, rows: Sequence[Outcome], cases: Mapping[str, Case]) -> None:
    """Write ``validation.md`` and its figures below a folder.

    Raises
    ------
    CaseError : see :func:`check_folder`.
    """
    check_folder(folder)
    page = folder / "validation.md"
    case, checks = main_case(cases)
    tracers = compared(cases)
    contents = {
        "summary": "\n".join(f"- {line}" for line in sentences(rows)),
        "strengths": strength_table(rows),
        "missed": missed_table(rows, [cells(r) for r in rows]),
        "cases": case_table(cases),
        "arithmetic": layer_table(r for r in rows if r.layer == arithmetic.LAYER),
        "fits": fits_table(case, checks),
        "residuals": residual_table(case, checks),
        "left-out": left_out_table(checks),
        "left-in": left_in_table(case, checks),
        "consistency": layer_table(
            r for r in rows if r.layer == consistency.LAYER and (r.verdict != SHOWN or r.note)
        ),
        **{mark: crossed_table(r for r in rows if r.case == name) for mark, name in CROSSED.items()},
        "retention": crossed_table(r for r in rows if r.check == "retention"),
        "zirconium": crossed_table(r for r in rows if r.case == ZIRCONIUM and r.check != "retention"),
        "forward": layer_table(
            r for r in rows if r.layer == forward.LAYER and r.case not in (*CROSSED.values(), ZIRCONIUM)
        ),
        "cohort": cohort_table(r for r in rows if r.layer == cohort.LAYER),
        "sensitivity": sensitivity_table(case),
        "tracers": tracer_table(tracers),
        "provenance": provenance(cases),
    }
    text = filled(TEMPLATE.read_text(encoding="utf-8"), all_facts(rows, cases), str(TEMPLATE))
    text = spliced(text, contents, str(TEMPLATE))
    draw(folder / "figures", rows, case, checks, tracers)
    page.write_text(f"{MARK}\n{text}", encoding="utf-8")


def draw(
    folder: Path,
    rows: Sequence[Outcome],
    case: Case,
    checks: Sequence[Consistency],
    tracers: Sequence[Tracer],
) -> None:
    """The four figures of the page."""
    from validation.report import figures

    folder.mkdir(exist_ok=True)
    fits = {c.name: consistency.fit_of(case, c) for c in checks}
    figures.draw_forward(folder / "validation_forward.png", rows)
    figures.draw_residuals(
        folder / "validation_residuals.png", fits, list(case.organ_doses()), checks[0].rms_percent or 0.0
    )
    figures.draw_tracers(folder / "validation_tracers.png", tracers, FIGURE_ORGANS)
    check = next(c for c in case.check if isinstance(c, Cohort))
    simulated = cohort.simulate(case, check)
    ours = {k: (s.mean, s.sd) for k, s in simulated.items()}
    published = {}
    for of in (v.of for g in case.published for v in g.rows if v.sd is not None):
        mean, sd, _ = case.in_unit(of)
        if of in ours:
            published[of] = mean, sd or 0.0
    figures.draw_cohort(folder / "validation_cohort.png", ours, published)
