"""The terminal: everything is printed as it is, whatever brackets a name has; a closed pipe is no error."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class Terminal(Console):
    """rich's console without markup, emoji codes and colours by guess: text from outside stays what it is."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def on_broken_pipe(self) -> NoReturn:
        """The reader has seen enough, e.g. ``| head``; :func:`dosimetry.commands.app.main` ends in peace."""
        raise BrokenPipeError
