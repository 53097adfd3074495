"""Footnotes of the label's tables, made of results: who counts, bodies, sources of S, what the SD is."""

from __future__ import annotations

from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.dose_means import ORGANS

SD = "SD: sample standard deviation (n - 1) between subjects; n: subjects who count for the region."
CONTENTS = "urinary bladder contents"
NOT_BLADDER = "its contents are no source region; their activity is in the remainder of the body"
ALPHAS = (
    "Absorbed doses are not weighted; in effective doses alphas and recoil nuclei count 20 times (w_R of ICRP"
    " 60 and 103)."
)


def dose_notes(results: Results) -> tuple[str, ...]:
    """What a reader of mean dose coefficients must know.

    >>> from dosimetry import run_study
    >>> from dosimetry.dossier.results.reading import results_of
    >>> dose_notes(results_of(run_study("examples/zr89-huj591/study.toml")))[0]
    'Subjects: 1 (1 male).'
    """
    alphas = (ALPHAS,) if has_alphas(results) else ()
    said = (who(results), SD, bodies(results), f"Urinary bladder: {voiding(results)}.")
    return (*said, *alphas, *simulated(results))


def has_alphas(results: Results) -> bool:
    """Whether a part of any subject's dose is by alphas or recoil nuclei."""
    return bool((results.table(ORGANS)["alpha_part_mGy_per_MBq"] > 0).any())


def who(results: Results) -> str:
    """Subjects by sex."""
    frame = results.table(ORGANS)
    subjects = frame[frame["statistic"] == "value"].drop_duplicates("patient")
    by_sex = [f"{int((subjects['sex'] == s).sum())} {s}" for s in ("male", "female")]
    return f"Subjects: {len(subjects)} ({', '.join(t for t in by_sex if not t.startswith('0 '))})."


def bodies(results: Results) -> str:
    """Bodies with their files' hashes, and the decay data: the sources of S values."""
    about = sorted(a for a in results.provenance if a.startswith("phantom "))
    names = [a.removeprefix("phantom ") for a in about]
    said = []
    for name in names:
        facts = results.provenance[f"phantom {name}"]
        origin = facts.get("origin", "origin not stated")
        said.append(f"'{name}' ({origin}; SHA-256 {facts.get('sha256', 'not stated')[:12]})")
    decay = results.provenance.get("decay data", {}).get("source", "not stated")
    return f"S values from {'; '.join(said) or 'bodies that are not stated'}; decay data: {decay}."


def voiding(results: Results) -> str:
    """How the contents of the urinary bladder were treated."""
    keys = {k: v for k, v in results.settings.items() if k.startswith("bladder.")}
    if not keys:
        given = (results.table("tiac")["source"] == CONTENTS).any()
        return "its contents have TIACs that were given" if given else NOT_BLADDER
    if "bladder.continuous_per_h" in keys:
        return f"emptied continuously at {keys['bladder.continuous_per_h']:g} per h"
    said = []
    if "bladder.first_h" in keys:
        said.append(f"first void at {keys['bladder.first_h']:g} h")
    if "bladder.times_h" in keys:
        said.append(f"voids at {keys['bladder.times_h']} h")
    if "bladder.every_h" in keys:
        said.append(f"voids every {keys['bladder.every_h']:g} h")
    if "bladder.residual" in keys:
        said.append(f"residual {keys['bladder.residual']:g} of the contents")
    return ", ".join(said) or "contents as a source region; no voiding time is stated"


def simulated(results: Results) -> tuple[str, ...]:
    """That the data are simulated, where they are."""
    return ("SIMULATED DATA: no number here was measured in a subject.",) if results.simulated else ()
