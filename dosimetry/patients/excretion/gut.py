"""Activity in the contents of the gut: by what leaves the whole body, or from a curve of the whole gut.

A tract is a chain, so whatever enters it over time, the areas under its parts are to each other as the TIACs
per unit that enters. That divides a curve of the whole gut without an assumption on how its activity came in;
what is assumed are the tract's rates, and that all of it comes in at one place, the small intestine. After
the curve's last point a model is needed: how far on is what was seen, and how much still comes. There what
enters is taken to go over time as what leaves the whole body (:func:`kinetics.transit_tail_h`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dosimetry.bladder.filling import LEFT_PART
from dosimetry.bladder.method import BLADDER, WITH_CONTENTS
from dosimetry.errors import DosimetryError
from dosimetry.gut.body_loss import BESIDE_AREA, OfBody, left_before_decay, of_chosen, said_of_start
from dosimetry.gut.method import GutMethod
from dosimetry.patients.areas import area_of, located
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import WHOLE_BODY, WHOLE_GUT, Patient
from dosimetry.tiacs.gut_regions import in_sources
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.trapezoid import area
from kinetics.compartments.gut_and_body import entered_gut, transit_tail_h
from kinetics.errors import KineticsError
from kinetics.excretion.tract import tract_tiac_h
from phantoms.library.saf import SafLibrary

#: More cannot enter than was administered: refused where it is above by more than this share, and by more
#: than three standard errors; by more than the second share whatever the error says.
MARGIN, MOST = 0.05, 0.5
#: Decay in a bladder that is part of the whole body's curve, of what leaves that: said above this share.
MUCH_WAITING = 0.01
#: What an area's tail is called that is made here.
TRANSIT = "transit"
#: A source region of ICRP 133 bodies that holds others.
COLON = "colon contents"


@dataclass(frozen=True)
class GutSources:
    """TIACs of the gut's contents.

    tiacs : of the body's source regions.
    curves : "whole gut" -> its curve, with the area that was divided.
    extrapolated : source region -> share of its TIAC that lies after the last point of its curve.
    """

    tiacs: tuple[Tiac, ...] = ()
    curves: Mapping[str, UsedCurve] = field(default_factory=dict)
    extrapolated: Mapping[str, float | None] = field(default_factory=dict)


def gut_sources(
    patient: Patient,
    methods: Methods,
    used: Mapping[str, UsedCurve],
    library: SafLibrary,
    lambda_phys_per_h: float,
) -> GutSources:
    """The gut's contents as source regions; none where the methods say nothing of the gut.

    Parameters
    ----------
    used : the patient's curves with their fits and areas, by "whole body", "whole gut" or source region.
    library : the body.

    Raises
    ------
    DosimetryError : as :func:`check_gut`; more would enter than was administered; the whole body's curve does
        not say what leaves it.
    """
    check_gut(patient, methods, library)
    gut = methods.gut
    if gut is None or (gut.without_curve is not None and WHOLE_GUT not in used):
        return GutSources()
    shares = _shares(gut, library, lambda_phys_per_h)
    total = sum(shares.values())
    if gut.contents == "whole body":
        entered = _entered(patient, gut, used[WHOLE_BODY], lambda_phys_per_h)
        how = (
            f"{entered.value:.4g} of the administered activity enters the small intestine"
            f" ({gut.faeces_fraction:g} of what leaves the rest of the body) x {{0:.4g}} h; {gut.tract.name}"
        )
        tiacs = tuple(_tiac(s, entered, h, how.format(h), patient) for s, h in shares.items())
        return GutSources(tiacs, {}, dict.fromkeys(shares, used[WHOLE_BODY].extrapolated_fraction))
    curve, under = _whole_gut(patient, gut, used, lambda_phys_per_h)
    how = f"{{0:.4g}} of the area under the curve of the whole gut, {under.value:.4g} h; {gut.tract.name}"
    tiacs = tuple(_tiac(s, under, h / total, how.format(h / total), patient) for s, h in shares.items())
    return GutSources(tiacs, {WHOLE_GUT: curve}, dict.fromkeys(shares, curve.extrapolated_fraction))


def beside_gut(
    bladder: Tiac, gut: GutSources, methods: Methods, whole_body: UsedCurve, lambda_phys_per_h: float
) -> Tiac:
    """The bladder's TIAC by the loss of a whole body whose curve sees the gut.

    What leaves the rest of the body is what leaves the measured body, and what decays in the gut on its way:
    L + lambda x the gut's TIACs. The share that goes by urine is of that. As it is where no gut is made, or
    where urine was measured.

    Raises
    ------
    DosimetryError : the whole body's curve does not say what leaves it.
    """
    method = methods.bladder
    if method is None or method.urine_fraction is None or methods.gut is None:
        return bladder
    left = left_before_decay(whole_body, lambda_phys_per_h).value
    if not left > 0.0:
        return bladder
    per_h = lambda_phys_per_h / left
    factor = 1.0 + per_h * sum(t.value_h for t in gut.tiacs)
    how = f"{bladder.how}, x {factor:.4g}: what decays in the gut has left the rest of the body"
    found = replace(bladder, value_h=factor * bladder.value_h, how=how)
    if bladder.se_parts_h is None:
        return found
    if methods.gut.contents == "whole body":  # the gut and what leaves are in proportion: a fixed factor
        of_gut = {LEFT_PART: BESIDE_AREA}  # one part of one fit, which the gut has too
        parts = {of_gut.get(k, k): factor * v for k, v in bladder.se_parts_h.items()}
        return replace(found, se_parts_h=parts)
    parts = dict(bladder.se_parts_h)  # the bladder and what leaves are nearly so: the gut's error on top
    for tiac in gut.tiacs:
        if tiac.se_parts_h is None:
            return replace(found, se_parts_h=None, reason=tiac.reason)
        for name, se in tiac.se_parts_h.items():
            parts[name] = parts.get(name, 0.0) + bladder.value_h * per_h * se
    return replace(found, se_parts_h=parts)


def said_of_loss(
    methods: Methods, tiacs: Sequence[Tiac], whole_body: Tiac, used: UsedCurve, lambda_phys_per_h: float
) -> dict[str, list[str]]:
    """What a reader should know where gut or bladder rest on what leaves the whole body, by curve or region.

    Parameters
    ----------
    tiacs : of the source regions, gut and bladder among them.
    whole_body, used : its TIAC, and the curve with its fit.
    """
    gut, bladder = methods.gut, methods.bladder
    by_loss = gut is not None and gut.contents == "whole body"
    if not by_loss and (bladder is None or bladder.urine_fraction is None):
        return {}
    try:
        left = left_before_decay(used, lambda_phys_per_h).value
    except DosimetryError:  # told where it matters
        return {}
    said = {WHOLE_BODY: said_of_start(left, whole_body.value_h, lambda_phys_per_h)}
    if gut is None or bladder is None or bladder.whole_body_counted != WITH_CONTENTS:
        return said
    waiting = lambda_phys_per_h * sum(t.value_h for t in tiacs if t.source == BLADDER)
    if waiting > MUCH_WAITING * left:
        said[BLADDER] = [
            "the whole body's curve holds the bladder's contents, and what decays in them has left the rest"
            f" of the body: what enters the gut is off by up to some {100 * waiting / left:.2g} %; count"
            " after voiding"
        ]
    return said


def check_gut(patient: Patient, methods: Methods, library: SafLibrary) -> None:
    """The patient's curves are those that the methods of the gut need.

    Raises
    ------
    DosimetryError : a curve of the whole gut that no method divides, or none where one is needed; one
        in another unit than %IA, or that is fitted where a transit is to follow; an organ's curve of a region
        that the gut's contents are divided into; a body without such regions.
    """
    measured, gut = patient.measurements, methods.gut
    assert measured is not None
    there, wrong = WHOLE_GUT in measured.organs, []
    where = measured.where(WHOLE_GUT, patient.name)
    if there and (gut is None or gut.contents != "organ curve"):
        wrong.append(
            f"{where}: 'whole gut' is no region of a body, and no method divides it: say [gut] with"
            " contents = 'organ curve' (in Python: Methods.gut), or measure its parts"
        )
    if gut is not None:
        table = measured.table(*measured.organs, WHOLE_BODY, patient=patient.name)
        if gut.contents == "organ curve" and not there and gut.without_curve is None:
            wrong.append(
                f"{table} has no curve of '{WHOLE_GUT}', but the methods say gut.contents = 'organ curve';"
                " measure it, or say gut.without_curve = 'remainder'"
            )
        if there and measured.organs[WHOLE_GUT].unit != "%IA":
            wrong.append(
                f"{where}: the curve is in '{measured.organs[WHOLE_GUT].unit}'; the activity in all of the"
                " gut, in %IA, is needed"
            )
        if there and gut.tail == TRANSIT and methods.of_curve(WHOLE_GUT, patient.curve_methods).fitted:
            wrong.append(
                f"{where}: gut.tail = 'transit' comes after the last point of trapezoids, but this curve is"
                " fitted: give [organs.'whole gut'] method and first_interval, or tail = 'as organs'"
            )
        try:
            made = in_sources(dict.fromkeys(gut.tract.after("small intestine contents"), 1.0), library)
        except DosimetryError as error:
            made = {}
            wrong.append(f"{table}: {error}")
        if gut.contents == "organ curve" and not there:
            made = {}
        clash = [r for r in measured.organs if r in made or (r == COLON and made)]
        wrong += [
            f"{measured.where(r, patient.name)}: a curve of '{r}', which [gut] gives too (it makes"
            f" {', '.join(made)}); one of the two is needed"
            for r in clash
        ]
    if wrong:
        raise DosimetryError(*wrong)


def check_gut_curves(path: object, patients: Sequence[Patient], methods: Methods) -> None:
    """Where patients may lack a curve of the whole gut, somebody has one.

    path : the study file, for messages.

    Raises
    ------
    DosimetryError : nobody has.
    """
    if methods.gut is None or methods.gut.without_curve is None:
        return
    if not any(p.measurements is not None and WHOLE_GUT in p.measurements.organs for p in patients):
        raise DosimetryError(
            f"{path}: gut.contents = 'organ curve', but no patient has a curve of '{WHOLE_GUT}': leave [gut]"
            " out, or give rows of it"
        )


def _shares(gut: GutMethod, library: SafLibrary, lam: float) -> dict[str, float]:
    """TIAC in h per unit that enters the small intestine, by the body's source regions that it reaches."""
    found = in_sources({c: h for c, h in tract_tiac_h(gut.tract, lam).items() if h > 0.0}, library)
    return {source: hours for source, hours in found.items() if hours > 0.0}


def _entered(patient: Patient, gut: GutMethod, whole_body: UsedCurve, lam: float) -> OfBody:
    """What enters the small intestine, per unit administered."""
    assert patient.measurements is not None and gut.faeces_fraction is not None
    where = patient.measurements.where(WHOLE_BODY, patient.name)
    try:
        left = left_before_decay(whole_body, lam)
    except DosimetryError as error:
        raise DosimetryError(f"{where}: {error}") from None
    factor = entered_gut(1.0, gut.faeces_fraction, gut.tract, lam)
    parts = None if left.se_parts is None else {k: factor * v for k, v in left.se_parts.items()}
    found = OfBody(factor * left.value, parts)
    se = 0.0 if parts is None else sum(v**2 for v in parts.values()) ** 0.5
    too_much = found.value > 1.0 + MARGIN and found.value - 3.0 * se > 1.0
    if too_much or found.value > 1.0 + MOST:
        raise DosimetryError(
            f"{where}: {found.value:.3g} of the administered activity would have to enter the gut:"
            f" {left.value:.3g} leaves the body before it decays, sooner than a share of"
            f" {gut.faeces_fraction:g} of it can have passed the tract ({gut.tract.name}); give a smaller"
            " gut.faeces_fraction"
        )
    return found


def _whole_gut(
    patient: Patient, gut: GutMethod, used: Mapping[str, UsedCurve], lam: float
) -> tuple[UsedCurve, OfBody]:
    """The curve of the whole gut with the area that is divided, and that area as a TIAC in h."""
    curve, measured = used[WHOLE_GUT], patient.measurements
    assert measured is not None
    if gut.tail == "as organs":
        under = area_of(curve)
        return curve, OfBody(under.value / 100, None if under.se is None else {under.name: under.se / 100})
    method, last_h = curve.method, float(curve.curve.time_h[-1])
    assert method is not None and method.method is not None and method.first_interval is not None
    try:
        hours = of_chosen(used[WHOLE_BODY], lam, lambda i: transit_tail_h(gut.tract, i, lam, last_h))
    except KineticsError as error:
        raise DosimetryError(
            f"{measured.where(WHOLE_BODY, patient.name)}: gut.tail = 'transit' goes by what leaves the whole"
            f" body: {error}; choose another whole_body.model, or gut.tail = 'as organs'"
        ) from None
    with located(measured, WHOLE_GUT, patient.name):
        made = area(
            curve.curve,
            lambda_phys_per_h=lam,
            tail=hours.value,
            first=method.first_interval,
            method=method.method,
        )
    words = (
        f"after {last_h:g} h: transit of what is there and what still enters ({gut.tract.name}; the latter"
        f" over time as what leaves the whole body): the last value for {hours.value:.4g} h"
    )
    curve = replace(curve, area=replace(made, tail=words, tail_rule=TRANSIT))
    under = area_of(curve)
    if under.se is None or hours.se_parts is None:
        return curve, OfBody(under.value / 100, None)
    last = float(curve.curve.uncorrected(lam).value[-1])
    of_tail = {name: last * se / 100 for name, se in hours.se_parts.items()}
    return curve, OfBody(under.value / 100, {under.name: under.se / 100, **of_tail})


def _tiac(source: str, of: OfBody, factor: float, how: str, patient: Patient) -> Tiac:
    if of.se_parts is None:
        reason = "no standard error of the curve that the contents of the gut rest on"
        return Tiac(source, factor * of.value, None, how, reason)
    return Tiac(source, factor * of.value, {k: factor * v for k, v in of.se_parts.items()}, how)
