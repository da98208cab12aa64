"""The workflow to copy: its commands are real, and its steps do with real runs what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.analysis.build_run import MiniRun
from tests.deploy.real_commands import commands_in, parse_command

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "workflows" / "compare.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
PAGE = (ROOT / "docs" / "pull-request-gate.md").read_text("utf-8")
SCRIPTS = [step["run"] for step in STEPS if "run" in step]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def _script(name: str) -> str:
    (found,) = [step["run"] for step in STEPS if step.get("name") == name]
    return str(found)


class Checkout:
    """A folder as the job has it: the command in `.venv`, and runs under `results`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "change"
        commands = self.folder / ".venv" / "bin"
        commands.mkdir(parents=True)
        for name in ("authbench", "python"):
            _write_command(commands / name, f'exec {Path(sys.executable).parent / name} "$@"')
        self.stand_ins = folder / "stand-ins"
        self.stand_ins.mkdir()

    def measured(self, name: str, hour: int, **options: Any) -> None:
        """Write a run with saturated slices, begun at this hour."""
        run = MiniRun(generations=5, saturated_cycles=4, run_id=f"{hour}-mini-{name}", **options)
        run.manifest["started_at"] = f"2026-11-20T{hour}:00:00+00:00"
        run.write(self.folder / "results" / "raw")

    def step(self, name: str, **environment: str) -> tuple[int, dict[str, str]]:
        """Run a step's script as the runner does; its exit status, and its outputs."""
        outputs, summary = self.folder / "outputs", self.folder / "summary"
        done = subprocess.run(
            ["bash", "-e", "-c", _script(name)],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{self.stand_ins}:{os.environ['PATH']}",
                "EXPERIMENT": "mini",
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(summary),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        lines = outputs.read_text("utf-8").splitlines() if outputs.exists() else []
        return done.returncode, dict(line.split("=", 1) for line in lines)

    @property
    def comment(self) -> str:
        return (self.folder / "comment.md").read_text("utf-8")


def _write_command(path: Path, content: str) -> None:
    path.write_text(f"#!/bin/sh\n{content}\n", "utf-8")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_names_real_commands_and_targets() -> None:
    verbs = [parse_command(words) for script in SCRIPTS for words in commands_in(script)]
    assert sorted(verbs) == ["compare", "history", "run", "run", "runs"]
    targets = {
        target for script in SCRIPTS for target in re.findall(r"^ *make (?:-C \S+ )?([a-z-]+)", script, re.M)
    }
    assert targets == {"setup"}
    assert targets <= TARGETS


def test_its_experiment_is_one_that_is_here() -> None:
    assert (ROOT / "loadtests" / "experiments" / f"{WORKFLOW['env']['EXPERIMENT']}.toml").is_file()


def test_what_runs_code_may_write_nothing_and_what_writes_runs_no_code() -> None:
    assert WORKFLOW["permissions"] == {}
    jobs = WORKFLOW["jobs"]
    assert jobs["measure"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert not [step for step in jobs["comment"]["steps"] if "checkout" in step.get("uses", "")]
    assert jobs["measure"]["steps"][0]["with"]["persist-credentials"] is False
    for script in SCRIPTS:
        assert "${{" not in script, "what others wrote reaches a script through a variable"


def test_the_page_tells_what_each_exit_code_does(checkout: Checkout) -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| (\w+)", PAGE, re.MULTILINE)
    told = {code.strip(): word for codes, word in rows for code in codes.split(",")}
    assert told == {"0": "passes", "4": "fails", "3": "passes", "7": "passes"}
    for code, word in told.items():
        assert (checkout.step("Decide", STATUS=code)[0] == 0) == (word == "passes")
    assert checkout.step("Decide", STATUS="2")[0] == 2


def test_a_baseline_that_was_kept_is_compared_with(checkout: Checkout) -> None:
    checkout.measured("base", 10)
    checkout.measured("change", 11, seed=2)
    assert checkout.step("Compare") == (0, {"status": "0"})
    assert checkout.comment.startswith("**authbench compare:** no regression")
    assert (checkout.folder / "summary").read_text("utf-8") == checkout.comment
    assert (checkout.folder / "comparison.xml").is_file()


def test_what_became_dearer_is_in_the_comment(checkout: Checkout) -> None:
    checkout.measured("base", 10)
    checkout.measured("change", 11, seed=2, factor={"jwt-hs256": 1.2})
    assert checkout.step("Compare") == (0, {"status": "4"})
    assert checkout.comment.startswith("**authbench compare:** regression: jwt-hs256 costs")


def test_without_a_baseline_the_base_is_measured_beside_it(checkout: Checkout) -> None:
    """Git and make are stand-ins: they lay out a base whose command copies a run that was made before."""
    checkout.measured("change", 11, seed=2, factor={"jwt-hs256": 1.2})
    elsewhere = Checkout(checkout.folder.parent / "elsewhere")
    elsewhere.measured("base", 12)
    base = checkout.folder.parent / "base" / ".venv" / "bin"
    _write_command(checkout.stand_ins / "git", f'[ "$*" = "worktree add ../base HEAD^1" ] && mkdir -p {base}')
    copying = (
        f'#!/bin/sh\\n[ "$1 $2 $3" = "run mini --results" ] && cp -r {elsewhere.folder}/results/raw "$4"'
    )
    making = f"printf '{copying}\\n' >{base}/authbench && chmod 755 {base}/authbench"
    _write_command(checkout.stand_ins / "make", f'[ "$*" = "-C ../base setup" ] && {making}')
    assert checkout.step("Compare") == (0, {"status": "4"})
    assert "A (baseline) `12-mini-base`, B `11-mini-change`" in checkout.comment


def test_an_invalid_run_is_compared_and_is_no_baseline(checkout: Checkout) -> None:
    command = checkout.folder / ".venv" / "bin" / "authbench"
    _write_command(checkout.stand_ins / "make", "exit 0")
    for code, passes in ((0, True), (3, True), (5, False)):
        (checkout.folder / "outputs").unlink(missing_ok=True)
        _write_command(command, f"exit {code}")
        status, outputs = checkout.step("Measure")
        assert ((status == 0), outputs) == (passes, {"status": str(code)})
    (kept,) = [step for step in STEPS if "cache/save" in step.get("uses", "")]
    assert kept["if"].endswith("steps.measure.outputs.status == '0'")


def test_the_comment_is_written_once_and_then_replaced(checkout: Checkout) -> None:
    """GitHub's command is a stand-in that says which comment there is, and writes down what it was asked."""
    (checkout.folder / "comment.md").write_text("compared\n", "utf-8")
    asked = checkout.folder / "asked"
    for own, method in (
        ("", "POST repos/o/r/issues/7/comments"),
        ("42", "PATCH repos/o/r/issues/comments/42"),
    ):
        _write_command(
            checkout.stand_ins / "gh",
            f'case "$*" in *--paginate*) echo "{own}";; *) echo "$*" >{asked};; esac',
        )
        assert (
            checkout.step(
                "Comment, in the place of the comment before", ISSUES="repos/o/r/issues", NUMBER="7"
            )[0]
            == 0
        )
        assert asked.read_text("utf-8") == f"api --silent --method {method} --field body=@body.md\n"
        body = (checkout.folder / "body.md").read_text("utf-8")
        assert body == "<!-- authbench: comparison -->\ncompared\n"


def test_the_same_paths_are_kept_and_fetched() -> None:
    cached = [step["with"] for step in STEPS if "actions/cache/" in step.get("uses", "")]
    assert len(cached) == 2
    assert len({step["path"] for step in cached}) == 1
    assert {step["key"].partition("$")[0] for step in cached} == {"authbench-"}
