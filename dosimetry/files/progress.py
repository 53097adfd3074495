"""The progress bar of commands that take long: on a terminal, with the time left; elsewhere nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def progress_bar(*, transient: bool = True) -> Progress:
    """A bar on standard error that says how many of how many are done, and how long the rest will take.

    It is silent where standard error is no terminal. ``transient`` : it vanishes when all is done.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from dosimetry.files.terminal import Terminal

    console = Terminal(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=transient,
        disable=not console.is_terminal,
    )


class MonteCarloBar:
    """A second bar, which comes when trials of a Monte Carlo are first told of."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.task: TaskID | None = None

    def __call__(self, done: int, total: int, seconds_left: float) -> None:
        """So many trials are done, of how many; the bar itself says how long the rest will take."""
        if self.task is None:
            self.task = self.bar.add_task("Monte Carlo", total=total)
        self.bar.update(self.task, completed=done, total=total)
