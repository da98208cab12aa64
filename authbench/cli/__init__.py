"""The command `authbench`: one module a verb, each thin: parse, call, print."""

import os
import signal
import sys
from types import FrameType

import typer

from authbench.cli.adr import adr
from authbench.cli.calibrate import calibrate
from authbench.cli.cards import cards
from authbench.cli.compare import compare
from authbench.cli.doctor import doctor
from authbench.cli.drill import drill
from authbench.cli.list import list_known
from authbench.cli.plan import plan
from authbench.cli.report import report
from authbench.cli.rotate_keys import rotate_keys
from authbench.cli.run import run
from authbench.cli.serve import serve
from authbench.cli.verify import verify
from authbench.contracts.exitcodes import ExitCode
from authbench.contracts.failure import Failure
from authbench.contracts.masking import masked

app = typer.Typer(
    name="authbench",
    help="Sessions or tokens? Measures what each costs here, behind identical endpoints.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(list_known)
app.command("cards")(cards)
app.command("doctor")(doctor)
app.command("serve")(serve)
app.command("rotate-keys")(rotate_keys)
app.command("verify")(verify)
app.command("run")(run)
app.command("report")(report)
app.command("compare")(compare)
app.command("plan")(plan)
app.command("adr")(adr)
app.command("drill")(drill)
app.command("calibrate")(calibrate)


_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Begin to clean up; a second signal must not interrupt that."""
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _nobody_reads() -> ExitCode:
    """Throw away what is still to be printed: nobody waits for it, and that is no mistake."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.DONE


def main() -> None:
    """Run the verb; every end has its documented exit code, and no user's mistake shows a traceback."""
    for number in _STOPS:
        # nohup ignores SIGHUP for its command, and a shell SIGINT for a job in its background: so it stays.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except Failure as failure:
        print(f"authbench: {failure}", file=sys.stderr)
        code = failure.exit_code
    except typer.TyperException as error:  # an option or argument that is wrong
        print(f"authbench: {error.format_message()} See 'authbench --help'.", file=sys.stderr)
        code = ExitCode.USAGE
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        code = _nobody_reads()
    except SystemExit as ending:  # so typer ends then, with 1
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        code = _nobody_reads()
    except Exception as error:
        if os.environ.get("AUTHBENCH_TRACEBACK"):
            raise
        print(
            f"authbench: internal error: {type(error).__name__}: {masked(str(error))}; "
            "AUTHBENCH_TRACEBACK=1 shows where: please report it",
            file=sys.stderr,
        )
        code = ExitCode.INTERNAL
    if code == ExitCode.INTERRUPTED:  # typer makes this of KeyboardInterrupt
        print(
            "authbench: interrupted; nothing is left running, and no part counts as a whole", file=sys.stderr
        )
    sys.exit(int(code or ExitCode.DONE))
