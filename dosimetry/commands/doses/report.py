"""What ``milligray dose`` prints: absorbed and effective doses, per activity and of an activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.effective_result import EffectiveDose

#: 1 mGy/MBq in rad/mCi: 37 MBq in a mCi, 10 mGy in a rad.
RAD_PER_MCI = 3.7


def conditions(facts: Mapping[Any, Any]) -> str:
    """In a few words which masses and convention are in force, and how daughters were treated."""
    from dosimetry.svalues.folding import OWN_CONVENTION

    said = f"masses: {facts['masses']}, daughters: {facts['daughters']}"
    convention = facts["convention"]
    return said if convention == OWN_CONVENTION else f"{said}, convention: {convention}"


def absolute(e: EffectiveDose, activity_MBq: float | None) -> dict[str, float | None]:
    """An effective dose in mSv, where the activity is known."""
    if activity_MBq is None or e.lacking:
        return {}
    value, se = e.for_activity_mSv(activity_MBq)
    return {"effective_dose_mSv": value, "se_from_tiac_mSv": se}


def effective_json(e: EffectiveDose, activity_MBq: float | None) -> dict[str, Any]:
    """An effective dose as JSON has it."""
    return {
        "quantity": e.quantity,
        "weights": e.weights,
        "effective_dose_mSv_per_MBq": None if e.lacking else e.value_mSv_per_MBq,
        "se_from_tiac_mSv_per_MBq": e.se_from_tiac_mSv_per_MBq,
        "se_missing": e.missing,
        **({"missing": e.lacking} if e.lacking else {}),
        "note": e.note,
        **absolute(e, activity_MBq),
    }


def print_doses(
    frame: pd.DataFrame,
    facts: Mapping[str, str],
    effective: list[EffectiveDose],
    tiac_h: dict[str, float],
    activity_MBq: float | None,
    lent: tuple[str, ...] = (),
) -> None:
    """Tables of absorbed and effective doses in the terminal; ``lent`` are targets of a reference body."""
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    sources = ", ".join(f"{s} {significant(v)} h" for s, v in tiac_h.items())
    console.print(f"TIAC: {sources}; sum {significant(sum(tiac_h.values()))} h")
    known = bool(frame["se_mGy_per_MBq"].notna().any())
    columns = {"target": "left", "mGy/MBq": "right", **({"SE": "right"} if known else {}), "rad/mCi": "right"}
    gray = "absorbed_dose_Gy" in frame
    columns |= {"Gy": "right", **({"SE / Gy": "right"} if known else {})} if gray else {}
    title = f"Absorbed dose: {facts['nuclide']}, {facts['phantom']}, {conditions(facts)}"
    table = plain_table(title, columns)
    for target, row in frame.iterrows():
        d = float(row["dose_mGy_per_MBq"])
        se = (significant(float(row["se_mGy_per_MBq"]), 2),) if known else ()
        whole = [significant(float(row["absorbed_dose_Gy"]))] if gray else []
        whole += [significant(float(row["se_Gy"]), 2)] if gray and known else []
        name = f"{target} *" if target in lent else str(target)
        table.add_row(name, significant(d), *se, significant(d * RAD_PER_MCI), *whole)
    console.print(table)
    if lent:
        console.print("*: of a reference body, not of this one; see below.", style="dim")
    columns = {"quantity": "left", "weights": "left", "mSv/MBq": "right", "SE from TIACs": "right"}
    if activity_MBq is not None:
        columns |= {"mSv": "right", "SE / mSv": "right"}
    table = plain_table("Effective dose", columns)
    for e in effective:
        whole = [
            significant(v, digits)
            for v, digits in zip(absolute(e, activity_MBq).values(), (3, 2), strict=False)
        ]
        error = significant(e.se_from_tiac_mSv_per_MBq, 2)
        weights = f"{e.weights}, {e.note}" if e.note else e.weights
        value = "not given" if e.lacking else significant(float(e))
        table.add_row(e.quantity, weights, value, error, *whole)
    console.print(table)
    for e in effective:
        if e.lacking:
            console.print(f"Not given: {e.lacking}.", style="dim")
    for missing in dict.fromkeys(e.missing for e in effective if e.missing and not e.lacking):
        console.print(f"No standard error of effective doses: {missing}.", style="dim")
    if activity_MBq is not None:
        console.print(f"Gy and mSv are of {activity_MBq:g} MBq, taken as exact.")
    for note in (
        facts["notes"],
        *(f"{k}: {v}." for k, v in facts.items() if str(k).endswith(" missing")),
    ):
        if note:
            console.print(note, style="dim")
