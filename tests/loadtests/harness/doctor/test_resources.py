import resource

import pytest

from loadtests.harness.doctor.resources import (
    judge_descriptors,
    judge_disk,
    judge_memory,
    judge_ports,
    judge_swap,
)

_MIB = 2**20


@pytest.mark.parametrize(
    ("machine_mib", "group_mib", "level"),
    [(1024, None, "good"), (1023, None, "warning"), (511, None, "unfit"), (9999, 400, "unfit")],
)
def test_memory_is_what_machine_and_container_both_leave(
    machine_mib: int, group_mib: int | None, level: str
) -> None:
    finding = judge_memory(machine_mib * _MIB, None if group_mib is None else group_mib * _MIB)
    assert finding.level == level


def test_only_moving_pages_make_swap_a_warning() -> None:
    assert judge_swap(0, 0).level == "good"
    assert judge_swap(500 * _MIB, 0).level == "note"
    assert judge_swap(500 * _MIB, 4096).level == "warning"


@pytest.mark.parametrize(("mib", "level"), [(500, "good"), (499, "warning"), (49, "unfit")])
def test_disk(mib: int, level: str) -> None:
    finding = judge_disk(mib * _MIB, "results")
    assert (finding.level, "for results" in finding.found) == (level, True)


@pytest.mark.parametrize(
    ("soft", "hard", "level"),
    [
        (20_000, 20_000, "good"),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, "good"),
        (4096, 20_000, "note"),
        (1024, resource.RLIM_INFINITY, "note"),
        (256, 600, "warning"),
        (256, 575, "unfit"),
        (256, 256, "unfit"),
    ],
)
def test_descriptors(soft: int, hard: int, level: str) -> None:
    finding = judge_descriptors(soft, hard)
    assert finding.level == level
    assert ("ulimit -n" in finding.advice) == (level != "good")


@pytest.mark.parametrize(
    ("first", "last", "level"), [(32768, 60999, "good"), (32768, 40000, "note"), (1, 1000, "warning")]
)
def test_ports(first: int, last: int, level: str) -> None:
    assert judge_ports(first, last).level == level
