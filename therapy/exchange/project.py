"""From a study of a diagnostic nuclide to the doses of others on the same carrier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import WHOLE_GUT
from dosimetry.patients.results import PatientResult, results_from
from dosimetry.patients.sides import by_region
from dosimetry.patients.sources import bounded, tiacs_of
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.plausible import bound_of
from milligray.errors import Complaints, MilligrayError
from therapy.exchange.curves import MUCH_EXTRAPOLATED, POPULATION, Exchanged, exchanged, exchanged_patient
from therapy.exchange.nuclides import daughters_of, said_of_daughters, therapeutic_nuclides

if TYPE_CHECKING:
    from dosimetry.study.results import StudyResult

#: What every folder, table and terminal says.
RESEARCH = "Research software; not for treatment of a patient."
#: What an exchange of labels takes for granted.
ASSUMED = (
    "The therapeutic product is taken to go as the measured one: the same carrier, mass of substance,"
    " labelling and stability of the label in the body. Metals that stay in a cell (89Zr, 177Lu, 225Ac) and"
    " labels that are set free (radioiodine, metals lost by their chelator) do not go alike."
)


@dataclass(frozen=True)
class OfNuclide:
    """All patients with one nuclide.

    results : each patient's TIACs and doses. curves : patient -> region -> its curve, for this nuclide.

    >>> from dosimetry import run_study
    >>> found = theranostic(run_study("examples/zr89-trastuzumab/study.toml"), ["Ac-225"])
    >>> found.nuclides[1].name, found.nuclides[1].has_alphas
    ('Ac-225', True)
    """

    nuclide: Nuclide
    daughters: str
    results: Sequence[PatientResult]
    curves: Mapping[str, Mapping[str, Exchanged]]
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The nuclide's name."""
        return self.nuclide.name

    @property
    def has_alphas(self) -> bool:
        """Whether any organ has a dose by alphas."""
        return any(r.doses.has_alphas for r in self.results)


@dataclass(frozen=True)
class Theranostic:
    """A study's patients with the nuclide that was measured, and with others on the same carrier.

    study : the study's results; measured : the nuclide that was measured, as the first of ``nuclides``.
    warnings : what a reader should know, one line each.

    >>> from dosimetry import run_study
    >>> found = theranostic(run_study("examples/zr89-trastuzumab/study.toml"), ["Lu-177"])
    >>> [one.name for one in found.nuclides]
    ['Zr-89', 'Lu-177']
    >>> found.nuclides[1].results[0].doses.nuclides
    ('Lu-177',)
    """

    study: StudyResult
    nuclides: tuple[OfNuclide, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def measured(self) -> OfNuclide:
        """The nuclide that was measured."""
        return self.nuclides[0]


def theranostic(study: StudyResult, to: Sequence[str], *, weights: Sequence[str] = ()) -> Theranostic:
    """Doses of other nuclides on the carrier that a study measured.

    Parameters
    ----------
    study : from :func:`dosimetry.run_study`, with measured curves.
    to : names of nuclides, e.g. ["Lu-177", "Y-90", "Ac-225"].
    weights : weight sets of effective doses, which are not meant for therapy; none: no effective doses.

    Raises
    ------
    DosimetryError : a nuclide that cannot be used; TIACs in place of curves; a curve whose label cannot be
        exchanged, all of them.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> study = run_study("examples/zr89-trastuzumab/study.toml")
    >>> ac = theranostic(study, ["Ac-225"]).nuclides[1]
    >>> ac.daughters, ac.has_alphas
    ('equilibrium', True)
    """
    if study.methods is None or study.nuclide is None or not study.results:
        raise DosimetryError("these results have no patients' curves; take what run_study gives")
    given = [r.patient.name for r in study.results if r.patient.measurements is None]
    if given:
        some = ", ".join(given[:5]) + (" ..." if len(given) > 5 else "")
        raise DosimetryError(
            f"patients {some} have TIACs of {study.nuclide.name} in place of curves ([tiac]); a"
            " time-integrated activity does not say how it goes over time, so no other label can stand in it:"
            " give the curves ([whole_body], [organs] ...)"
        )
    others = therapeutic_nuclides(to)
    measured = _measured(study, weights)
    found = [measured]
    with Complaints(DosimetryError) as wrong:
        for n in others:
            with wrong.catching():
                if n.name == study.nuclide.name:
                    raise DosimetryError(
                        f"nuclide '{n.name}' is the one that was measured; its doses stand beside the others"
                        " anyway: leave it out"
                    )
                found.append(with_nuclide(study, n, weights))
    said = [ASSUMED]
    for one in found[1:]:
        said += one.warnings
    return Theranostic(study, tuple(found), tuple(said))


def _measured(study: StudyResult, weights: Sequence[str]) -> OfNuclide:
    """The study's own results."""
    assert study.nuclide is not None and study.methods is not None
    n = study.nuclide
    curves = {r.patient.name: {c.region: exchanged(c, n, n) for c in r.sources.curves} for r in study.results}
    own = [
        replace(r, effective={w: e for w, e in r.effective.items() if w in weights}) for r in study.results
    ]
    return OfNuclide(n, study.methods.daughters, own, curves)


def with_nuclide(study: StudyResult, to: Nuclide, weights: Sequence[str] = ()) -> OfNuclide:
    """All patients with another nuclide; with the one that was measured, the study's own numbers."""
    assert study.nuclide is not None and study.methods is not None
    daughters = study.methods.daughters if to.name == study.nuclide.name else daughters_of(to)
    methods = replace(study.methods, daughters=daughters)
    patients, tiacs = [], []
    curves: dict[str, dict[str, Exchanged]] = {}
    with Complaints(DosimetryError) as wrong:
        for result in study.results:
            with wrong.catching(), _said_of(to):
                made = {c.region: exchanged(c, study.nuclide, to) for c in result.sources.curves}
                curves[result.patient.name] = made
                library = library_of(result.patient.phantom)
                one = replace(result.patient, measurements=by_region(result.patient, library))
                one = exchanged_patient(one, study.nuclide, to)
                used = {region: e.used for region, e in made.items()}
                found = tiacs_of(one, methods, used, library, to)
                patients.append(exchanged_patient(result.patient, study.nuclide, to))
                tiacs.append(bounded(found, one, bound_of(to)))
    return OfNuclide(
        to,
        daughters,
        results_from(patients, tiacs, methods, to, weights),
        curves,
        tuple(_warnings(to, daughters, curves, methods)),
    )


@contextmanager
def _said_of(to: Nuclide) -> Iterator[None]:
    """What cannot be, told with the nuclide that it comes of: the tables are right for the measured one."""
    try:
        yield
    except MilligrayError as error:
        raise DosimetryError(
            *(line if to.name in line else f"{to.name}: {line}" for line in error.complaints)
        ) from None


def _warnings(
    to: Nuclide, daughters: str, curves: Mapping[str, Mapping[str, Exchanged]], methods: Methods
) -> list[str]:
    found = [said_of_daughters(to)] if daughters == "equilibrium" else []
    found += [left_out_note(to, daughters)]
    every = [(p, region, e) for p, own in curves.items() for region, e in own.items() if region != WHOLE_GUT]
    short = [e for _, _, e in every if e.last_h < to.half_life_h]
    if short:
        last = max(e.last_h for e in short)
        found.append(
            f"{to.name}: {len(short)} of {len(every)} curves were measured for less than one half-life"
            f" ({to.half_life_h:.4g} h; the longest of these up to {last:g} h): the dose rests on what comes"
            " after the last point, which nobody measured; the column extrapolated_fraction has its share"
        )
    for which, name in (("after", "after the last"), ("before", "before the first")):
        much = [
            (p, region, getattr(e, which)) for p, region, e in every if getattr(e, which) > MUCH_EXTRAPOLATED
        ]
        if much:
            p, region, worst = max(much, key=lambda one: one[2])
            found.append(
                f"{to.name}: more than {100 * MUCH_EXTRAPOLATED:g} % of the area lies {name} point in"
                f" {len(much)} of {len(every)} curves; the most, {100 * worst:.0f} %, in {p}, {region}"
            )
    shared = [region for _, region, e in every if POPULATION in e.used.notes]
    if shared:
        found.append(
            f"{to.name}: {len(shared)} curves ({', '.join(dict.fromkeys(shared))}) were {POPULATION}"
        )
    slow = [
        (to.lambda_per_h / slope.lambda_z_per_h, p, region)
        for p, region, e in every
        if e.used.area is not None and (slope := e.used.area.slope) is not None
        if slope.lambda_z_per_h < to.lambda_per_h * (1.0 - 1e-9)
    ]
    if slow:
        factor, p, region = max(slow)
        found.append(
            f"{to.name}: the last points of {len(slow)} curves fall more slowly than {to.name} decays"
            f" (activity still came in), so their tails are too large; the most, {factor:.3g} times that of"
            f" physical decay alone, in {p}, {region}: take the tail 'physical', or a fit"
        )
    tails = [o for o in (methods.tail, *(m.tail for m in methods.by_organ.values())) if o == "physical"]
    if tails and short:
        found.append(
            f"{to.name}: the tail 'physical' takes no biologic loss after the last point, which for a longer"
            " half-life counts for more: doses of these organs are upper estimates (tail 'effective' or a fit"
            " carries the loss on)"
        )
    return [text for text in found if text]
