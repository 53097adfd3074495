"""Anatomy and energy deposition: bodies, photon transport, specific absorbed fractions (SAF).

This room knows no nuclide and no patient's curve: energies come in as numbers.
"""

from phantoms.errors import PhantomError
from phantoms.library.installed import available, load_phantom
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.regions.names import resolve

__all__ = ["PhantomError", "SafLibrary", "SafTable", "available", "load_phantom", "resolve"]
