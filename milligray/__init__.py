"""Radiation dosimetry and pharmacokinetics for radiopharmaceuticals: every public name in one place.

``milligray`` offers the public names of ``kinetics``, ``phantoms``, ``dosimetry``, ``lesions`` and
``therapy``, each loaded when it is first used, and ``fit``, which is :func:`kinetics.fit_curve`.

>>> import milligray
>>> milligray.absorbed_dose({"liver": 11.0}, "Zr-89", "adult male").nuclides
('Zr-89',)
"""

from importlib import import_module

import dosimetry
import kinetics
import lesions
import phantoms
import therapy

_HOME = {
    name: package for package in (kinetics, phantoms, dosimetry, lesions, therapy) for name in package.__all__
}
__all__ = sorted([*_HOME, "MilligrayError", "fit"])


def __getattr__(name: str) -> object:
    value: object
    if name == "__version__":
        from importlib.metadata import version

        value = version("milligray")
    elif name == "fit":
        value = kinetics.fit_curve
    elif name == "MilligrayError":
        value = import_module("milligray.errors").MilligrayError
    elif name in _HOME:
        value = getattr(_HOME[name], name)
    else:
        raise AttributeError(f"module 'milligray' has no attribute '{name}'; dir(milligray) lists its names")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
