from .biology.bed import Bed as Bed, Repopulation as Repopulation, bed as bed, eqd2 as eqd2
from .biology.bed import lea_catcheside as lea_catcheside
from .biology.dose_rate import DoseRate as DoseRate, PiecewiseDoseRate as PiecewiseDoseRate
