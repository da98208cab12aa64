"""A whole run as a user starts it: real servers, real Redis, real Locust."""

import json
from collections import Counter
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.records import Outcome
from authbench.contracts.run_directory import read_manifest, read_samples, read_slices, samples_files
from tests.integration.front_door import front_door, write_mini

pytestmark = pytest.mark.integration


def test_two_runs_at_once_both_end_valid_and_nothing_is_left(tmp_path: Path) -> None:
    experiment = write_mini(tmp_path)
    with front_door(tmp_path, "run", experiment) as first:
        first.wait_for("fresh processes")
        with front_door(tmp_path, "run", experiment, "--json") as second:
            second.wait_for("waiting: another run is measuring here")
            code, table, err = first.end()
            assert code == ExitCode.DONE, err
            assert "session-redis" in table
            code, summary, err = second.end()
            assert code == ExitCode.DONE, err
            assert json.loads(summary)["status"] == "VALID"
            assert not second.family()
        assert not first.family()
    runs = sorted((tmp_path / "results" / "raw").iterdir())
    assert len(runs) == 2
    assert (tmp_path / "results" / "latest").resolve().name == json.loads(summary)["run_id"]
    assert not list(tmp_path.glob("authbench-*/run-*")), "scratch folders are removed"
    for run in runs:
        _check_raw(run)
    for path in (tmp_path / "results").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"dev-sid=" not in content, path
            assert b"Bearer ey" not in content, path
            assert b"PRIVATE KEY" not in content, path


def _check_raw(run: Path) -> None:
    manifest = read_manifest(run)
    assert manifest.status == "complete"
    assert all(check.passed for check in manifest.verification)
    assert manifest.placement is not None
    assert manifest.store is not None
    assert manifest.rate is not None
    assert manifest.rate.share == 0.4
    assert [times.generation for times in manifest.times] == list(range(manifest.generations_done))
    assert all({"start processes", "verify"} <= times.start_s.keys() for times in manifest.times)
    slices = read_slices(run)
    assert len(slices) == manifest.slices_recorded == 8
    for judged in slices:
        measured = judged.measured
        assert measured.probe is not None
        assert measured.probe.accepted == measured.probe.sent == 1
        commands = {"getex": measured.served} if "session" in measured.arm else {}
        assert measured.store_commands == commands, "exactly one, exactly none"
        assert measured.accepted == measured.scheduled > 0
        assert measured.server_requests == measured.accepted + measured.probe.sent
        assert measured.server_in_flight_ns is not None
        assert measured.server_in_flight_ns > 0
        assert measured.distinct_credentials == measured.scheduled
        assert all(canary.as_expected for canary in measured.canaries)
        assert len(measured.canaries) == {"none": 1, "jwt-hs256": 7}.get(measured.arm, 5)
        assert measured.app_cpu_ns
    by_cycle: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for judged in slices:
        measured = judged.measured
        key = measured.generation, measured.cycle
        by_cycle.setdefault(key, set()).add((measured.schedule_seed, measured.scheduled))
    assert all(len(schedules) == 1 for schedules in by_cycle.values()), (
        "one schedule for every arm of a cycle"
    )
    files = samples_files(run)
    assert set(files) == set(by_cycle)
    for key, path in files.items():
        table = read_samples(path)
        counted = Counter(table["arm"].to_pylist())
        assert counted == {
            judged.measured.arm: judged.measured.scheduled
            for judged in slices
            if (judged.measured.generation, judged.measured.cycle) == key
        }
        assert set(table["outcome"].to_pylist()) == {Outcome.ACCEPTED}
        assert all(
            due <= sent < done
            for due, sent, done in zip(
                table["due_ns"].to_pylist(),
                table["sent_ns"].to_pylist(),
                table["done_ns"].to_pylist(),
                strict=True,
            )
        )


def test_the_drill_shows_a_server_that_stood_still(tmp_path: Path) -> None:
    with front_door(tmp_path, "drill", "frozen-server", "--rate", "200") as door:
        code, out, err = door.end()
        assert code == ExitCode.DONE, err
        assert "SEEN" in out
        assert not door.family()
