"""Time and activity: curves, fits, areas, pharmacokinetics, compartments.

This room knows no organ physics and no phantom: a decay constant comes in as a number.
"""

from kinetics.errors import KineticsError

__all__ = ["KineticsError"]
