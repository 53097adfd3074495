"""Internal dosimetry by the MIRD schema: nuclides, S values, TIACs, absorbed and effective dose.

The public functions are loaded when they are first used, so that importing this package stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.doses.absorbed import absorbed_dose, absorbed_dose_of_chain, dose_table
    from dosimetry.doses.effective import effective_dose, effective_dose_table
    from dosimetry.doses.result import DoseResult
    from dosimetry.files.doses import read_doses, write_doses
    from dosimetry.svalues.folding import s_value_uncertainty, s_values

_HOME = {
    "DoseResult": "doses.result",
    "absorbed_dose": "doses.absorbed",
    "absorbed_dose_of_chain": "doses.absorbed",
    "dose_table": "doses.absorbed",
    "effective_dose": "doses.effective",
    "effective_dose_table": "doses.effective",
    "read_doses": "files.doses",
    "s_value_uncertainty": "svalues.folding",
    "s_values": "svalues.folding",
    "write_doses": "files.doses",
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
