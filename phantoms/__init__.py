"""Anatomy and energy deposition: bodies, photon transport, specific absorbed fractions (SAF).

This room knows no nuclide and no patient's curve: energies come in as numbers.
"""

from phantoms.anatomy import PhantomError, resolve
from phantoms.library import available, load_phantom
from phantoms.saf import SafLibrary, SafTable

__all__ = ["PhantomError", "SafLibrary", "SafTable", "available", "load_phantom", "resolve"]
