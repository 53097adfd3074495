"""Layer c, forward: published photon SAFs of a body beside those of its library."""

from __future__ import annotations

import re

from phantoms.library.installed import load_phantom
from validation.case import Case, CaseError
from validation.checks import PhotonSafs
from validation.outcome import FORWARD, Outcome, around

LAYER = "c. forward"
PAIR = re.compile(r"(?P<target>.+) <- (?P<source>.+), (?P<energy>[\d.]+) MeV")


def outcomes(case: Case, check: PhotonSafs) -> list[Outcome]:
    """Every published SAF, 1/kg, beside ours; a self pair has a tolerance of its own.

    Raises
    ------
    CaseError : a value is not named "target <- source, energy MeV".
    PhantomError : the body or a region of it is not there.
    """
    rows = []
    known = {m.region: m.because for m in check.missed}
    for group in case.published:
        library = load_phantom(group.body)
        table = library.table("photon")
        for value in group.rows:
            pair = PAIR.fullmatch(value.of)
            if not pair:
                raise CaseError(f"case '{case.name}': '{value.of}' is not 'target <- source, energy MeV'")
            target, source = library.targets.index(pair["target"]), library.sources.index(pair["source"])
            index = (target, source, 0)
            ours = float(table.at(float(pair["energy"]))[index])
            own = pair["target"] == pair["source"]
            percent = check.self_tolerance_percent if own else check.tolerance_percent
            allowed = value.centre * percent / 100.0 + value.half_unit
            rows.append(
                Outcome(
                    case.name,
                    LAYER,
                    f"photon SAFs, {group.body}",
                    quantity=value.of,
                    unit=group.unit,
                    published=value.centre,
                    ours=ours,
                    limits=around(value.centre, allowed),
                    because=check.because,
                    strength=FORWARD,
                    known=known.get(f"{group.body}: {value.of}", ""),
                )
            )
    return rows
