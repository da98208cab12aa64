import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path

from authbench.contracts.experiment import Arm, Condition, Experiment, find_workload
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.run.generation import (
    _KEEP_ALIVE_S,
    Generation,
    fresh_generation,
    require_passed,
    start_bench,
)
from loadtests.harness.run.slice import SliceSetting


def test_an_idle_connection_is_kept_for_longer_than_a_run() -> None:
    budget = Experiment.model_json_schema()["properties"]["time_budget_s"]
    assert budget["anyOf"][0]["maximum"] <= _KEEP_ALIVE_S


def test_a_private_key_goes_when_everybody_has_read_it() -> None:
    """Server and proxy work through TLS, and a run that is killed leaves nothing of the key behind."""
    arms = [
        Arm(scheme="none", condition=Condition(tls=True)),
        Arm(
            scheme="session-redis",
            condition=Condition(tls=True, store_tls=True),
            settings={"store_deadline_ms": 5000},
        ),
    ]
    workload = find_workload("read").model_copy(update={"credentials": 50})
    with (
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:tls") as bench,
        fresh_generation(arms, workload, bench, measure_memory=False, whole_life=False) as generation,
    ):
        assert [check for check in generation.checks if not check.passed] == []
        assert (scratch / "certificate.pem").is_file()
        keys = [path for path in scratch.rglob("*.pem") if b"PRIVATE" in path.read_bytes()]
        assert keys == []
        with generation.alone("none"):
            assert _processors(generation) == {
                "none": set(bench.layout.app),
                "session-redis": set(bench.layout.generator),
            }
        assert set(map(frozenset, _processors(generation).values())) == {frozenset(bench.layout.app)}


def _processors(generation: Generation) -> dict[str, set[int]]:
    return {label: os.sched_getaffinity(arm.server.pid) for label, arm in generation.arms.items()}


KEPT = ["none", "session-redis", "session-sql", "jwt-hs256", "jwt-rs256", "jwt-dpop", "jwt-denylist"]
"""Of each kind of store that begins with what was saved, and of each kind of key."""
FRESH = ["session-memory", "session-cookie-cache"]
"""Its sessions end with the process; its cookie carries a copy that is believed for a while only."""


def test_credentials_outlive_the_processes_that_issued_them() -> None:
    """Keys, addresses and stores stay: a later generation asks only what memory has lost to be made again."""
    # On a busy machine a store that is late looks like one that has forgotten.
    names = [*KEPT, *FRESH]
    arms = [Arm(scheme=name, settings={"store_deadline_ms": 5000}) for name in names]
    workload = find_workload("mixed").model_copy(update={"credentials": 50})
    with (
        ForkServer() as forks,
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:kept") as bench,
    ):
        bench.hosts.this.start = forks.start  # eighteen servers, and nothing is measured
        with fresh_generation(arms, workload, bench, measure_memory=True) as first:
            require_passed(first.checks)
            first.warm_up()
            first.supply(10)
            people = dict(bench.populations)
            pids = {label: arm.server.pid for label, arm in first.arms.items()}
            ports = {label: arm.server.port for label, arm in first.arms.items()}
            assert list(first.start_s) == [
                "start processes", "seed or restore", "verify", "lay out and warm up",
            ]  # fmt: skip
            assert_no_keys(scratch)
        # One arm cannot have its address again: its requests, and their proofs, are made for the new one.
        with (
            socket.create_server(("127.0.0.1", ports["jwt-dpop"])),
            fresh_generation(arms, workload, bench, measure_memory=False, whole_life=False) as second,
        ):
            require_passed(second.checks)
            assert len(second.checks) < len(first.checks)
            second.warm_up()
            second.supply(10)
            assert list(second.start_s)[:2] == ["stop the last servers", "decide to go on"]
            moved = {label for label, arm in second.arms.items() if arm.server.port != ports[label]}
            assert "jwt-dpop" in moved
            assert len(moved) <= 2, "any program of this machine may have taken one meanwhile"
            for label, arm in second.arms.items():
                assert (arm.population is people[label]) == (label in KEPT), label
                assert arm.server.pid != pids[label]
                assert bench.generators.closed_loop_rps(label, 0.1, 2, seed=0) > 0
            assert_no_keys(scratch)
            for path in scratch.rglob("*"):
                assert path.stat().st_mode & 0o077 == 0 or path.suffix in (".pem", ".log", ".npz"), path


def assert_no_keys(scratch: Path) -> None:
    """A run that is killed now leaves none behind."""
    assert not list(scratch.rglob("secret-*"))
    assert not [path for path in scratch.rglob("*.pem") if b"PRIVATE" in path.read_bytes()]


def test_a_server_runs_in_the_environment_of_its_arm_and_is_asked_as_its_condition_says() -> None:
    installed = version("pyjwt")
    own = Condition(packages=(f"pyjwt=={installed}",), without_packages=("hiredis",))
    arms = [
        Arm(scheme="none", role="control"),
        Arm(scheme="session-redis", condition=own, settings={"store_deadline_ms": 5000}),
        Arm(scheme="jwt-hs256", condition=Condition(tls=True, fresh_connections=True)),
    ]
    workload = find_workload("read").model_copy(update={"credentials": 50})
    with (
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:own") as bench,
        fresh_generation(arms, workload, bench, measure_memory=False, whole_life=False) as generation,
    ):
        require_passed(generation.checks)
        assert generation.packages == {"session-redis": {"hiredis": None, "pyjwt": installed}}
        command = Path(f"/proc/{generation.arms['session-redis'].server.pid}/cmdline").read_bytes()
        assert f"{sys.prefix}/environments/".encode() in command
        versions = {label: config.versions for label, config in generation.configs.items()}
        assert (
            versions["none"]
            == versions["jwt-hs256"]
            == versions["session-redis"] | {"hiredis": version("hiredis")}
        )
        generation.warm_up()
        generation.supply(10)
        opened = {}
        for label, arm in generation.arms.items():
            setting = SliceSetting(0, 0, 0, 0, label, 50.0, 0.4, 1)
            record, _ = generation.meter.measure(setting, arm)
            assert record.accepted == record.sent > 0
            assert record.probe is not None
            assert record.probe.accepted == record.probe.sent
            opened[label] = record.connections_opened / record.sent
        assert opened == {"none": 0, "session-redis": 0, "jwt-hs256": 1}
