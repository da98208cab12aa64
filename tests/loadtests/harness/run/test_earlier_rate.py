"""Two runs in a row are measured at one rate, so that they can be compared."""

from pathlib import Path

import pytest

from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.records import HostRecord, Manifest, Rate
from authbench.contracts.run_directory import RunWriter
from loadtests.harness.run.earlier_rate import keep_earlier
from loadtests.harness.run.start_or_resume import fresh_start

_LADDER = [150.0, 600.0]


def found(rps: float) -> Rate:
    return Rate(offered_rps=rps, closed_loop_rps={"none": rps / 0.4}, share=0.4)


def manifest(name: str = "quick", generators: int = 1) -> Manifest:
    experiment = find_experiment(name)
    return fresh_start(experiment, find_workload(experiment.workload), "", generators).manifest


@pytest.fixture
def earlier(tmp_path: Path) -> Manifest:
    made = manifest().model_copy(
        update={
            "status": "complete",
            "rate": found(1000),
            "ladder_rps": _LADDER,
            "started_at": "2026-01-01T00:00:00+00:00",
        }
    )
    RunWriter(tmp_path, made).close()
    return made


def test_a_rate_near_the_earlier_one_is_that_one(tmp_path: Path, earlier: Manifest) -> None:
    for rps in (801, 1000, 1250):
        kept, ladder = keep_earlier(tmp_path, manifest(), found(rps), [1.0])
        assert (kept.offered_rps, kept.kept_from, ladder) == (1000, earlier.run_id, _LADDER)
        assert kept.closed_loop_rps == found(rps).closed_loop_rps, "what was found stays told"


def _with_own(slow_rps: float, own_rps: float | None) -> Rate:
    """The rate that is found where `session-sql` carries `slow_rps` requests/s."""
    ceilings = {"none": 2500.0, "session-redis": 2500.0, "session-sql": slow_rps}
    own = ["session-sql"] if own_rps else []
    return Rate(offered_rps=1000, closed_loop_rps=ceilings, share=0.4, own_rps=own_rps, own_arms=own)


@pytest.mark.parametrize(
    ("today", "own_rps", "is_kept"),
    [
        (_with_own(900, 360), 400, True),
        (_with_own(1500, None), 560, True),  # at the edge: it had its own rate and keeps it
        (_with_own(900, 360), 560, False),
        (_with_own(1300, 520), None, True),  # at the edge: it carried the rate and still almost does
        (_with_own(900, 360), None, False),
    ],
)
def test_rates_of_their_own_are_kept_where_they_are_near(
    tmp_path: Path, earlier: Manifest, today: Rate, own_rps: float | None, is_kept: bool
) -> None:
    then = _with_own(1000, own_rps)
    RunWriter(
        tmp_path,
        earlier.model_copy(
            update={"run_id": "later-quick-1", "rate": then, "started_at": "2026-01-02T00:00:00+00:00"}
        ),
    ).close()
    kept, _ = keep_earlier(tmp_path, manifest(), today, [1.0])
    assert (kept.kept_from == "later-quick-1") is is_kept
    assert (kept.own_rps, kept.own_arms) == (
        (then.own_rps, then.own_arms) if is_kept else (today.own_rps, today.own_arms)
    )


@pytest.mark.parametrize("rps", [700, 1400])
def test_a_machine_that_changed_finds_its_own(tmp_path: Path, earlier: Manifest, rps: float) -> None:
    assert keep_earlier(tmp_path, manifest(), found(rps), [1.0]) == (found(rps), [1.0])


@pytest.mark.usefixtures("earlier")
def test_another_experiment_or_another_load_has_nothing_to_keep(tmp_path: Path) -> None:
    for other in (manifest("full"), manifest(generators=2)):
        assert keep_earlier(tmp_path, other, found(1000), []) == (found(1000), [])


@pytest.mark.usefixtures("earlier")
def test_a_run_on_other_hosts_has_nothing_to_keep(tmp_path: Path) -> None:
    host = HostRecord(
        name="store", parts=["store"], processors=[1000], machine=manifest().machine, round_trip_us=90.0
    )
    there = manifest().model_copy(update={"hosts": [host]})
    assert keep_earlier(tmp_path, there, found(1000), []) == (found(1000), [])
    done = {"status": "complete", "rate": found(1100), "run_id": "later-quick-2"}
    RunWriter(tmp_path, there.model_copy(update=done)).close()
    farther = there.model_copy(update={"hosts": [host.model_copy(update={"round_trip_us": 95.0})]})
    assert keep_earlier(tmp_path, farther, found(1000), [])[0].kept_from == "later-quick-2"


@pytest.mark.usefixtures("earlier")
def test_a_given_rate_is_not_replaced(tmp_path: Path) -> None:
    given = Rate(offered_rps=1000, closed_loop_rps={}, share=None)
    assert keep_earlier(tmp_path, manifest(), given, []) == (given, [])


def test_a_run_that_was_cut_short_or_is_damaged_does_not_count(tmp_path: Path) -> None:
    RunWriter(tmp_path, manifest().model_copy(update={"status": "aborted", "rate": found(1000)})).close()
    (tmp_path / "x-quick-y").mkdir()
    (tmp_path / "x-quick-y" / "manifest.json").write_text("{")
    assert keep_earlier(tmp_path, manifest(), found(1000), []) == (found(1000), [])
