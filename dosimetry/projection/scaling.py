"""Four ways from an animal's activity to a human's, as Sparks and Aydogan compare them.

"none": the human organ holds the animal organ's share of the administered activity. "mass" (relative organ
mass): the concentration per body mass is the animal's (Kirschner et al., J Nucl Med 1975;16:248-249)::

    %IA in the human organ = (%IA/g x body mass in g)_animal x (organ mass / body mass)_human

"time": biologic times go with a power of the body mass, 1/4: t_human = t_animal (m_human/m_animal)^0.25.
"mass and time": both. Physical decay is no biology: curves are scaled corrected for decay, and decay by human
time is put on afterwards. (Sparks and Aydogan, 6th International Radiopharmaceutical Dosimetry Symposium, Oak
Ridge Associated Universities 1999: 705-716; that paper and Kirschner's are cited from memory, the four ways
and the power 1/4 were checked against Cicone et al., EJNMMI Res 2022;12:21, methods M1 to M4.)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dosimetry.errors import DosimetryError
from dosimetry.projection.animal import PERCENT, PERCENT_PER_GRAM, AnimalCurve
from dosimetry.svalues.patient_masses import reference_kg
from phantoms.library.locality import body_mass_kg
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

#: Scaling -> what it does.
SCALINGS: Mapping[str, str] = MappingProxyType(
    {
        "none": "the human organ holds the animal organ's %IA",
        "mass": "%IA/g of the animal times its body mass, times the human organ's share of the body mass",
        "time": "the animal's %IA, with biologic times longer by (human/animal body mass)^exponent",
        "mass and time": "relative organ mass and biologic times both",
    }
)
#: Power of the body mass that biologic times go with.
TIME_EXPONENT = 0.25


def time_factor(scaling: str, animal_g: float, library: SafLibrary, exponent: float = TIME_EXPONENT) -> float:
    """By how much biologic times are longer in a human body.

    >>> from phantoms import load_phantom
    >>> round(time_factor("time", 25.0, load_phantom("adult male")), 2)
    7.37
    """
    known(scaling)
    if "time" not in scaling:
        return 1.0
    return times_longer(animal_g, 1000.0 * body_mass_kg(library), exponent)


def times_longer(animal_g: float, human_g: float, exponent: float = TIME_EXPONENT) -> float:
    """(human/animal body mass)^exponent.

    >>> round(times_longer(25.0, 73_000.0), 2)  # Cicone et al. 2022, figure 1
    7.35
    """
    return float((human_g / animal_g) ** exponent)


def amount_factor(
    scaling: str, curve: AnimalCurve, region: str, animal_g: float, library: SafLibrary
) -> float:
    """What an animal's values are multiplied by to be %IA in the human region.

    What is left of the body has no organ mass: it keeps its %IA in every scaling.

    Raises
    ------
    DosimetryError : a mass is needed that is not known.
    """
    known(scaling)
    if "mass" not in scaling or region == REMAINDER:
        return curve.factor_to(PERCENT)
    share = reference_kg(library, region) / body_mass_kg(library)
    if not share > 0.0:
        raise DosimetryError(
            f"{curve.organ}: phantom '{library.phantom}' states no mass of '{region}', which the scaling"
            f" '{scaling}' needs"
        )
    return curve.factor_to(PERCENT_PER_GRAM) * animal_g * share


def known(scaling: str) -> str:
    """The scaling's name, if there is such a one.

    Raises
    ------
    DosimetryError : there is none.
    """
    if scaling not in SCALINGS:
        raise DosimetryError(f"unknown scaling '{scaling}'; there are: {', '.join(SCALINGS)}")
    return scaling
