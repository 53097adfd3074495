"""Effective dose: tissue weighting of equivalent doses (ICRP 60, ICRP 103) and the EDE of ICRP 26.

A weight set is a file in ``dosimetry/doses/weights``; it says for each tissue from which target region its
dose is taken, and by which stand-in where a body lacks the tissue. Conventions are written out in
docs/dosimetry.md.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from dosimetry.doses.effective_result import DosesByRadiation, EffectiveDose, TissueDose, se_from_tiac
from dosimetry.doses.weighting import lacking_tissues, weighting
from dosimetry.errors import DosimetryError
from phantoms.library.hollow import HOLLOW, whole_organs

if TYPE_CHECKING:
    import pandas as pd

    Doses: TypeAlias = "DosesByRadiation | Mapping[str, float] | pd.Series"

DATA = Path(__file__).parent / "weights"
OLINDA_1 = "ICRP 60 OLINDA/EXM 1.x"
_FILES: dict[str, str] = {
    "ICRP 60": "icrp60", "ICRP 103": "icrp103", "ICRP 26": "icrp26", OLINDA_1: "icrp60_olinda_exm_1"
}  # fmt: skip
#: Names of the sets of tissue weights that effective dose is computed by.
TISSUE_WEIGHTS: tuple[str, ...] = tuple(_FILES)


@lru_cache(maxsize=8)
def weight_set(name: str) -> Mapping[str, Any]:
    """A weight set by name (one of :data:`TISSUE_WEIGHTS`), as its file has it."""
    by_name = {"".join(n.lower().split()): stem for n, stem in _FILES.items()}
    digits = re.fullmatch(r"icrp\s*[-_]?\s*(\d+)(\s*ede)?", name.strip().lower())
    stem = _FILES.get(f"ICRP {digits.group(1)}") if digits else by_name.get("".join(name.lower().split()))
    if stem is None:
        raise DosimetryError(f"unknown weight set '{name}'; allowed: {', '.join(TISSUE_WEIGHTS)}")
    return tomllib.loads((DATA / f"{stem}.toml").read_text(encoding="utf-8"))


def effective_dose(
    doses: Doses | tuple[Doses, Doses],
    weights: str = "ICRP 60",
    *,
    sex: str | None = None,
    without_alphas: bool = False,
) -> EffectiveDose:
    """Effective dose, mSv/MBq (with "ICRP 26": the effective dose equivalent), with its standard error.

    Parameters
    ----------
    doses : what :func:`dosimetry.absorbed_dose` gives; or a pair (male, female), whose equivalent doses are
        averaged tissue by tissue, as ICRP 103 defines effective dose. A result knows the part of alphas,
        which are weighted by w_R = 20, and its sex. Plain numbers by target region, mGy/MBq, do not: they
        are taken with ``without_alphas=True`` only.
    weights : "ICRP 60", "ICRP 103", "ICRP 26" or "ICRP 60 OLINDA/EXM 1.x" (rules that meet that program's).
    sex : "male" or "female" for plain numbers or a child's body; without it both gonads count by the higher.
    without_alphas : states that no part of plain numbers is by alphas or recoil nuclei.

    Raises
    ------
    DosimetryError : plain numbers without that statement; unknown weight set; a region that a tissue needs is
        missing; a dose is not a number.

    Returns
    -------
    :class:`dosimetry.EffectiveDose`; its ``to_frame()`` shows each tissue's contribution and the stand-ins.
    Its standard error is that of the TIACs, to first order with the weights in force. A pair has none:
    whether the errors of two bodies are the same or independent is not known here.

    Examples
    --------
    >>> from dosimetry import absorbed_dose
    >>> doses = absorbed_dose({"liver": 11.0, "remainder": 70.0}, "Zr-89", "adult male")
    >>> effective_dose(doses, "ICRP 60").missing
    'no standard errors of the TIACs were given'
    >>> effective_dose(doses, "ICRP 103").to_frame()["contribution_mSv_per_MBq"].idxmax()
    'colon'
    """
    rows = tissue_doses(doses, weights, sex=sex, without_alphas=without_alphas)
    chosen, se, missing = weight_set(weights), None, ""
    several = list(doses) if isinstance(doses, tuple | list) else [doses]
    bodies = tuple(each.body for each in several if isinstance(each, DosesByRadiation))
    if isinstance(doses, DosesByRadiation):
        one = cast(DosesByRadiation, doses)
        se = se_from_tiac(one, rows, float(chosen["radiation_weight_alpha"]))
        missing = "" if se is not None else one.missing.get("se_from_tiac", "not known")
    elif bodies:
        missing = "whether the errors of two bodies are the same or independent is not known"
    else:
        missing = "plain numbers by region carry none"
    value = math.fsum(r.weight * r.equivalent_dose_mSv_per_MBq for r in rows)
    note = "; ".join(
        filter(
            None,
            (
                "" if isinstance(doses, tuple | list) else one_bodys(chosen),
                lent(several, rows),
                walls_by_whole(several, {region for row in rows for region in row.regions}),
            ),
        )
    )
    return EffectiveDose(
        value, se, chosen["name"], chosen["quantity"], bodies, chosen["source"], missing, tuple(rows), note
    )


def effective_or_why(doses: DosesByRadiation, weights: str) -> EffectiveDose:
    """The effective dose of one body; where the body lacks tissues, NaN and which.

    Raises
    ------
    DosimetryError : unknown weight set.

    >>> from dosimetry import absorbed_dose
    >>> bool(effective_or_why(absorbed_dose({"liver": 11.0}, "Zr-89", "adult male"), "ICRP 103").lacking)
    False
    """
    chosen = weight_set(weights)
    if why := lacking_tissues(chosen, doses.targets, doses.sex):
        return EffectiveDose(
            math.nan, None, chosen["name"], chosen["quantity"], (doses.body,), chosen["source"], why,
            note=one_bodys(chosen), lacking=why,
        )  # fmt: skip
    return effective_dose(doses, weights)


def lent(doses: Sequence[object], rows: Sequence[TissueDose]) -> str:
    """Which of the tissues have doses that are a reference body's, in words; "" where none has."""
    used = {region for row in rows for region in row.regions}
    told = []
    for each in doses:
        regions = [t for t in getattr(each, "reference_targets", ()) if t in used]
        if regions:
            told.append(f"{', '.join(regions)} of the reference body '{each.reference_body}'")  # type: ignore[attr-defined]
    return "; ".join(dict.fromkeys(told))


def walls_by_whole(doses: Sequence[object], used: Collection[str]) -> str:
    """Which of the regions that tissues are taken from are hollow organs with their contents; "" for none."""
    found: list[str] = []
    for each in doses:
        if isinstance(each, DosesByRadiation):
            facts = getattr(each, "provenance", {})
            told = {HOLLOW: facts.get(f"phantom {HOLLOW}", "")}
            found += [t for t in whole_organs(each.targets, told) if t in used]
    return f"{', '.join(dict.fromkeys(found))} with contents in place of the wall" if found else ""


def one_bodys(chosen: Mapping[str, Any]) -> str:
    """What a reader must know of one body's effective dose by a weight set's contents; "" for most.

    >>> one_bodys(weight_set("ICRP 103")), one_bodys(weight_set("ICRP 60"))
    ('not sex-averaged', '')
    """
    return "not sex-averaged" if chosen.get("sex_averaged") else ""


def averaged_sets() -> list[str]:
    """Weight sets whose effective dose is defined as averaged over both sexes.

    >>> averaged_sets()
    ['ICRP 103']
    """
    return [name for name in TISSUE_WEIGHTS if weight_set(name).get("sex_averaged")]


def tissue_doses(
    doses: Doses | tuple[Doses, Doses],
    weights: str = "ICRP 60",
    *,
    sex: str | None = None,
    without_alphas: bool = False,
) -> list[TissueDose]:
    """The tissues of a weight set with their doses; of a pair, each tissue of each sex at half its weight."""
    chosen = weight_set(weights)
    if sex not in (None, "male", "female", "both"):
        raise DosimetryError(f"sex '{sex}' is unknown; allowed: male, female")
    if isinstance(doses, tuple | list):
        if len(doses) != 2:
            raise DosimetryError(f"{len(doses)} sets of doses were given; one, or a pair (male, female)")
        rows: list[TissueDose] = []
        for one, one_sex in zip(doses, ("male", "female"), strict=True):
            stated = one.sex if isinstance(one, DosesByRadiation) else one_sex
            if stated in ("male", "female") and stated != one_sex:
                raise DosimetryError(
                    f"the pair must be (male, female); the {one_sex}'s doses are of a {stated}"
                )
            rows += [
                TissueDose(
                    f"{r.tissue} ({one_sex})",
                    r.weight / 2,
                    r.equivalent_dose_mSv_per_MBq,
                    r.regions,
                    r.stand_in,
                )
                for r in body_tissues(equivalent_doses(one, chosen, without_alphas), chosen, one_sex)
            ]
        return rows
    if isinstance(doses, DosesByRadiation):
        if sex is not None and doses.sex not in (sex, "both"):
            raise DosimetryError(f"sex '{sex}' was given for the doses of a {doses.sex}")
        sex = sex or doses.sex
    return body_tissues(equivalent_doses(doses, chosen, without_alphas), chosen, sex)


def equivalent_doses(doses: Doses, chosen: Mapping[str, Any], without_alphas: bool) -> dict[str, float]:
    """Equivalent dose by region, mSv/MBq, with the weight of alphas of a weight set's contents.

    Raises
    ------
    DosimetryError : plain numbers that nobody says are free of alphas, or a result said to be and is not; a
        dose that is no number.
    """
    if isinstance(doses, DosesByRadiation):
        if without_alphas and doses.has_alphas:
            raise DosimetryError("without_alphas=True was stated, but a part of the doses is by alphas")
        return doses.equivalent_dose_mSv_per_MBq(float(chosen["radiation_weight_alpha"]))
    if not without_alphas:
        raise DosimetryError(
            "doses by region alone do not say how much of them alphas bring, which effective dose weights by"
            " 20: give the result of absorbed_dose itself, or state without_alphas=True if none is in them"
        )
    found: dict[str, float] = {}
    for name, raw in doses.items():
        try:
            value = float(raw)
        except (TypeError, ValueError):
            raise DosimetryError(f"dose of '{name}' is {raw!r}; a number in mGy/MBq is needed") from None
        if not math.isfinite(value) or value < 0.0:
            raise DosimetryError(f"dose of '{name}' is {value:g} mGy/MBq; it must be a number of 0 or more")
        found[str(name)] = value
    return found


def body_tissues(
    equivalent: Mapping[str, float], chosen: Mapping[str, Any], sex: str | None
) -> list[TissueDose]:
    """The tissues of one body from equivalent doses by region, mSv/MBq, by a weight set's contents (see
    :func:`weight_set`); their weights sum to 1."""
    import numpy as np

    regions = tuple(equivalent)
    weighed = weighting(chosen, regions, sex).of(np.array([[float(equivalent[r]) for r in regions]]))
    named = len(weighed.taken) - len(weighting(chosen, regions, sex).rest)
    return [
        TissueDose(
            taken.tissue if i < named else f"remainder: {taken.tissue}",
            float(weighed.weight[0, i]),
            float(weighed.dose[0, i]),
            {regions[j]: float(share[0, j]) for j in taken.regions if share[0, j]},
            taken.stand_in,
        )
        for i, (taken, share) in enumerate(zip(weighed.taken, weighed.shares, strict=True))
    ]
