"""Hosts are told apart by their kernels, and one that cannot take part is told in one line."""

import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.hosts_file import GeneratorHost, Hosts, ServingHost
from authbench.contracts.records import HostFacts
from loadtests.harness.hosts.hosts_of_run import HostsOfRun, Kernels, open_hosts, start_pipes
from loadtests.harness.load.generators import Generators
from loadtests.harness.processes.placement import available_processors, plan_layout, record_placement
from loadtests.harness.processes.server import LOOPBACK
from tests.loadtests.harness.hosts.live_agent import carrier

OWN = HostFacts(authbench_version="1", boot="own", processors=[0, 1])


def other(boot: str) -> HostFacts:
    return OWN.model_copy(update={"boot": boot})


def test_processors_of_another_kernel_are_others_and_of_the_same_one_are_the_same() -> None:
    kernels = Kernels(OWN)
    assert [kernels.first_processor(other(boot)) for boot in ("own", "a", "b", "a")] == [0, 1000, 2000, 1000]
    assert kernels.first_processor(other("")) != kernels.first_processor(other(""))


def test_nothing_is_shared_between_machines_and_containers_of_one_machine_share() -> None:
    """The store has processor 1 of its host, too."""
    assert record_placement([1001], [0, 1], [2001], [0, 1]).shared == []
    assert record_placement([1], [0, 1], [2001], [0, 1]).shared == [
        "application and generator share processor 1"
    ]
    assert record_placement([1001], [0], [1000, 1001], [0]).shared == [
        "application and store share processor 1 of host 1"
    ]


def test_another_version_is_refused_with_both_named() -> None:
    with pytest.raises(
        Failure, match=r"^store: authbench 2 is there, 1 here: install the same on all hosts$"
    ):
        Kernels(OWN).require_same_version("store", OWN.model_copy(update={"authbench_version": "2"}))


def script(folder: Path, content: str) -> tuple[str, ...]:
    """A prefix that runs this instead of the command."""
    return ("sh", "-c", content)


def opened(folder: Path, **parts: ServingHost) -> HostsOfRun:
    with open_hosts(Hosts(**parts), folder) as hosts:
        return hosts


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            "echo 'ssh: Could not resolve hostname app' >&2; exit 255",
            r"agent of application did not start: exit 255 .*Could not resolve",
        ),
        (
            f"{sys.executable} -m no_such_module",
            r"agent of application did not start: .*No module named no_such_module.* is its python one that",
        ),
        ("echo hello", r"agent of application: 'hello' was printed there before authbench spoke"),
    ],
)
def test_a_host_without_an_agent_is_named(content: str, line: str, place: Path) -> None:
    host = ServingHost(prefix=script(place, content), address=LOOPBACK)
    with pytest.raises(Failure, match=line) as failure:
        opened(place, application=host)
    assert failure.value.exit_code == ExitCode.USAGE, "the user's file is wrong, and no measurement"
    assert "\n" not in str(failure.value)


def test_parts_with_one_prefix_are_on_one_host(place: Path) -> None:
    host = ServingHost(prefix=carrier(place / "there"), address=LOOPBACK)
    with open_hosts(Hosts(application=host, store=host), place) as hosts:
        assert hosts.application is hosts.store is not hosts.this
        (record,) = hosts.records()
        assert record.parts == ["application", "store"]
        assert record.name == "application and store"
        assert record.machine == hosts.this.machine
        assert set(record.processors) == available_processors(), "this machine's kernel, and its numbers"
        assert hosts.this.layout == plan_layout(available_processors()), "its processor is left to it"


def test_generators_elsewhere_say_where_they_are(place: Path) -> None:
    generators = [GeneratorHost(prefix=carrier(place / "there")), GeneratorHost()]
    hosts = HostsOfRun.alone(plan_layout(available_processors()), place)
    load = Generators(start_pipes(generators, hosts.this.layout.generator, place), place)
    try:
        load.wait_until_ready()
        hosts.know_generators(load)
        (record,) = hosts.records()
        assert (record.name, record.parts, record.machine) == ("generator 1", ["generators"], None)
        assert record.round_trip_us > 0
        assert set(record.processors) <= available_processors()
        assert len(load.pids) == 1
    finally:
        load.stop()
