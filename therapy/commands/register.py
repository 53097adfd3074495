"""The commands of this package join ``milligray`` (entry point ``milligray.commands``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add all commands about therapy."""
    from therapy.commands import theranostic

    theranostic.register(app)
