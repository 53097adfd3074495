"""The rules that ICRP 60 leaves open, tried on published organ doses; the table of docs/dosimetry.md.

Run as ``python -m validation.pages.effective_dose_rules``; the table is set between its marks.

OLINDA/EXM 1.x printed organ doses and, from them, an effective dose by ICRP 60. Three papers print both
(``olinda_organ_doses.toml``, with sources).
"""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

from dosimetry.doses.effective import body_tissues, weight_set
from validation.report.markdown import splice, table

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "dosimetry.md"
PUBLISHED = Path(__file__).with_name("olinda_organ_doses.toml")

HIGHER, OWN = "higher of ovaries and testes", "of the body's own sex"
OESOPHAGUS = {"thymus": 0.05, "left out (weights sum to 0.95)": 0.0}


def published() -> list[dict[str, Any]]:
    """The papers: name, source, ``men_among_patients``, doses by target region and effective doses."""
    papers = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))["paper"]
    return list(papers)


def with_rules(
    name: str, gonads: str, men: float, remainder: str = "mass", oesophagus: float = 0.05
) -> dict[str, Any]:
    """A weight set with other rules; the weight of the oesophagus may be 0 here, to see what that does.

    Parameters
    ----------
    name : weight set, "ICRP 60" or "ICRP 26".
    gonads : :data:`HIGHER` or :data:`OWN`; with the latter a mean over patients has ``men`` of its testes.
    remainder : "mass" or "arithmetic", ICRP 60 only.
    """
    chosen = copy.deepcopy(dict(weight_set(name)))
    rules: dict[str, dict[str, Any]] = {
        HIGHER: {"highest_of": ["ovaries", "testes"]},
        OWN: {"mean": {"testes": men, "ovaries": 1.0 - men}},
    }
    for tissue in chosen["tissue"]:
        if tissue["name"] == "gonads":
            tissue["dose"] = [rules[gonads]]
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


def ratio(paper: dict[str, Any], *rules: Any) -> float:
    """Effective dose by ICRP 60 with these rules over the published one."""
    chosen = with_rules("ICRP 60", rules[0], paper["men_among_patients"], *rules[1:])
    return effective(paper["dose_mGy_per_MBq"], chosen) / float(paper["effective_dose_mSv_per_MBq"])


def rules_table() -> str:
    """The table in Markdown: ours over published, less 1."""
    papers = published()
    first = papers[0]
    rows = []
    for gonads in (HIGHER, OWN):
        equivalent = effective(
            first["dose_mGy_per_MBq"], with_rules("ICRP 26", gonads, first["men_among_patients"])
        )
        ede = equivalent / first["effective_dose_equivalent_mSv_per_MBq"] - 1.0
        for remainder in ("mass", "arithmetic"):
            for word, weight in OESOPHAGUS.items():
                cells = [f"{ratio(p, gonads, remainder, weight) - 1.0:+.1%}" for p in papers]
                rows.append([gonads, remainder, word, *cells, f"{ede:+.1%}"])
    header = ("gonads", "remainder", "oesophagus", *(p["name"] for p in papers), f"EDE, {first['name']}")
    return table(header, rows)


def main() -> None:
    """Print the table and set it into the page."""
    text = rules_table()
    print(text)
    splice(DOC, {"icrp60-rules": text})


if __name__ == "__main__":
    main()
