from dosimetry import *  # noqa: F403
from kinetics import *  # noqa: F403
from kinetics import fit_curve as fit_curve
from lesions import *  # noqa: F403
from phantoms import *  # noqa: F403
from therapy import *  # noqa: F403

from .errors import MilligrayError as MilligrayError

fit = fit_curve
__version__: str
