"""Every command of the README runs as it stands there, with what a fresh clone has.

Placeholders (RUN, FILE, URL, N) are filled in. What takes minutes is done smaller, and says so: make shows
what it would do, a program its help, and the names of experiments are looked up. A command without an example
fails.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from authbench.contracts.experiment import find_experiment
from authbench.contracts.security.report import write_security_report
from servers.contract.settings import ServerSettings
from tests.analysis.build_run import MiniRun
from tests.analysis.security.reports import REJECTED, SUCCEEDED, attack_report, cell, row
from tests.integration.front_door import write_mini

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent
FRONT_DOOR = ".venv/bin/authbench"
QUICK = next((ROOT / "results" / "reference" / "raw").glob("*-quick-*")).relative_to(ROOT)
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _commands() -> set[str]:
    """Every command: lines of blocks, code in sentences, and the first cells of the tables of commands."""
    lines = [line.partition("#")[0].strip() for block in FENCE.findall(README) for line in block.splitlines()]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", FENCE.sub("", README))]
    found = {line for line in [*lines, *spans] if line.startswith(("make ", ".venv/bin/"))}
    found |= {f"make bench {span}" for span in spans if re.fullmatch(r"EXPERIMENT=\S+", span)}
    found -= {"make bench EXPERIMENT=", FRONT_DOOR}  # heads of the tables below
    for head, prefix in (
        ("`make bench EXPERIMENT=`", "make bench EXPERIMENT="),
        (f"`{FRONT_DOOR}`", FRONT_DOOR),
    ):
        table = README.partition(f"\n| {head} |")[2].partition("\n\n")[0]
        cells = [row.split("|")[1] for row in table.splitlines()[2:]]
        words = [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]
        found |= {prefix + word if prefix.endswith("=") else f"{prefix} {word}" for word in words}
    return found


COMMANDS = _commands()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone has that commands read or write."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("docs", "loadtests", "results/reference"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _start(clone: Path, command: str) -> "subprocess.Popen[str]":
    program, *arguments = shlex.split(command)
    return subprocess.Popen(
        [BIN / Path(program).name, *arguments],
        cwd=clone,
        env={**os.environ, "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(clone: Path, command: str, *exit_codes: int) -> str:
    process = _start(clone, command)
    out, errors = process.communicate(timeout=300)
    assert process.returncode in (exit_codes or (0,)), errors
    assert "Traceback" not in errors
    return out + errors


def rotates(command: str) -> Callable[[Path], None]:
    def check(clone: Path) -> None:
        time.sleep(1.1)  # the keys of the command before are named by their second
        _run(clone, command)

    return check


def runs(command: str, *exit_codes: int) -> Callable[[Path], None]:
    """Run it to its end; `exit_codes` that are right, 0 unless given."""

    def check(clone: Path) -> None:
        _run(clone, command, *exit_codes)

    return check


def serves(command: str, meanwhile: str = "") -> Callable[[Path], None]:
    """Serve on a free port until Ctrl+C; `meanwhile`: a command that is given the server's URL."""

    def check(clone: Path) -> None:
        process = _start(clone, f"{command} --port 0")
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert url.startswith(("http://127.0.0.1:", "https://127.0.0.1:"))
            if meanwhile:
                _run(clone, meanwhile.replace("URL", url))
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors

    return check


def measures(options: str) -> Callable[[Path], None]:
    """Run the smallest experiment that has everything."""

    def check(clone: Path) -> None:
        _run(clone, f"{FRONT_DOOR} run {write_mini(clone)} {options}")

    return check


def compares(command: str) -> Callable[[Path], None]:
    """Run it with two runs of one small experiment: RUN_A and RUN_B in the command."""

    def check(clone: Path) -> None:
        for seed, name in enumerate(("RUN_A", "RUN_B")):
            MiniRun(generations=5, requests=60, run_id=name, seed=seed + 1).write(clone / "results" / "raw")
        assert "no regression" in " ".join(_run(clone, command).split())

    return check


def told(command: str) -> Callable[[Path], None]:
    """Run it with a report that it can tell about."""

    def check(clone: Path) -> None:
        outcomes = cell("session-redis", REJECTED), cell("jwt-hs256", SUCCEEDED)
        write_security_report(clone / "results", attack_report(row("E1", *outcomes)))
        _run(clone, command)

    return check


def made(command: str) -> Callable[[Path], None]:
    """Let make show what it would do, and look up the experiment it would run."""

    def check(_: Path) -> None:
        shown = shlex.split(command.replace("make ", "make -n --no-print-directory ", 1))
        told = subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        if " bench" in command:
            name = command.partition("EXPERIMENT=")[2] or "quick"
            assert told.rstrip().endswith(f"exec {FRONT_DOOR} run {name}")
            if not name.endswith(".toml"):
                find_experiment(name, ServerSettings)

    return check


def checks_a_record() -> Callable[[Path], None]:
    """Write a record and hold it against the run that it was written from: all of it holds."""

    def check(clone: Path) -> None:
        written = _run(clone, f"{FRONT_DOOR} adr {QUICK} --context {CONTEXT} --out records")
        path = written.partition(":")[0]
        assert "The record holds" in _run(clone, f"{FRONT_DOOR} adr check {path} --run {QUICK}")

    return check


DEMAND = "docs/demand.example.toml"
CONTEXT = "docs/context.example.toml"
EXAMPLES: dict[str, Callable[[Path], None]] = {
    command: made(command) for command in sorted(COMMANDS) if command.startswith("make ")
} | {
    f"{FRONT_DOOR} list [NAME]": runs(f"{FRONT_DOOR} list session-redis"),
    f"{FRONT_DOOR} runs": runs(f"{FRONT_DOOR} runs"),
    f"{FRONT_DOOR} history": runs(f"{FRONT_DOOR} history"),
    f"{FRONT_DOOR} doctor": runs(f"{FRONT_DOOR} doctor", 0, 3),
    f"{FRONT_DOOR} serve jwt-rs256 --keys keys": serves(f"{FRONT_DOOR} serve jwt-rs256 --keys keys"),
    f"{FRONT_DOOR} rotate-keys keys": rotates(f"{FRONT_DOOR} rotate-keys keys"),
    f"{FRONT_DOOR} cards": runs(f"{FRONT_DOOR} cards"),
    f"{FRONT_DOOR} run --resume RUN": runs(f"{FRONT_DOOR} run --resume {QUICK}", 2),  # it is complete
    f"{FRONT_DOOR} run --target FILE": runs(f"{FRONT_DOOR} run --target docs/targets/example.toml", 2),
    f"{FRONT_DOOR} run --generators N --workers-at IP:PORT --join-key-file FILE": runs(
        f"{FRONT_DOOR} run --help"
    ),
    f"{FRONT_DOOR} worker --master HOST:PORT --join-key-file FILE": runs(f"{FRONT_DOOR} worker --help"),
    f"{FRONT_DOOR} run --hosts FILE": runs(f"{FRONT_DOOR} run --hosts no-such-file", 2),
    f"{FRONT_DOOR} agent": runs(f"{FRONT_DOOR} agent"),  # its input is empty
    f"{FRONT_DOOR} report RUN": runs(f"{FRONT_DOOR} report {QUICK}"),
    f"{FRONT_DOOR} compare": runs(f"{FRONT_DOOR} compare --help"),
    f"{FRONT_DOOR} compare RUN_A RUN_B --fail-on regression": compares(
        f"{FRONT_DOOR} compare RUN_A RUN_B --fail-on regression"
    ),
    f"{FRONT_DOOR} size-store [SCHEME...]": runs(
        f"{FRONT_DOOR} size-store session-redis --sessions 2000 --payload 0 --no-full"
    ),
    f"{FRONT_DOOR} plan": runs(f"{FRONT_DOOR} plan --help"),
    f"{FRONT_DOOR} plan RUN --demand FILE": runs(f"{FRONT_DOOR} plan {QUICK} --demand {DEMAND}"),
    f"{FRONT_DOOR} adr": runs(f"{FRONT_DOOR} adr --help"),
    f"{FRONT_DOOR} advise --context FILE": runs(f"{FRONT_DOOR} advise --context {CONTEXT}"),
    f"{FRONT_DOOR} adr RUN --context FILE": runs(f"{FRONT_DOOR} adr {QUICK} --context {CONTEXT}"),
    f"{FRONT_DOOR} adr check RECORD --run RUN": checks_a_record(),
    f"{FRONT_DOOR} calibrate": runs(f"{FRONT_DOOR} calibrate --help"),
    f"{FRONT_DOOR} saturate [SCHEME...]": runs(f"{FRONT_DOOR} saturate --help"),
    f"{FRONT_DOOR} replicate [CLAIM...]": runs(f"{FRONT_DOOR} replicate --help"),
    f"{FRONT_DOOR} drill --all": runs(f"{FRONT_DOOR} drill --help"),
    f"{FRONT_DOOR} --version": runs(f"{FRONT_DOOR} --version"),
    "make bench-generator": runs(
        "python -m loadtests.benchmarks.generator --help"
    ),
    f"{FRONT_DOOR} security": told(f"{FRONT_DOOR} security"),
    ".venv/bin/python -m analysis.benchmarks.analysis": runs(
        "python -m analysis.benchmarks.analysis --help"
    ),
    **{
        command: serves(command)
        for command in sorted(COMMANDS)
        if command.startswith(f"{FRONT_DOOR} serve ") and "--keys" not in command
    },
}  # fmt: skip
LONG: dict[str, Callable[[Path], None]] = {
    f"{FRONT_DOOR} verify [SCHEME...]": runs(f"{FRONT_DOOR} verify session-memory"),
    f"{FRONT_DOOR} attack [SCHEME...]": runs(f"{FRONT_DOOR} attack session-memory --row E1"),
    # 3: a control could not be measured, as a busy machine may have it.
    f"{FRONT_DOOR} revoke [SCHEME...]": runs(f"{FRONT_DOOR} revoke session-memory --events 1", 0, 3),
    f"{FRONT_DOOR} run --generators N": measures("--generators 2"),
    f"{FRONT_DOOR} drill frozen-server": runs(f"{FRONT_DOOR} drill frozen-server"),
    # 6: requests took longer than the store's deadline allows, as a busy machine may have it.
    f"{FRONT_DOOR} drill store-killed --scheme session-redis": runs(
        f"{FRONT_DOOR} drill store-killed --scheme session-redis", 0, 6
    ),
    ".venv/bin/locust -f loadtests/locustfile.py --host URL": serves(
        f"{FRONT_DOOR} serve session-redis --demo-accounts",
        "locust -f loadtests/locustfile.py --host URL --headless --users 4 --run-time 3s",
    ),
}


def test_every_command_has_an_example_and_every_example_a_command() -> None:
    assert EXAMPLES.keys() | LONG.keys() == COMMANDS


@pytest.mark.parametrize("command", EXAMPLES)
def test_it_runs(command: str, clone: Path) -> None:
    EXAMPLES[command](clone)


@pytest.mark.long
@pytest.mark.parametrize("command", LONG)
def test_what_takes_longer_runs(command: str, clone: Path) -> None:
    LONG[command](clone)
