"""Anatomy and energy deposition: bodies, photon transport, specific absorbed fractions (SAF).

This package knows no nuclide and no patient's curve: energies come in as numbers.
Its public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
