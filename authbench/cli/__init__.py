"""The command `authbench`: one module a verb, each thin: parse, call, print.

Every module beside `shared` is a verb, and holds what has its name: a function, or a Typer of several.
"""

import errno
import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated

import typer

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.masking import masked
from authbench.system.interruption import INTERRUPTED, let_signals_interrupt
from authbench.system.standard_streams import lost_output, outlive_readers

app = typer.Typer(name="authbench", pretty_exceptions_enable=False, rich_markup_mode=None)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"authbench {version('authbench')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Sessions or tokens? Measures what each costs here, behind identical endpoints."""


for _found in iter_modules(__path__):
    if not _found.ispkg:
        _verb = getattr(import_module(f"{__name__}.{_found.name}"), _found.name)
        _name = _found.name.replace("_", "-")
        if isinstance(_verb, typer.Typer):
            app.add_typer(_verb, name=_name)
        else:
            app.command(_name)(_verb)


def _refuse_other_environment(command: Path) -> None:
    """Failure for the command of an environment that was moved or copied: its code is elsewhere."""
    environment = command.resolve().parent.parent
    if (environment / "pyvenv.cfg").is_file() and environment != Path(sys.prefix).resolve():
        raise Failure(
            f"{environment} was made for {Path(sys.prefix).parent} and runs the code there: "
            "run make setup in this folder"
        )


_UNUSABLE_PATH = {errno.EACCES, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EROFS}
"""What the system says of a path that a user gave, and not of a defect of the program."""
_SHOWN_MAX = 200
"""Characters of a path in a message."""


def _unusable_path(error: OSError) -> str | None:
    """One line where a path cannot be used, or this process's folder is gone; None for any other error."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return "the folder that this was typed in is gone: cd into one that is there"
    if error.errno not in _UNUSABLE_PATH or error.filename is None:
        return None
    shown = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
    shown = " ".join(shown.split())
    shown = shown if len(shown) <= _SHOWN_MAX else f"{shown[:_SHOWN_MAX]}..."
    return f"{shown}: cannot be used: {error.strerror}: give another path"


def main() -> None:
    """Run the verb. Every end has its documented exit code; a mistake of the user shows no traceback."""
    outlive_readers()
    try:
        let_signals_interrupt()
        _refuse_other_environment(Path(sys.argv[0]))
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except KeyboardInterrupt:  # before a verb has begun; typer makes an exit code of one in it
        code = ExitCode.INTERRUPTED
    except Failure as failure:
        print(f"authbench: {failure}", file=sys.stderr)
        code = failure.exit_code
    except typer.TyperException as error:  # an option or argument that is wrong
        print(f"authbench: {error.format_message()} See 'authbench --help'.", file=sys.stderr)
        code = ExitCode.USAGE
    except Exception as error:
        if os.environ.get("AUTHBENCH_TRACEBACK"):
            raise
        unusable = _unusable_path(error) if isinstance(error, OSError) else None
        told = (
            f"authbench: {masked(unusable)}"
            if unusable
            else (
                f"authbench: internal error: {type(error).__name__}: {masked(str(error))}; "
                "AUTHBENCH_TRACEBACK=1 shows where: please report it"
            )
        )
        print(told, file=sys.stderr)
        code = ExitCode.USAGE if unusable else ExitCode.INTERNAL
    if lost := lost_output():
        print(f"authbench: standard output cannot be written: {lost.strerror}", file=sys.stderr)
        code = code or ExitCode.INVALID
    if code == ExitCode.INTERRUPTED:
        print(INTERRUPTED, file=sys.stderr)
    sys.exit(int(code or ExitCode.DONE))
