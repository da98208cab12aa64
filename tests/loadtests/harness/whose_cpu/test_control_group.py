"""CPU time of control groups: real ones where they can be made, and files as both versions write them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.whose_cpu.control_group import (
    ControlGroup,
    Hierarchy,
    find_control_group,
    hierarchies,
)
from tests.loadtests.harness.whose_cpu.control_groups import (
    ENDED_CHILD_NS,
    Parent,
    countable,
    made_in,
    remove,
)

KEY = "processes.server"


@pytest.fixture(params=[2, 1])
def hierarchy(request: pytest.FixtureRequest) -> Hierarchy:
    return countable(request.param)


@pytest.fixture
def folder(hierarchy: Hierarchy) -> Iterator[Path]:
    with made_in(hierarchy) as made:
        yield made


@pytest.fixture
def parent(folder: Path) -> Iterator[Parent]:
    inside = Parent(folder)
    yield inside
    inside.end()


def test_it_counts_children_that_have_ended(folder: Path, parent: Parent) -> None:
    group = find_control_group(str(folder), KEY)
    before_ns = group.cpu_ns()
    parent.let_child_work()
    assert group.cpu_ns() - before_ns >= ENDED_CHILD_NS
    assert group.pids() == [parent.pid]
    assert set(group.processors()) <= os.sched_getaffinity(0)
    assert group.run_queue_wait_ns() is None


def test_groups_below_belong_to_it(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    inside = Parent(below)
    try:
        group = find_control_group(str(folder), KEY)
        before_ns = group.cpu_ns()
        inside.let_child_work()
        assert group.cpu_ns() - before_ns >= ENDED_CHILD_NS
        assert group.pids() == [inside.pid]
    finally:
        inside.end()
        remove(below)


def test_a_path_below_the_top_is_found_as_systemd_tells_it(
    hierarchy: Hierarchy, folder: Path, parent: Parent
) -> None:
    group = find_control_group(f"/{folder.relative_to(hierarchy.top)}", KEY)
    assert group.folder == folder
    assert group.pids() == [parent.pid]
    assert hierarchy.group_of(parent.pid) == f"/{folder.relative_to(hierarchy.top)}"


def test_a_service_that_ended_or_began_anew_is_an_error(folder: Path, parent: Parent) -> None:
    group = find_control_group(str(folder), KEY)
    parent.end()
    with pytest.raises(ProcessLookupError, match="nothing runs in the control group"):
        group.cpu_ns()
    with pytest.raises(Failure, match=rf"{KEY}: nothing runs in the control group .*: start the service"):
        find_control_group(str(folder), KEY)
    remove(folder)
    with pytest.raises(FileNotFoundError):
        group.cpu_ns()
    folder.mkdir()
    second = Parent(folder)
    try:
        with pytest.raises(ProcessLookupError, match="made anew"):
            group.cpu_ns()
        assert find_control_group(str(folder), KEY).cpu_ns() >= 0
    finally:
        second.end()


def test_the_group_of_everything_and_one_with_authbench_in_it_are_refused(
    hierarchy: Hierarchy, folder: Path
) -> None:
    for named in (str(hierarchy.top), "/"):
        with pytest.raises(Failure, match="is the group of everything: give the one of the service"):
            find_control_group(named, KEY)
    own = hierarchy.group_of(os.getpid())
    assert own is not None
    (folder / "cgroup.procs").write_text(str(os.getpid()), "ascii")
    try:
        with pytest.raises(Failure, match="authbench itself runs in the control group"):
            find_control_group(str(folder), KEY)
    finally:
        (hierarchy.top / own.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()), "ascii")


def test_a_group_that_is_not_there() -> None:
    if not hierarchies():
        pytest.skip("no control groups that count CPU time are mounted here")
    with pytest.raises(Failure, match=rf"{KEY}: there is no control group /no/such: give its folder") as told:
        find_control_group("/no/such", KEY)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("files", "cpu_ns"),
    [
        ({"cpu.stat": "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n"}, 1_234_567_000),
        ({"cpuacct.usage": "1234567890\n", "cpu.stat": "nr_periods 0\nnr_throttled 0\n"}, 1_234_567_890),
    ],
    ids=["version 2", "version 1"],
)
def test_the_units_of_both_versions(tmp_path: Path, files: Mapping[str, str], cpu_ns: int) -> None:
    for name, content in {**files, "cgroup.procs": "1\n"}.items():
        (tmp_path / name).write_text(content, "ascii")
    assert ControlGroup(tmp_path).cpu_ns() == cpu_ns
    assert ControlGroup(tmp_path).pids() == [1]


def test_a_group_that_counts_no_cpu_time(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("1\n", "ascii")
    with pytest.raises(Failure, match=rf"{KEY}: the CPU time of .* cannot be read"):
        find_control_group(str(tmp_path), KEY)
