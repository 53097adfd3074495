"""SUL of SUV: uptake by lean body mass, by a formula that is named, where a table has SUV only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dosimetry.errors import DosimetryError
from kinetics.curves.body_size import lean_body_mass_kg
from kinetics.errors import KineticsError
from lesions.lesion import QUANTITIES, LesionPatient

#: Formulas of lean body mass that a SUL can be made by.
FORMULAS = ("James", "Janmahasatian")
#: SUL over SUV that differs from the formula's by more is of another body.
ANOTHER_BODY = 0.2
_SUV = tuple(q for q in QUANTITIES if q.startswith("suv"))


def lean_share(patient: LesionPatient, formula: str) -> float:
    """Lean body mass over body mass of a patient: what SUV is multiplied by to give SUL.

    Parameters
    ----------
    patient : sex, body mass and height are needed.
    formula : "James" or "Janmahasatian", as :func:`kinetics.lean_body_mass_kg` has them.

    Raises
    ------
    DosimetryError : sex, body mass or height are not known, the formula does not hold for such a body or is
        none of these.

    Examples
    --------
    >>> from lesions import LesionPatient
    >>> woman = LesionPatient(name="P1", lesions=(), sex="female", body_mass_kg=70.0, height_cm=165.0)
    >>> round(lean_share(woman, "Janmahasatian"), 4), round(lean_share(woman, "James"), 4)
    (0.6158, 0.6895)
    """
    lacking = [q for q in ("sex", "body_mass_kg", "height_cm") if getattr(patient, q) is None]
    if lacking:
        raise DosimetryError(
            f"patient '{patient.name}': {lacking[0]} is missing; SUL is made of SUV by lean body mass"
            f" ({formula}), which needs sex, body_mass_kg and height_cm"
        )
    assert patient.sex is not None and patient.body_mass_kg is not None and patient.height_cm is not None
    try:
        lean_kg = lean_body_mass_kg(patient.sex, patient.height_cm / 100, patient.body_mass_kg, formula)
    except KineticsError as error:
        raise DosimetryError(f"patient '{patient.name}': {error}") from None
    return lean_kg / patient.body_mass_kg


def lacks_sul(patient: LesionPatient) -> bool:
    """Whether a table has a SUV of this patient without the SUL of the same kind."""
    scans = [
        *(u.value for lesion in patient.lesions for u in lesion.uptake),
        *(u.background for lesion in patient.lesions for u in lesion.uptake),
        *(f.value for lesion in patient.lesions for f in lesion.fdg),
        *(r.value for r in patient.references),
    ]
    return any(q in values and _sul(q) not in values for values in scans for q in _SUV)


def odd_sul(patient: LesionPatient, formula: str) -> str:
    """What is odd where tables have SUV and SUL: another body mass or height than the patient's; "": nothing.

    Formulas of lean body mass differ by some 10 %; more than a fifth is no formula's difference.

    >>> from lesions import Lesion, LesionPatient, Uptake
    >>> scan = Uptake(time_h=96.0, value={"suv_max": 10.0, "sul_max": 4.0})
    >>> one = Lesion(patient="P1", name="L1", site="bone", uptake=(scan,))
    >>> woman = LesionPatient(name="P1", lesions=(one,), sex="female", body_mass_kg=70.0, height_cm=165.0)
    >>> odd_sul(woman, "James")
    "P1: SUL is 0.4 of SUV in the tables, and 0.689 by the patient's mass and height (James)"
    """
    scans = [u.value for lesion in patient.lesions for u in lesion.uptake]
    scans += [f.value for lesion in patient.lesions for f in lesion.fdg]
    scans += [r.value for r in patient.references]
    of = [v[_sul(q)] / v[q] for v in scans for q in _SUV if q in v and _sul(q) in v]
    try:
        expected = lean_share(patient, formula)
    except DosimetryError:  # told where a SUL is made of it
        return ""
    worst = max(of, key=lambda share: abs(share / expected - 1.0), default=expected)
    if abs(worst / expected - 1.0) <= ANOTHER_BODY:
        return ""
    by = f"{expected:.3g} by the patient's mass and height ({formula})"
    return f"{patient.name}: SUL is {worst:.3g} of SUV in the tables, and {by}"


def with_sul(patient: LesionPatient, formula: str) -> LesionPatient:
    """The patient with a SUL for every SUV of lesions, backgrounds and normal tissues, of FDG too.

    SUL = SUV x lean body mass / body mass, and so is its SD: mass and height are taken as exact. A SUL that a
    table has stays as it is; ``obtained`` of each scan says which were made, and how.

    Parameters
    ----------
    patient : sex, body mass and height are needed.
    formula : "James" or "Janmahasatian".

    Raises
    ------
    DosimetryError : as :func:`lean_share`.

    Examples
    --------
    >>> from lesions import Lesion, LesionPatient, Uptake
    >>> scan = Uptake(time_h=96.0, value={"suv_max": 10.0})
    >>> one = Lesion(patient="P1", name="L1", site="bone", uptake=(scan,))
    >>> woman = LesionPatient(name="P1", lesions=(one,), sex="female", body_mass_kg=70.0, height_cm=165.0)
    >>> made = with_sul(woman, "James").lesions[0].uptake[0]
    >>> round(made.value["sul_max"], 3), made.obtained["sul_max"]
    (6.895, 'suv_max x 48.26 kg lean body mass (James) / 70 kg')
    """
    share = lean_share(patient, formula)
    assert patient.body_mass_kg is not None
    lean_kg, body_kg = share * patient.body_mass_kg, patient.body_mass_kg
    words = f"x {lean_kg:.4g} kg lean body mass ({formula}) / {body_kg:g} kg"

    def made(
        values: Mapping[str, float], sds: Mapping[str, float]
    ) -> tuple[dict[str, float], dict[str, float]]:
        new = [q for q in _SUV if q in values and _sul(q) not in values]
        return (
            {**values, **{_sul(q): share * values[q] for q in new}},
            {**sds, **{_sul(q): share * sds[q] for q in new if q in sds}},
        )

    def said(values: Mapping[str, float]) -> dict[str, str]:
        return {_sul(q): f"{q} {words}" for q in _SUV if q in values and _sul(q) not in values}

    lesions = []
    for lesion in patient.lesions:
        uptake = []
        for u in lesion.uptake:
            value, sd = made(u.value, u.sd)
            background, sd_background = made(u.background, u.sd_background)
            uptake.append(
                replace(
                    u, value=value, sd=sd, background=background, sd_background=sd_background,
                    obtained={**u.obtained, **said(u.value)},
                )
            )  # fmt: skip
        fdg = tuple(
            replace(f, value=made(f.value, {})[0], obtained={**f.obtained, **said(f.value)})
            for f in lesion.fdg
        )
        lesions.append(replace(lesion, uptake=tuple(uptake), fdg=fdg))
    references = []
    for r in patient.references:
        value, sd = made(r.value, r.sd)
        references.append(replace(r, value=value, sd=sd, obtained={**r.obtained, **said(r.value)}))
    return replace(patient, lesions=tuple(lesions), references=tuple(references))


def _sul(quantity: str) -> str:
    """The quantity by lean body mass of one by body mass.

    >>> _sul("suv_peak")
    'sul_peak'
    """
    return quantity.replace("suv", "sul")
