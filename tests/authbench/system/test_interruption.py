"""A signal while the modules of a command are imported shows one line and no traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from authbench.system.interruption import INTERRUPTED
from authbench.system.join_key import make_join_key

_IMPORTED = "import time:"
"""How each line begins that PYTHONPROFILEIMPORTTIME has a Python write, and every one that it becomes."""


def _stop_while_importing(
    command: list[str], module: str, number: signal.Signals, folder: Path
) -> tuple[int, list[str]]:
    """Send the signal once this module was imported; the exit code, and what was said on standard error."""
    process = subprocess.Popen(
        [sys.executable, "-m", "authbench", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
    )
    with process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            if not line.startswith(_IMPORTED):
                said.append(line)
            elif line.rpartition("|")[2].strip() == module:
                process.send_signal(number)
        code = process.wait()
    return code, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("command", "module"),
    [
        (["run", "smoke", "--results", "."], "typer"),
        (["run", "smoke", "--results", "."], "pydantic"),
        (["run", "smoke", "--results", "."], "numpy"),
        (["agent"], "typer"),
        (["agent"], "authbench.cli"),
        (["agent"], "psutil"),
        (["worker", "--master", "127.0.0.1:1", "--join-key-file", "join.key"], "cryptography"),
        (["worker", "--master", "127.0.0.1:1", "--join-key-file", "join.key"], "gevent"),
        (["worker", "--master", "127.0.0.1:1", "--join-key-file", "join.key"], "locust"),
    ],
    ids=lambda each: each if isinstance(each, str) else each[0],
)
def test_a_signal_while_modules_are_imported_is_one_line(
    tmp_path: Path, command: list[str], module: str, number: signal.Signals
) -> None:
    make_join_key(tmp_path / "join.key")
    code, said = _stop_while_importing(command, module, number, tmp_path)
    assert (code, said) == (ExitCode.INTERRUPTED, [f"{INTERRUPTED}\n"])


def _run(code: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=folder)


def test_what_the_caller_ignores_stays_ignored_while_modules_are_imported() -> None:
    """A shell starts a job in its background so, for SIGINT, and nohup any for SIGHUP."""
    told = _run(
        "import os, signal; from authbench.system.interruption import end_at_signals; "
        "signal.signal(signal.SIGINT, signal.SIG_IGN); end_at_signals(); "
        "os.kill(os.getpid(), signal.SIGINT); print('went on')"
    )
    assert (told.returncode, told.stdout) == (0, "went on\n")


def test_a_signal_that_was_held_back_ends_the_program_that_came_after() -> None:
    """Between execve(2) and its first line a Python would show a traceback."""
    told = _run(
        "import os, signal, sys; from authbench.system.interruption import hold_signals; "
        "hold_signals(); os.kill(os.getpid(), signal.SIGTERM); "
        "os.execv(sys.executable, [sys.executable, '-c', 'from authbench.system.interruption import "
        "end_at_signals; end_at_signals(); print(1)'])"
    )
    assert (told.returncode, told.stdout, told.stderr) == (ExitCode.INTERRUPTED, "", f"{INTERRUPTED}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_interrupted_is_left_in_order(number: signal.Signals) -> None:
    told = _run(
        "import contextlib, os; from authbench.system.interruption import exit_with\n"
        "def main(_):\n"
        "    with contextlib.ExitStack() as stack:\n"
        "        stack.callback(print, 'cleaned up')\n"
        f"        os.kill(os.getpid(), {number.value})\n"
        "exit_with(main, 'judges')"
    )
    assert (told.returncode, told.stdout) == (ExitCode.INTERRUPTED, "cleaned up\n")
    assert told.stderr == "judges: interrupted; nothing is left running\n"


_VERB = """
import subprocess, sys
from authbench.system.interruption import let_signals_interrupt
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) if {child} else None
let_signals_interrupt()
try:
    import interrupted
except KeyboardInterrupt:
    child.communicate()
    print("cleaned up")
    sys.exit(130)
"""


@pytest.mark.parametrize("child", [False, True])
def test_a_verb_that_imports_cleans_up_where_it_has_started_something(tmp_path: Path, child: bool) -> None:
    text = "exec('import os, signal; os.kill(os.getpid(), signal.SIGINT); x = 1')"
    (tmp_path / "interrupted.py").write_text(text)
    told = _run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + _VERB.format(child=child))
    assert told.stdout == ("cleaned up\n" if child else "")
    if not child:
        assert (told.returncode, told.stderr) == (ExitCode.INTERRUPTED, f"{INTERRUPTED}\n")


_CLEANS_UP = """
import os, sys
from pathlib import Path
from authbench.system.interruption import clean_up, let_signals_interrupt
let_signals_interrupt()
with clean_up(Path("scratch").rmdir):
    Path("scratch").mkdir()
    {then}
"""


@pytest.mark.parametrize("then", ["pass", "import interrupted", "os.kill(os.getpid(), 2)", "sys.exit(3)"])
def test_what_a_command_made_is_gone_however_it_ends(tmp_path: Path, then: str) -> None:
    (tmp_path / "interrupted.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    _run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + _CLEANS_UP.format(then=then), tmp_path)
    assert not (tmp_path / "scratch").exists()


def test_a_forked_process_leaves_what_its_parent_made(tmp_path: Path) -> None:
    child = "os.waitpid(os.fork() or __import__('interrupted'), 0); print(os.listdir())"
    (tmp_path / "interrupted.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + _CLEANS_UP.format(then=child)
    assert "scratch" in _run(code, tmp_path).stdout
