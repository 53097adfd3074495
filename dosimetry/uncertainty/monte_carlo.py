"""Budgets by Monte Carlo (JCGM 101:2008)."""

from __future__ import annotations

from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.uncertainty.budget import Budget


def with_monte_carlo(*_: Any) -> list[Budget]:
    """Refused until it is there."""
    raise DosimetryError("the Monte Carlo of a budget is not there yet; take monte_carlo = 0")
