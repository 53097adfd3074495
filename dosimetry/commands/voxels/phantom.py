"""``milligray phantoms voxels``: a body of voxels and its SAF library from a segmented image."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """The command joins ``milligray phantoms``, which is registered by its own module."""
