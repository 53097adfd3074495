"""What a reader of a biokinetic model's doses should know of the model."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dosimetry.biokinetics.source_regions import KINDS
from dosimetry.doses.bodies.in_bodies import AGES
from kinetics.compartments.fit import CompartmentFit
from kinetics.compartments.given import ModelFile
from kinetics.compartments.model import CompartmentModel
from kinetics.model_files.files import ModelText
from phantoms.library.installed import available
from phantoms.library.saf import SafLibrary

#: Fractions that were rounded may sum to so much below 1.
ROUNDING = 2e-3


def passed_over(text: ModelText, libraries: Mapping[str, SafLibrary], ages: bool) -> list[str]:
    """Ages and bodies of the file that no name of an age or a body is; maybe one is misspelt.

    Parameters
    ----------
    libraries : label -> body, of those that doses are asked for.
    ages : whether all of :data:`dosimetry.AGES` are asked for.
    """
    found = []
    if ages and (other := [age for age in text.ages if age not in AGES]):
        found.append(f"[ages] {', '.join(other)}: none of {', '.join(AGES)}, so not used here")
    known = {*KINDS, *(library.phantom for library in libraries.values()), *(b.name for b in available())}
    if other := [body for body in text.bodies if body not in known]:
        found.append(f"[bodies] {', '.join(other)}: no body or kind of body that is known here, so not used")
    return found


def of_models(used: Mapping[str, ModelFile], fits: Mapping[str, CompartmentFit]) -> list[str]:
    """What is never excreted, where not all is put in, what a fit warns of; each with the bodies it is of."""
    said: dict[str, list[str]] = {}
    for label, one in used.items():
        if label in fits:
            warnings = [*fits[label].warnings]
            if fits[label].reason is not None:
                warnings.append(f"standard errors of the fit: {fits[label].reason}")
        else:
            trapped = one.model.never_excreted()
            warnings = [f"never excreted, only decays: {', '.join(trapped)}"] if trapped else []
        for warning in (*warnings, *not_all(one.model)):
            said.setdefault(warning, []).append(label)
    return [note if len(at) == len(used) else f"{', '.join(at)}: {note}" for note, at in said.items()]


def not_all(model: CompartmentModel) -> list[str]:
    """A note where less than the administered activity is put in.

    >>> from kinetics import CompartmentModel
    >>> model = CompartmentModel(
    ...     compartments=("a",), rates_per_h={}, lambda_phys_per_h=1.0, bolus={"a": 0.3}
    ... )
    >>> not_all(model)
    ['0.3 of the administered activity is put in, bolus and infusions together; the rest has no dose']
    """
    total = math.fsum((*model.bolus.values(), *(i.fraction for i in model.infusions)))
    if total > 1.0 - ROUNDING:
        return []
    return [
        f"{total:.4g} of the administered activity is put in, bolus and infusions together; the rest has no"
        " dose"
    ]
