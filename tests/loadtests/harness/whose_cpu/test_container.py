"""A container's name leads to its control group: real containers where podman runs one here."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.whose_cpu.container import group_of_container
from loadtests.harness.whose_cpu.control_group import ControlGroup, Hierarchy, hierarchies
from tests.loadtests.harness.whose_cpu.control_groups import Parent, countable, made_in, remove

KEY = "processes.server"
_LIMIT_S = 60


def _podman(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *words], capture_output=True, text=True, timeout=_LIMIT_S, check=False)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[str]:
    """The name of a container that sleeps. It has the programs of this machine, so it needs no image."""
    if shutil.which("podman") is None:
        pytest.skip("podman is not installed")
    name = f"authbench-test-{secrets.token_hex(4)}"
    (tmp_path / "root").mkdir()
    programs = [f"--volume={path}:{path}:ro" for path in ("/usr", "/lib", "/lib64") if Path(path).exists()]
    limits = ["--ulimit=nofile=1000:1000", "--ulimit=nproc=1000:1000"]
    started = _podman(
        *["run", "--detach", f"--name={name}", "--network=host", *limits, *programs],
        *["--rootfs", str(tmp_path / "root"), "/usr/bin/sleep", "600"],
    )
    try:
        if started.returncode != 0:
            pytest.skip(f"podman runs no container here: {started.stderr.strip().splitlines()[-1]}")
        yield name
    finally:
        _podman("rm", "--force", "--time=0", name)


def test_a_container_is_known_by_its_name(container: str) -> None:
    group = group_of_container(container, KEY)
    before_ns = group.cpu_ns()
    done = _podman("exec", container, "/usr/bin/sha256sum", "/usr/bin/sha256sum")
    assert done.returncode == 0, done.stderr
    assert group.cpu_ns() > before_ns, "it counts what has ended"
    (sleeper,) = group.pids()
    assert Path(f"/proc/{sleeper}/comm").read_text("ascii") == "sleep\n"
    found = _podman("inspect", "--format={{.Id}}", container).stdout.strip()
    assert group_of_container(found[:12], KEY).folder == group.folder


def test_groups_that_a_container_makes_for_itself_belong_to_it(container: str) -> None:
    group = group_of_container(container, KEY)
    (sleeper,) = group.pids()
    below = group.folder / "init.scope"
    below.mkdir()
    (below / "cgroup.procs").write_text(str(sleeper), "ascii")
    assert group_of_container(container, KEY).folder == group.folder
    assert group.pids() == [sleeper]


def test_a_container_that_ends_and_begins_anew(container: str) -> None:
    first = group_of_container(container, KEY)
    assert _podman("stop", "--time=0", container).returncode == 0
    with pytest.raises(OSError, match=r"No such file|nothing runs"):
        first.cpu_ns()
    with pytest.raises(Failure, match=rf"{KEY}: container {container} does not run: start it"):
        group_of_container(container, KEY)
    assert _podman("start", container).returncode == 0
    with pytest.raises(OSError, match="made anew"):
        first.cpu_ns()
    assert group_of_container(container, KEY).cpu_ns() >= 0


def test_a_container_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [program for program in ("docker", "podman") if shutil.which(program)]
    if not asked:
        pytest.skip("neither docker nor podman is installed")
    with pytest.raises(Failure, match=rf"{KEY}: container no-such is not known \({asked[0]}: ") as told:
        group_of_container("no-such", KEY)
    assert "\n" not in str(told.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match=r"container no-such: neither docker nor podman is on PATH"):
        group_of_container("no-such", KEY)


def _answer(folder: Path, monkeypatch: pytest.MonkeyPatch, container: str, pid: int) -> None:
    """Let a program on PATH answer as docker does for a container of which this is the first process."""
    program = folder / "docker"
    program.write_text(f"#!{sys.executable}\nprint('{container} {pid}')\n", "utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture(params=[2, 1])
def hierarchy(request: pytest.FixtureRequest) -> Hierarchy:
    return countable(request.param)


def test_the_group_that_has_the_id_in_its_name(
    hierarchy: Hierarchy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docker and podman name it where systemd makes the groups: the process may be below it."""
    container = secrets.token_hex(32)
    with made_in(hierarchy, f"docker-{container}.scope") as folder:
        (folder / "container").mkdir()
        inside = Parent(folder / "container")
        try:
            _answer(tmp_path, monkeypatch, container, inside.pid)
            found: ControlGroup = group_of_container("shop", KEY)
            assert found.folder == folder
            assert found.pids() == [inside.pid]
            _answer(tmp_path, monkeypatch, secrets.token_hex(32), inside.pid)
            with pytest.raises(Failure, match=r"container shop has no control group of its own .*: give its"):
                group_of_container("shop", KEY)
        finally:
            inside.end()
            remove(folder / "container")


def test_a_container_of_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container program may ask elsewhere, as with DOCKER_HOST: its process ids are none of here."""
    if not hierarchies():
        pytest.skip("no control groups that count CPU time are mounted here")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    _answer(tmp_path, monkeypatch, secrets.token_hex(32), ended.pid)
    with pytest.raises(Failure, match=rf"container shop: its process {ended.pid} is not on this machine"):
        group_of_container("shop", KEY)
