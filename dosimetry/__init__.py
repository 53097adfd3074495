"""Internal dosimetry by the MIRD schema: nuclides, S values, TIACs, absorbed and effective dose.

The public functions are loaded when they are first used, so that importing this package stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.absorbed import absorbed_dose, absorbed_dose_of_chain, dose_table
    from dosimetry.dose_files import read_doses, write_doses
    from dosimetry.doses import DoseResult
    from dosimetry.effective import effective_dose, effective_dose_table
    from dosimetry.svalues import s_value_uncertainty, s_values

_HOME = {
    "DoseResult": "doses",
    "absorbed_dose": "absorbed",
    "absorbed_dose_of_chain": "absorbed",
    "dose_table": "absorbed",
    "effective_dose": "effective",
    "effective_dose_table": "effective",
    "read_doses": "dose_files",
    "s_value_uncertainty": "svalues",
    "s_values": "svalues",
    "write_doses": "dose_files",
}

__all__ = [
    "DoseResult",
    "DosimetryError",
    "absorbed_dose",
    "absorbed_dose_of_chain",
    "dose_table",
    "effective_dose",
    "effective_dose_table",
    "read_doses",
    "s_value_uncertainty",
    "s_values",
    "write_doses",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(f"dosimetry.{_HOME[name]}"), name)
    raise AttributeError(f"module 'dosimetry' has no attribute '{name}'")
