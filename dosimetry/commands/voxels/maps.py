"""``milligray map``: dose by voxel from activity by voxel."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
