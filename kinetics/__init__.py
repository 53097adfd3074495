"""Time and activity: curves, fits, areas, pharmacokinetics, compartment models.

This package knows no organ and no phantom, and no table of nuclides: a curve is told its half-life.
Its public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
