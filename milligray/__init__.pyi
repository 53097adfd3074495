from dosimetry import *  # noqa: F403
from kinetics import *  # noqa: F403
from kinetics import fit_curve as fit  # noqa: F401
from phantoms import *  # noqa: F403

from .errors import MilligrayError as MilligrayError

__version__: str
