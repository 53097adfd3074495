"""The rules that ICRP 60 leaves open, tried on published organ doses; the table of docs/dosimetry.md.

Run as ``python -m validation.effective_dose_rules``; the table is set between its marks.

Organ doses: 89Zr-trastuzumab, O'Donoghue et al., J Nucl Med 2018;59:161-166 (doi 10.2967/jnumed.117.194555),
Table 2, mean of eight men and two women by OLINDA/EXM: effective dose 0.48, effective dose equivalent
0.60 mSv/MBq.
"""

from __future__ import annotations

import copy
import csv
from pathlib import Path
from typing import Any

from dosimetry.effective import body_tissues, weight_set
from validation.page import splice, table

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "dosimetry.md"
PUBLISHED = ROOT.parent / "shared" / "data" / "published_89zr" / "odonoghue2018_table2.csv"

GONADS: dict[str, dict[str, Any]] = {
    "higher of ovaries and testes": {"highest_of": ["ovaries", "testes"]},
    "testes of men, ovaries of women (8:2)": {"mean": {"testes": 0.8, "ovaries": 0.2}},
    "testes": {"mean": {"testes": 1.0}},
}
OESOPHAGUS = {"thymus": 0.05, "left out (weights sum to 0.95)": 0.0}


def published() -> dict[str, float]:
    """Mean dose by target region, mGy/MBq; the two effective doses (mSv/MBq) are under their names."""
    with PUBLISHED.open(encoding="utf-8") as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        return {row["target"].lower(): float(row["mean"]) for row in rows}


def with_rules(name: str, gonads: str, remainder: str = "mass", oesophagus: float = 0.05) -> dict[str, Any]:
    """A weight set with other rules; the weight of the oesophagus may be 0 here, to see what that does."""
    chosen = copy.deepcopy(dict(weight_set(name)))
    for tissue in chosen["tissue"]:
        if tissue["name"] == "gonads":
            tissue["dose"] = [GONADS[gonads]]
        if tissue["name"] == "oesophagus":
            tissue["weight"] = oesophagus
    if name == "ICRP 60":
        chosen["remainder"]["rule"] = remainder
        if remainder == "arithmetic":
            for tissue in chosen["remainder"]["tissue"]:
                tissue.pop("mass_g")
    return chosen


def effective(doses: dict[str, float], chosen: dict[str, Any]) -> float:
    """Effective dose, mSv/MBq."""
    rows = body_tissues(doses, chosen, None)
    return sum(r.weight * r.equivalent_dose_mSv_per_MBq for r in rows)


def rules_table() -> str:
    """The table in Markdown; the first row is what the program does."""
    values = published()
    e, ede = values.pop("effective dose"), values.pop("effective dose equivalent")
    rows = []
    for gonads in GONADS:
        equivalent = effective(values, with_rules("ICRP 26", gonads))
        for remainder in ("mass", "arithmetic"):
            for word, weight in OESOPHAGUS.items():
                ours = effective(values, with_rules("ICRP 60", gonads, remainder, weight))
                cells = [gonads, remainder, word, f"{ours:.3f}", f"{ours - e:+.3f}", f"{equivalent:.3f}"]
                rows.append([*cells, f"{equivalent - ede:+.3f}"])
    rows.append(["published", "", "", f"{e:.2f}", "", f"{ede:.2f}", ""])
    header = ("gonads", "remainder", "oesophagus", "E, ICRP 60", "difference", "EDE", "difference")
    return table(header, rows)


def main() -> None:
    """Print the table and set it into the page."""
    text = rules_table()
    print(text)
    splice(DOC, {"icrp60-rules": text})


if __name__ == "__main__":
    main()
