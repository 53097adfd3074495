"""Internal dosimetry by the MIRD schema: nuclides, S values, TIACs, absorbed and effective dose.

The public functions are loaded when they are first used, so that importing this package stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.absorbed import absorbed_dose, dose_table
    from dosimetry.effective import effective_dose, effective_dose_table
    from dosimetry.svalues import s_value_uncertainty, s_values

_HOME = {
    "absorbed_dose": "absorbed",
    "dose_table": "absorbed",
    "effective_dose": "effective",
    "effective_dose_table": "effective",
    "s_value_uncertainty": "svalues",
    "s_values": "svalues",
}

__all__ = [
    "DosimetryError",
    "absorbed_dose",
    "dose_table",
    "effective_dose",
    "effective_dose_table",
    "s_value_uncertainty",
    "s_values",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(f"dosimetry.{_HOME[name]}"), name)
    raise AttributeError(f"module 'dosimetry' has no attribute '{name}'")
