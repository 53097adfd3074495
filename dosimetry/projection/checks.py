"""What is asked of a projection, checked before anything is computed: rules and regions, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dosimetry.doses.bodies.one_sex import named_in
from dosimetry.errors import DosimetryError
from dosimetry.projection.animal import URINE, Animals
from dosimetry.projection.human_curves import BLADDER, VOIDS_H, Rules, in_body
from dosimetry.projection.scaling import SCALINGS
from dosimetry.tiacs.whole_body import AS_GIVEN, SUBTRACT
from kinetics.areas.segments import AREA_METHODS
from kinetics.areas.trapezoid import FIRST, TAILS
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, normal_form

NO_EXCRETION = "no excretion"
#: Rule for what is not in the measured organs -> what it is.
REMAINDERS: Mapping[str, str] = {
    SUBTRACT: "what is still in the body, by the whole body or by excreta, less all organs",
    NO_EXCRETION: "all that was administered stays in the body until it decays, less all organs",
    AS_GIVEN: "only what was measured is a source; a curve of the remainder is one of its own",
}
#: Words that animal tables use and that are no source regions of some bodies, and what to do.
NO_SOURCES = {
    "blood": "give its %IA/g as 'heart contents' (and, times a marrow-to-blood ratio, as 'red marrow'); ICRP"
    " bodies have blood as a source",
    "bone": "name it 'cortical bone' or 'trabecular bone' (of ICRP bodies 'C-bone-V' or 'T-bone-V')",
    "intestine": "name it 'small intestine contents', 'upper large intestine contents' or 'lower ...'",
    "tumor": "a tumour is no organ of the reference body; leave it out, and see milligray sphere",
    "tumour": "a tumour is no organ of the reference body; leave it out, and see milligray sphere",
    "carcass": "name it 'remainder', in %IA, and take the remainder 'as given'",
    "tail": "activity there is what was not injected; correct the administered activity for it",
}


def check_rules(
    areas: Rules, rule: str, scalings: Sequence[str], exponent: float, void_every_h: float | None
) -> None:
    """What was chosen can be chosen, whatever the animals.

    Raises
    ------
    DosimetryError : all that cannot be.
    """
    chosen = (
        ("first interval", areas.first, FIRST),
        ("tail", areas.tail, TAILS),
        ("trapezoid method", areas.method, AREA_METHODS),
        ("rule of the remainder", rule, REMAINDERS),
        *(("scaling", scaling, SCALINGS) for scaling in scalings),
    )
    wrong = [
        f"unknown {what} '{name}'; there are: {', '.join(there)}"
        for what, name, there in chosen
        if name not in there
    ]
    if not scalings:
        wrong.append(f"no scaling; there are: {', '.join(SCALINGS)}")
    if not 0.0 <= exponent <= 1.0:
        wrong.append(f"the exponent of biologic times is {exponent:g}; a number from 0 to 1 is needed")
    if void_every_h is not None and not VOIDS_H[0] <= void_every_h <= VOIDS_H[1]:
        wrong.append(
            f"the bladder is emptied every {void_every_h:g} h; {VOIDS_H[0]:g} to {VOIDS_H[1]:g} h is needed"
        )
    if void_every_h is not None and rule == NO_EXCRETION:
        wrong.append(f"the remainder is '{NO_EXCRETION}', so nothing fills the bladder; leave voids out")
    if wrong:
        raise DosimetryError(*wrong)


def regions_of(
    animals: Animals, libraries: Mapping[str, SafLibrary], rule: str, void_every_h: float | None
) -> dict[str, str]:
    """Organ as it was named -> source region, where the animals have what the rules need.

    Raises
    ------
    DosimetryError : unknown regions; what a rule needs is missing, or is given twice; all at once.
    """
    regions: dict[str, str] = {}
    with Complaints(DosimetryError) as found:

        def wrong(text: str) -> None:
            found.add(DosimetryError(text))

        for curve in animals.organs:
            try:
                named = named_in(curve.organ, libraries.values())
            except PhantomError as error:
                hint = NO_SOURCES.get(normal_form(curve.organ))
                wrong(f"'{curve.organ}' is no source region: {hint}" if hint else str(error))
                continue
            if named.side:
                wrong(f"'{curve.organ}': left and right are one region here; give '{named.region}'")
            elif named.region in regions.values():
                wrong(f"'{curve.organ}': '{named.region}' is given twice")
            regions[curve.organ] = named.region
        if rule != AS_GIVEN and REMAINDER in regions.values():
            wrong(f"the remainder is given as a curve, so its rule is '{AS_GIVEN}', not '{rule}'")
        with found.catching():
            if rule == SUBTRACT and in_body(animals) is None:
                wrong(f"'{SUBTRACT}' needs a curve of the whole body, or of urine and faeces; there is none")
        if void_every_h is not None and URINE not in animals.by_name:
            wrong("voids of the bladder need a curve of urine; there is none")
        if void_every_h is not None and BLADDER in regions.values():
            wrong(f"'{BLADDER}' is given, and voids too; leave one of them out")
    return regions
