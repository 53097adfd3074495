"""T12, the methods statement: item by item from settings, provenance and what the study states in [methods].

The items are those that the EANM asks to be reported. Of its guidance on good practice of clinical dosimetry
reporting (Lassmann et al., Eur J Nucl Med Mol Imaging 2011;38:192-200) the abstract alone could be read: the
items of its checklist are from memory. Table 4 of its guidance on first-in-human studies (Stokke et al.,
2024;51:1268-1286) was read.
"""

from __future__ import annotations

from collections.abc import Callable

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.footnotes import simulated
from dosimetry.dossier.tables.statement import of_dose as dose
from dosimetry.dossier.tables.statement import of_measurement as measured

NOT_STATED = "not stated"
Item = tuple[str, Callable[[Results], str]]


def stated(key: str) -> Callable[[Results], str]:
    """What the study file's [methods] says under a key."""
    return lambda results: str(results.setting(f"methods.{key}", ""))


#: Section -> items: what each is, and how it is told; "" where nobody stated it.
SECTIONS: dict[str, tuple[Item, ...]] = {
    "Study": (
        ("Study and its data", measured.study),
        ("Radiopharmaceutical and nuclide", measured.nuclide),
        ("Subjects", measured.subjects),
        ("Administered activity", measured.administered),
        ("Administration", stated("administration")),
        ("Preparation of subjects", stated("preparation")),
    ),
    "Equipment and measurement": (
        ("Activity meter", stated("activity_meter")),
        ("Scanner or camera", stated("camera")),
        ("Calibration", stated("calibration")),
        ("Acquisition", stated("acquisition")),
        ("Reconstruction", stated("reconstruction")),
        ("Corrections", stated("corrections")),
        ("Regions of interest", stated("regions_drawn")),
        ("Whole-body counting", stated("whole_body_counting")),
        ("Blood samples", stated("blood_samples")),
        ("Time points", measured.time_points),
        ("Decay correction", measured.decay_correction),
        ("Values below the limit of quantification", measured.below_limit),
    ),
    "Kinetics": (
        ("Whole body: fit", lambda r: measured.fit(r, "whole_body")),
        ("Serum: fit", lambda r: measured.fit(r, "serum")),
        ("Organs: fit or integration", measured.organs),
        ("Models that were used", measured.models),
        ("Source regions filled by blood", measured.blood),
        ("Contents of the intestines", measured.gut),
        ("Contents of the urinary bladder", measured.bladder),
        ("Remainder of the body", measured.remainder),
    ),
    "Absorbed dose": (
        ("Organ masses", dose.masses),
        ("Tissue densities", dose.densities),
        ("S values and bodies", dose.s_values),
        ("Decay data and daughters", dose.decay_data),
        ("Effective dose", dose.effective),
        ("Uncertainty", dose.uncertainty),
    ),
    "Software and provenance": (
        ("Program", dose.program),
        ("Other software", stated("other_software")),
        ("Input files (SHA-256)", dose.inputs),
        ("Results (SHA-256)", lambda r: r.sha256),
        ("Warnings of the program", dose.warnings),
    ),
}


def methods_table(results: Results, options: TableOptions) -> Table:
    """The methods statement; what nobody stated reads "not stated".

    Parameters
    ----------
    results : of a study.
    options : not needed.

    Returns
    -------
    A row an item: what it is, the statement, and from where it is ("settings" or "[methods]").
    """
    del options
    rows: list[Row] = []
    lacking = []
    for section, items in SECTIONS.items():
        rows.append(Row((Cell(section),), "heading"))
        for item, told in items:
            text = told(results).strip()
            if not text:
                lacking.append(item)
            rows.append(Row((Cell(item), Cell(text or NOT_STATED))))
    said = (
        f"Not stated, to be written by hand or in [methods] of the study file: {', '.join(lacking)}."
        if lacking
        else "All items are stated."
    )
    return Table(
        "methods",
        "Methods statement",
        (Column("item", "Item"), Column("statement", "Statement")),
        tuple(rows),
        footnotes=(
            said,
            "Equipment, acquisition and their like are in the words of the study file ([methods]); all else"
            " is what the program did.",
            "Items after Lassmann et al., Eur J Nucl Med Mol Imaging 2011;38:192-200, and Stokke et al.,"
            " 2024;51:1268-1286.",
            *simulated(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
    )
