"""The command ``milligray``.

Whatever a user got wrong is said on stderr, a line for each mistake, with exit status 2; a traceback means
a mistake in the program. Nothing heavy is imported here: ``milligray --help`` answers in a fraction of a
second.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Annotated

import typer

from dosimetry.commands import bladder, check, compartments, fit, model, nca, phantoms, run, simulate
from dosimetry.commands.cohorts import fit_cohort
from dosimetry.commands.doses import dose, nuclide, project, sphere, svalues
from dosimetry.commands.dossier import compare, export, report
from dosimetry.commands.voxels import complete, maps, phantom
from milligray.errors import MilligrayError

BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    name="milligray",
    help="Radiation dosimetry and pharmacokinetics for radiopharmaceuticals: from counts to organ doses.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"milligray {version('milligray')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Radiation dosimetry and pharmacokinetics for radiopharmaceuticals: from counts to organ doses.

    Research software; not a medical device.
    """


for module in (
    run, check, nuclide, svalues, dose, sphere, fit, fit_cohort, nca, compartments, model, bladder,
    phantoms, simulate, phantom, complete, maps, report, export, compare, project,
):  # fmt: skip
    module.register(app)
# commands of packages that dosimetry must not import, such as validation; each entry is a register(app)
for plug_in in entry_points(group="milligray.commands"):
    plug_in.load()(app)


def complaints(error: Exception) -> tuple[str, ...] | None:
    """The lines that a user reads for an error that is theirs; None where it is the program's own."""
    if hasattr(error, "format_message"):  # the command line itself was not understood
        return (str(error.format_message()),)
    if isinstance(error, OSError):
        return (f"{error.filename or 'standard output'}: {error.strerror or error}",)
    return error.complaints if isinstance(error, MilligrayError) else None


def _discard_output() -> None:
    """What is still to be printed goes nowhere, so that Python doesn't stumble over it at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``milligray``; ends the process with 0, with 2 for bad input, or with a command's own status."""
    status = None
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        command = shlex.join(["milligray", *words])  # for what is written: results say how they were made
        status = app(args=words, standalone_mode=False, obj=command)
        if sys.stdout is not None:
            sys.stdout.flush()  # a full disk is found here, and not when Python has ended
    except (typer.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    except (BrokenPipeError, SystemExit) as end:
        # whoever read the output has seen enough, e.g. "| head"; typer makes an exit with 1 of it
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        _discard_output()
        sys.exit(status if isinstance(status, int) else 0)
    except Exception as error:
        lines = complaints(error)
        if lines is None:
            raise
        if isinstance(error, OSError):
            _discard_output()
        for line in filter(None, lines):  # there is none where only the help was asked for
            print(f"milligray: error: {' '.join(line.split())}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    if status == INTERRUPTED:
        print("milligray: interrupted", file=sys.stderr)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
