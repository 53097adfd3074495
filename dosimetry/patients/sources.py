"""From areas under a patient's curves to the TIACs of the source regions: organs, blood, remainder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dosimetry.bladder.method import AFTER_VOIDING, BLADDER
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.patients.areas import area_of, shared_parts, used_curves
from dosimetry.patients.excretion.bladder import voided
from dosimetry.patients.excretion.gut import beside_gut, gut_sources, said_of_loss
from dosimetry.patients.methods import Methods
from dosimetry.patients.organ_masses import OrganMasses, rest_in_own_body
from dosimetry.patients.own_organs import NOT_IN_IMAGES, check_own, not_in_images
from dosimetry.patients.patient import SERUM, WHOLE_BODY, WHOLE_GUT, Measurements, Patient
from dosimetry.patients.plausible import check_contents
from dosimetry.patients.populations.curves import density_of
from dosimetry.patients.populations.shared import expanded, expanded_all
from dosimetry.patients.serum_limits import check_serum
from dosimetry.patients.sides import by_region
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.blood import BloodConstants, heart_contents, red_marrow
from dosimetry.tiacs.plausible import Bound, bound_of, check_tiacs
from dosimetry.tiacs.tiac import (
    Tiac,
    errors_h,
    from_concentration,
    from_percent,
    from_percent_per_gram,
    remainder,
)
from dosimetry.tiacs.tiacs import Tiacs, UsedCurve
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

#: What is said of blood as a source beside organs.
BLOOD_TWICE = (
    "blood is everywhere, so activity of the blood in an organ counts twice where the organ's image holds"
    " it: take"
    " it off the organs, or leave blood in the remainder"
)

BLOOD_SOURCES = {"heart contents": "heart_contents", "red marrow": "red_marrow"}


def patient_tiacs(patient: Patient, methods: Methods, of: str | Nuclide) -> Tiacs:
    """TIACs of one patient's source regions, h, from that patient's measurements.

    Parameters
    ----------
    patient : with measurements, or with TIACs that were determined elsewhere, which are then given back.
    methods : by which curves become areas and areas TIACs.
    of : the nuclide, e.g. "Zr-89".

    Raises
    ------
    DosimetryError : there are no measurements; a curve that cannot be used; a value that a method needs is
        missing; a remainder below 0. The message says where.
    PhantomError : unknown phantom.

    Examples
    --------
    >>> import numpy as np
    >>> from dosimetry import Measurements, nuclide
    >>> from kinetics import Curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> probe = Curve(
    ...     time_h=t, value=100 * np.exp(-0.005 * t), unit="%IA", decay_corrected=True,
    ...     nuclide=nuclide("Zr-89"),
    ... )
    >>> patient = Patient(
    ...     name="P01", sex="male", phantom="adult male", measurements=Measurements(whole_body=probe)
    ... )
    >>> methods = Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="relative",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... )
    >>> tiacs = patient_tiacs(patient, methods, "Zr-89")
    >>> list(tiacs), round(tiacs["remainder"], 1)  # 100 %/(0.005 + 0.00884 per h)
    (['remainder'], 72.3)
    """
    (found,) = tiacs_of_each([patient], methods, nuclide(of))
    return found


def tiacs_of_each(patients: Sequence[Patient], methods: Methods, n: Nuclide) -> list[Tiacs]:
    """TIACs of several patients, in their order: given, or from curves that are fitted together.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`patient_tiacs`.
    """
    for patient in patients:
        if patient.given_tiacs is None and patient.measurements is None:
            raise DosimetryError(f"patient '{patient.name}' has neither measurements nor TIACs")
        check_own(patient)
        if methods.bladder is not None and patient.given_tiacs and BLADDER not in patient.given_tiacs:
            raise DosimetryError(
                f"patient '{patient.name}' has given TIACs without '{BLADDER}', and the methods have a"
                " bladder that is made of measurements: give its TIAC too, or leave that out"
            )
    bound = bound_of(n)
    of_phantom = {p.phantom: library_of(p.phantom) for p in patients if p.given_tiacs is None}
    measured = [
        replace(p, measurements=by_region(p, of_phantom[p.phantom]))
        for p in patients
        if p.given_tiacs is None
    ]
    made = (
        tiacs_of(p, methods, used, of_phantom[p.phantom], n)
        for p, used in zip(measured, used_curves(measured, methods, n.lambda_per_h), strict=True)
    )
    return [bounded(next(made) if p.given_tiacs is None else p.given_tiacs, p, bound) for p in patients]


def bounded(tiacs: Tiacs, patient: Patient, bound: Bound) -> Tiacs:
    """The TIACs with warnings: of the patient's own body, and where they are above half-life/ln 2.

    Raises
    ------
    DosimetryError : one is far above it.
    """
    values = {t.source: t.value_h for t in tiacs.tiacs}
    try:
        said = check_tiacs(values, errors_h(tiacs.tiacs), bound)
    except DosimetryError as error:
        measured = patient.measurements
        where = measured.table(*values, WHOLE_BODY, patient=patient.name) if measured else ""
        raise DosimetryError(f"{where or patient.place or f'patient {patient.name!r}'}: {error}") from None
    warnings = {k: list(v) for k, v in tiacs.warnings.items()}
    for source, text in said.items():
        warnings.setdefault(source or WHOLE_BODY, []).append(text)
    of_body = rest_in_own_body(patient, library_of(patient.phantom)) if REMAINDER in values else ""
    if of_body:
        warnings.setdefault(REMAINDER, []).append(of_body)
    return replace(tiacs, warnings=warnings) if said or of_body else tiacs


def tiacs_of(
    patient: Patient,
    methods: Methods,
    used: Mapping[str, UsedCurve],
    library: SafLibrary,
    n: Nuclide,
    *,
    trial: bool = False,
) -> Tiacs:
    """TIACs from the areas under one patient's curves: whole body, organs, blood, remainder.

    Parameters
    ----------
    used : as :func:`dosimetry.patients.areas.used_curves` gives them.
    library : the body whose masses stand in where none were measured.
    n : the nuclide.
    trial : that of a Monte Carlo or of a difference: nothing is warned of, and a remainder below 0 is 0 by
        however much it is below, because the spread of trials is what is asked for.

    Raises
    ------
    DosimetryError : see :func:`patient_tiacs`.
    """
    measured = patient.measurements
    assert measured is not None
    masses = OrganMasses(methods.organ_masses, patient, library)
    whole_body = from_percent(WHOLE_BODY, area_of(used[WHOLE_BODY]))
    tiacs: list[Tiac] = []
    curves: list[UsedCurve] = []
    extrapolated: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    gut = gut_sources(patient, methods, used, library, n.lambda_per_h)
    used = {**used, **gut.curves}
    for name, curve in used.items():
        extrapolated[name] = curve.extrapolated_fraction
        if name not in (WHOLE_BODY, SERUM, WHOLE_GUT):
            tiac, to_percent = _organ(patient, methods, curve, masses)
            tiacs.append(tiac)
            curve = replace(curve, to_percent=to_percent)
        curves.append(curve)
    for region, method in BLOOD_SOURCES.items():
        _check_blood_source(patient, measured, region, getattr(methods, method))
        if getattr(methods, method) == "none":
            missing[region] = "the study takes none; its activity is in the remainder"
        elif patient.own_body and region not in library.sources:
            missing[region] = not_in_images(region, library, used)
        elif getattr(methods, method) == SERUM:
            tiacs.append(_from_serum(patient, region, used, masses, methods.blood))
            extrapolated[region] = extrapolated[SERUM]
    tiacs += gut.tiacs
    extrapolated |= gut.extrapolated
    warnings: dict[str, list[str]] = {}
    if not trial:
        warnings = check_contents(patient, {c.region: c for c in curves}, n.lambda_per_h)
        for region in (r for r, why in missing.items() if why.startswith(NOT_IN_IMAGES)):
            warnings.setdefault(region, []).append(missing[region])
    if SERUM in used and not trial:
        said = check_serum(patient, used[SERUM], used[WHOLE_BODY], library, n.lambda_per_h)
        warnings.setdefault(SERUM, []).extend(said)
    if "blood" in used and len(tiacs) > 1:
        warnings.setdefault("blood", []).append(BLOOD_TWICE)
    filled = voided(patient, methods, used[WHOLE_BODY], library, n.lambda_per_h)
    if filled is not None:
        tiacs.append(beside_gut(filled.tiac, gut, methods, used[WHOLE_BODY], n.lambda_per_h))
        warnings.setdefault(BLADDER, []).extend(filled.warnings)
    if not trial:
        of_loss = said_of_loss(methods, tiacs, whole_body, used[WHOLE_BODY], n.lambda_per_h)
        for name, said in of_loss.items():
            warnings.setdefault(name, []).extend(said)
    shared = shared_parts(used)
    whole_body, tiacs = expanded(whole_body, shared), expanded_all(tiacs, shared)
    try:
        tiacs.append(rest_of(whole_body, tiacs, methods, trial=trial))
    except DosimetryError as error:
        raise DosimetryError(f"{measured.table(WHOLE_BODY, patient=patient.name)}: {error}") from None
    named = {t.source for t in tiacs}
    return Tiacs(
        tuple(tiacs),
        whole_body,
        tuple(curves),
        organ_mass_kg={r: m for r, m in masses.measured.items() if r in named},
        body_mass_kg=masses.body_mass_kg,
        extrapolated=extrapolated,
        missing=missing,
        warnings={name: said for name, said in warnings.items() if said},
    )


def rest_of(whole_body: Tiac, tiacs: Sequence[Tiac], methods: Methods, *, trial: bool = False) -> Tiac:
    """The remainder of a whole body with or without the bladder's contents, as the methods say.

    trial : one that is below 0 is 0, by however much it is below.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.remainder`.
    """
    bladder = methods.bladder
    if bladder is None or bladder.whole_body_counted != AFTER_VOIDING:
        return remainder(whole_body, tiacs, at_least_0=trial)
    rest = remainder(whole_body, [t for t in tiacs if t.source != BLADDER], at_least_0=trial)
    return replace(rest, how=f"{rest.how}; counted after voiding, without {BLADDER}")


def _organ(patient: Patient, methods: Methods, used: UsedCurve, masses: OrganMasses) -> tuple[Tiac, float]:
    """An organ's TIAC, and the factor from the curve's unit to %IA in the organ."""
    region, unit, under = used.region, used.curve.unit, area_of(used)
    if unit == "%IA":
        return from_percent(region, under), 1.0
    mass_kg, origin = masses.of(region)
    if unit == "%IA/g":
        return from_percent_per_gram(region, under, mass_kg=mass_kg, mass_note=origin), mass_kg * 1000
    administered = patient.need("administered_MBq", f"organ curves in {unit} need it")
    density = density_of(patient, region, methods) if unit == "kBq/mL" else None
    tiac = from_concentration(
        region,
        under,
        mass_kg=mass_kg,
        administered_MBq=administered,
        density_g_per_mL=density,
        mass_note=origin,
    )
    return tiac, 100 * mass_kg / (density or 1.0) / administered


def _check_blood_source(patient: Patient, measured: Measurements, region: str, choice: str) -> None:
    """A region that the blood brings has one origin: a curve of its own, serum, or none."""
    from_curve = region in measured.organs
    if from_curve != (choice == "organ curve"):
        where = measured.table(*measured.organs, WHOLE_BODY, patient=patient.name)
        raise DosimetryError(
            f"{where} has {'a' if from_curve else 'no'} curve of '{region}', but the methods say"
            f" blood.{BLOOD_SOURCES[region]} = '{choice}'"
        )


def _from_serum(
    patient: Patient,
    region: str,
    used: Mapping[str, UsedCurve],
    masses: OrganMasses,
    constants: BloodConstants,
) -> Tiac:
    """Heart contents or red marrow from the serum's area."""
    why = f"the TIAC of the {region} from serum needs it"
    if SERUM not in used:
        raise DosimetryError(f"patient '{patient.name}' has no curve of serum; {why}")
    haematocrit = patient.need("haematocrit", why)
    if region not in masses.library.source_mass_kg:
        raise DosimetryError(
            f"{patient.place or 'patient'} '{patient.name}': phantom '{patient.phantom}' has no source region"
            f" '{region}', and blood.{BLOOD_SOURCES[region]} = '{SERUM}' needs it"
        )
    mass_kg, origin = masses.of(region)
    under = area_of(used[SERUM])
    if region == "heart contents":
        tiac = heart_contents(
            under,
            haematocrit=haematocrit,
            contents_mass_kg=mass_kg,
            blood_density_g_per_mL=constants.blood_density_g_per_mL,
        )
    else:
        tiac = red_marrow(
            under,
            haematocrit=haematocrit,
            marrow_mass_kg=mass_kg,
            marrow_density_g_per_mL=constants.marrow_density_g_per_mL,
            extracellular_fraction=constants.extracellular_fraction,
        )
    return replace(tiac, how=f"{tiac.how}; mass {mass_kg:.4g} kg ({origin})")
