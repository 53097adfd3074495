"""Radionuclide therapy: cycles, cumulative doses, limits, biologically effective dose, other nuclides.

It imports kinetics, dosimetry and lesions, and nothing there imports it. Research software; not a medical
device. Its public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
