from .biology.bed import Bed as Bed
from .biology.bed import Repopulation as Repopulation
from .biology.bed import bed as bed
from .biology.bed import eqd2 as eqd2
from .biology.bed import lea_catcheside as lea_catcheside
from .biology.dose_rate import DoseRate as DoseRate
from .biology.dose_rate import PiecewiseDoseRate as PiecewiseDoseRate
from .biology.lesion_rate import dose_rate_of_lesion as dose_rate_of_lesion
