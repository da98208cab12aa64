"""V11, V12, V13, V23, V29, V30, V33 and the run's side of V06 and STALL, on runs read back from disk."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.comparison.arms import marks, refused
from analysis.data.run import RunData, load_run
from analysis.rules.discovery import run_findings
from analysis.rules.stall import Stall
from analysis.rules.v02_poisson_arrivals import PoissonArrivals, scheduled, sent
from analysis.rules.v03_open_loop import OpenLoop
from analysis.rules.v05_latency_resolution import LatencyResolution
from analysis.rules.v06_disturbed_slices import DisturbedSlices
from analysis.rules.v06_generator_lateness import GeneratorLateness
from analysis.rules.v11_store_commands import StoreCommands
from analysis.rules.v12_authentication import Authentication
from analysis.rules.v13_identical_endpoints import IdenticalEndpoints
from analysis.rules.v15_errors import Errors
from analysis.rules.v29_store_distance import StoreDistance
from analysis.rules.v30_placement import Placement
from analysis.rules.v33_production_build import ProductionBuild
from analysis.rules.without_readings import WithoutReadings
from authbench.contracts.card import CacheState, Operation
from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.records import CanaryResult, CheckResult, Outcome
from tests.analysis.build_run import ARMS, MIXED, READ, MiniRun, experiment
from tests.analysis.rules.one import only
from tests.analysis.watched_run import watch


def _loaded(mini: MiniRun, tmp_path: Path) -> RunData:
    return load_run(mini.write(tmp_path))


def test_a_good_run_passes_every_rule(tmp_path: Path) -> None:
    run = _loaded(watch(MiniRun(cycles=5)), tmp_path)
    assert [finding.rule for finding in run_findings(run)] == ["V29"]  # the banner of a store nearby


def test_a_run_that_nobody_watched_says_which_rules_are_silent(tmp_path: Path) -> None:
    finding = only(WithoutReadings().check_run(_loaded(MiniRun(run_id="a"), tmp_path)), "tag")
    assert (finding.rule, finding.subject) == ("V08/V27/V28", "the run")
    mini = watch(MiniRun(run_id="b"))
    for arm in ARMS:
        mini.change_every(arm, busy_ns=None)
    finding = only(WithoutReadings().check_run(_loaded(mini, tmp_path)), "tag")
    assert finding.sentence == "the processors' busy time was not read: V28 could not be judged"
    assert list(WithoutReadings().check_run(_loaded(watch(MiniRun(run_id="c")), tmp_path))) == []


# V11


@pytest.mark.parametrize(
    ("arm", "commands"),
    [
        ("session-redis", {"getex": 39}),  # one read came from a cache
        ("session-redis", {"getex": 41}),
        ("session-redis", {}),
        ("session-redis", {"getex": 40, "expire": 1}),
        ("jwt-hs256", {"get": 1}),
        ("none", {"getex": 40}),
    ],
)
def test_v11_has_no_tolerance(tmp_path: Path, arm: str, commands: dict[str, int]) -> None:
    mini = MiniRun()
    mini.change(arm, 1, 2, store_commands=commands)
    finding = only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run")
    assert f"{arm} in generation 1, cycle 2" in finding.subject


def test_v11_looks_at_void_slices_too(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", store_commands={"get": 40})
    mini.give_up("jwt-hs256")
    only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run")


def test_v11_leaves_room_only_for_requests_that_were_not_accepted(tmp_path: Path) -> None:
    for commands, rows in ((38, 38), (40, 38), (41, 38)):
        mini = MiniRun(run_id=f"r{commands}")
        mini.change(
            "session-redis",
            accepted=rows,
            accepted_by_operation={"read": rows},
            completed=rows,
            store_commands={"getex": commands},
        )
        findings = list(StoreCommands().check_run(_loaded(mini, tmp_path)))
        assert bool(findings) == (commands == 41)


@pytest.mark.parametrize(
    ("cache", "gets", "void"),
    [("hit", 0, False), ("hit", 1, True), ("miss", 40, False), ("miss", 39, True), (None, 17, False)],
)
def test_v11_knows_the_share_of_hits(tmp_path: Path, cache: CacheState | None, gets: int, void: bool) -> None:
    arms = [
        Arm(scheme="none", role="control"),
        Arm(scheme="session-redis"),
        Arm(scheme="session-redis", role="twin"),
        Arm(scheme="jwt-hs256", cache=cache),
    ]
    mini = MiniRun(arms=arms)
    read = Operation.READ
    update = {"store_commands": {read: {"get": 1}}, "repeated_commands": {read: {}}, "store": "redis"}
    mini.manifest["cards"]["jwt-hs256"] = mini.manifest["cards"]["jwt-hs256"].model_copy(update=update)
    everywhere = {"get": 40} if cache == "miss" else {}
    for generation in range(2):
        for cycle in range(4):
            mini.change("jwt-hs256", generation, cycle, store_commands=everywhere)
    mini.change("jwt-hs256", 1, 2, store_commands={"get": gets} if gets else {})
    assert bool(list(StoreCommands().check_run(_loaded(mini, tmp_path)))) is void


def test_v11_needs_a_card(tmp_path: Path) -> None:
    mini = MiniRun()
    del mini.manifest["cards"]["jwt-hs256"]
    assert only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run").subject == "jwt-hs256"


def test_v11_counts_every_operation_by_its_own_card(tmp_path: Path) -> None:
    run = _loaded(MiniRun(workload=MIXED), tmp_path)
    assert run.main[0].measured.sent_by_operation.keys() >= {"read", "login"}
    assert list(StoreCommands().check_run(run)) == []


@pytest.mark.parametrize(
    "commands",
    [
        {"getex": 36, "set": 4, "sadd": 7},  # a login that forgot half of it
        {"getex": 40, "set": 4, "sadd": 8},  # as many as if logins were reads as well
        {"getex": 36},
    ],
)
def test_v11_has_no_tolerance_in_a_mix(tmp_path: Path, commands: dict[str, int]) -> None:
    mini = MiniRun(workload=MIXED)
    mini.change("session-redis", store_commands=commands)
    only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run")


def test_v11_voids_a_run_of_an_operation_the_card_does_not_offer(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", sent_by_operation={"read": 39, "logout": 1})
    finding = only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.sentence == ("1 logout requests were sent, and the card of jwt-hs256 does not offer that")


def test_v11_looks_at_the_ladder_too(tmp_path: Path) -> None:
    mini = MiniRun(ladder=(400.0,))
    mini.change("jwt-hs256", 1, 4, store_commands={"get": 1})
    only(StoreCommands().check_run(_loaded(mini, tmp_path)), "void-run")


# V12


def test_v12_voids_a_run_that_let_a_bad_credential_in(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", canaries=[CanaryResult(kind="alg none", expected_status=401, status=200)])
    finding = only(Authentication().check_run(_loaded(mini, tmp_path)), "void-run")
    assert "'alg none' got status 200 instead of 401" in finding.sentence


def test_v12_voids_a_run_that_shut_a_good_credential_out(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", canaries=[CanaryResult(kind="good", expected_status=200, status=401)])
    only(Authentication().check_run(_loaded(mini, tmp_path)), "void-run")


def test_v12_takes_503_for_neither_an_open_door_nor_a_proof(tmp_path: Path) -> None:
    """A store that was too slow once lets nobody in; a run in which it always was has proven nothing."""
    unavailable = [CanaryResult(kind="alg none", expected_status=401, status=503)]
    mini = MiniRun()
    mini.change("jwt-hs256", cycle=0, canaries=unavailable)
    assert list(Authentication().check_run(_loaded(mini, tmp_path / "once"))) == []
    mini.change_every("jwt-hs256", canaries=unavailable)
    finding = only(Authentication().check_run(_loaded(mini, tmp_path / "always")), "void-run")
    assert "no bad credential was ever refused" in finding.sentence


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.WRONG_STATUS, Outcome.WRONG_BODY])
def test_v12_voids_a_run_with_a_reply_that_is_not_the_credentials(tmp_path: Path, outcome: Outcome) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", 1, 1, accepted=39)
    mini.samples[1, 1, "jwt-hs256"][1]["outcome"][5] = outcome
    finding = only(Authentication().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.number == 1


def test_v12_does_not_take_an_unavailable_store_for_a_wrong_answer(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("session-redis", accepted=39)
    mini.samples[0, 0, "session-redis"][1]["outcome"][5] = Outcome.UNAVAILABLE
    assert list(Authentication().check_run(_loaded(mini, tmp_path))) == []


def test_v12_expects_every_reply_of_a_void_slice_to_be_accepted_or_503(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", accepted=39)
    mini.give_up("jwt-hs256")
    only(Authentication().check_run(_loaded(mini, tmp_path / "wrong")), "void-run")
    mini.change("jwt-hs256", accepted=39, unavailable=1)
    assert list(Authentication().check_run(_loaded(mini, tmp_path / "unavailable"))) == []


@pytest.mark.parametrize("canaries", [[], [CanaryResult(kind="good", expected_status=200, status=200)]])
def test_v12_wants_bad_credentials_presented_to_every_arm_that_authenticates(
    tmp_path: Path, canaries: list[CanaryResult]
) -> None:
    mini = MiniRun()
    mini.change_every("none", canaries=canaries)
    mini.change_every("jwt-hs256", canaries=canaries)
    finding = only(Authentication().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.subject == "jwt-hs256"


# V13


def test_v13_voids_a_run_whose_verification_failed(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["verification"].append(CheckResult(check="logout", arm="none", passed=False, detail="x"))
    only(IdenticalEndpoints().check_run(_loaded(mini, tmp_path)), "void-run")


def test_v13_voids_a_run_that_never_compared_an_arm(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["verification"] = [c for c in mini.manifest["verification"] if c.arm != "jwt-hs256"]
    finding = only(IdenticalEndpoints().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.subject == "jwt-hs256"


@pytest.mark.parametrize(
    "change",
    [
        {"workers": 2},
        {"middleware": ["Gzip"]},
        {"routes": {"GET /me": "elsewhere.me"}},
        {"loop": "asyncio"},
        {"http": "h11"},
        {"keep_alive_s": 5},
        {"versions": {"PyJWT": "2.13.0"}},
    ],
)
def test_v13_voids_a_run_whose_servers_differ(tmp_path: Path, change: dict[str, Any]) -> None:
    mini = MiniRun()
    servers = mini.manifest["servers"]
    servers["jwt-hs256"] = servers["jwt-hs256"].model_copy(update=change)
    finding = only(IdenticalEndpoints().check_run(_loaded(mini, tmp_path)), "void-run")
    assert next(iter(change)) in finding.sentence


OLD = {"condition": Condition(packages=("pyjwt==2.13.0",), without_packages=("redis",))}
FOUND = {"pyjwt": "2.13.0", "redis": None}


@pytest.mark.parametrize(
    ("packages", "versions", "objects"),
    [
        (FOUND, {"PyJWT": "2.13.0"}, False),
        (FOUND, {"PyJWT": "2.15.1"}, True),  # the server uses another one than its environment has
        (FOUND, {"PyJWT": "2.13.0", "redis": "8.1.0"}, True),
        (FOUND, {"PyJWT": "2.13.0", "fastapi": "1"}, True),  # not named
        ({}, {"PyJWT": "2.15.1", "redis": "8.1.0"}, True),  # it ran without the environment
        ({"pyjwt": "2.14.0", "redis": None}, {"PyJWT": "2.14.0"}, True),
    ],
)
def test_v13_allows_the_packages_of_the_condition_and_no_others(
    tmp_path: Path, packages: dict[str, str | None], versions: dict[str, str], objects: bool
) -> None:
    arms = [arm.model_copy(update=OLD if arm.scheme == "jwt-hs256" else {}) for arm in experiment().arms]
    mini = MiniRun(arms=arms)
    mini.manifest["packages"] = {"jwt-hs256": packages} if packages else {}
    servers = mini.manifest["servers"]
    servers["jwt-hs256"] = servers["jwt-hs256"].model_copy(update={"versions": versions})
    findings = list(IdenticalEndpoints().check_run(_loaded(mini, tmp_path)))
    assert [finding.subject for finding in findings] == (["jwt-hs256"] if objects else [])


def test_v13_needs_every_servers_account(tmp_path: Path) -> None:
    mini = MiniRun()
    del mini.manifest["servers"]["none"]
    only(IdenticalEndpoints().check_run(_loaded(mini, tmp_path)), "void-run")


# What refuses latency


def test_v02_marks_latency_of_constant_gaps(tmp_path: Path) -> None:
    mini = MiniRun(cycles=10)
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "none":
            rows["sent_ns"][:] = np.linspace(0, 299_000_000, len(rows["sent_ns"])).astype(np.int64)
    finding = only(PoissonArrivals().check_run(_loaded(mini, tmp_path)), "mark")
    assert (finding.subject, finding.refuses) == ("none", "latency")
    assert "not sent as one: the generator was late" in finding.sentence
    assert (finding.number or 0) < 0.2


def test_v02_refuses_latency_of_a_schedule_that_is_none(tmp_path: Path) -> None:
    mini = MiniRun(cycles=10)
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "none":
            moved = np.linspace(0, 299_000_000, len(rows["due_ns"])).astype(np.int64) - rows["due_ns"]
            for name in ("due_ns", "sent_ns", "done_ns"):
                rows[name] += moved
    finding = only(PoissonArrivals().check_run(_loaded(mini, tmp_path)), "refuse-figure")
    assert (finding.subject, finding.refuses) == ("none", "latency")
    assert "which is a fault of the harness" in finding.sentence


def test_v02_looks_at_slices_in_which_nothing_was_disturbed(tmp_path: Path) -> None:
    """In a fifth of the cycles the host stole time, and everything was sent at once."""
    mini = MiniRun(cycles=10)
    for (generation, cycle, arm), (_, rows) in mini.samples.items():
        if cycle < 2:
            mini.change(arm, generation, cycle, steal={0: 0.5})
            rows["sent_ns"][:] = np.maximum(rows["due_ns"], 299_000_000)
            rows["done_ns"][:] = rows["sent_ns"] + 1_000_000
    assert list(PoissonArrivals().check_run(_loaded(mini, tmp_path))) == []


def test_v02_does_not_judge_a_schedule_by_the_cycles_that_bunches_left_over(tmp_path: Path) -> None:
    """Bunches make the generator late; without those cycles the rest of the same schedule is too even."""
    mini = MiniRun(cycles=10)
    for (generation, cycle, arm), (_, rows) in mini.samples.items():
        count = len(rows["due_ns"])
        if cycle < 2:
            mini.change(arm, generation, cycle, steal={0: 0.5})
            times = np.repeat(np.linspace(0, 280_000_000, count // 8 + 1), 8)[:count]
        else:
            times = np.sort(rows["due_ns"] // 4 + np.linspace(0, 224_000_000, count).astype(np.int64))
        moved = times.astype(np.int64) - rows["due_ns"]
        for name in ("due_ns", "sent_ns", "done_ns"):
            rows[name] += moved
    run = _loaded(mini, tmp_path)
    assert all(found.poisson for found in scheduled(run).values()), scheduled(run)
    assert list(PoissonArrivals().check_run(run)) == []


def test_v02_marks_latency_of_requests_sent_in_bunches(tmp_path: Path) -> None:
    mini = MiniRun(cycles=10)
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "none":
            rows["sent_ns"][:] = rows["due_ns"] // 60_000_000 * 60_000_000
    finding = only(PoissonArrivals().check_run(_loaded(mini, tmp_path)), "mark")
    assert finding.limit == 1.25


def test_v02_does_not_hold_chance_against_a_few_requests(tmp_path: Path) -> None:
    for seed in range(5):
        run = _loaded(MiniRun(run_id=f"r{seed}", seed=seed, generations=1, cycles=1, requests=20), tmp_path)
        assert list(PoissonArrivals().check_run(run)) == []


def test_v02_asks_nothing_of_a_closed_loop_and_v03_has_no_latency_for_one(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    run = _loaded(MiniRun(workload=closed), tmp_path)
    assert scheduled(run) == sent(run) == {}
    finding = only(OpenLoop().check_run(run), "refuse-figure")
    assert (finding.subject, finding.refuses) == ("the run", "latency")
    assert finding.sentence.startswith("closed loop: the server slows its own load")


@pytest.mark.parametrize("step_ns", [1_000_000, 20_000])
def test_v05_refuses_latency_in_coarse_steps(tmp_path: Path, step_ns: int) -> None:
    mini = MiniRun()
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "none":
            rows["done_ns"][:] = rows["sent_ns"] + (rows["done_ns"] - rows["sent_ns"]) // step_ns * step_ns
    finding = only(LatencyResolution().check_run(_loaded(mini, tmp_path)), "refuse-figure")
    assert (finding.subject, finding.number) == ("none", step_ns / 1000)


def test_v05_refuses_latency_of_few_distinct_values(tmp_path: Path) -> None:
    mini = MiniRun()
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "none":
            rows["done_ns"][:] = rows["sent_ns"] + 1_000_001 + np.arange(len(rows["sent_ns"])) % 7
    finding = only(LatencyResolution().check_run(_loaded(mini, tmp_path)), "refuse-figure")
    assert finding.number == 7


def test_v15_refuses_latency_beyond_one_error_in_a_thousand(tmp_path: Path) -> None:
    for errors, refused_latency in ((1, False), (2, True)):
        mini = MiniRun(run_id=f"e{errors}", generations=1, cycles=1, requests=1000)
        mini.samples[0, 0, "none"][1]["outcome"][:errors] = Outcome.UNAVAILABLE
        findings = list(Errors().check_run(_loaded(mini, tmp_path)))
        assert [f.refuses for f in findings] == ["latency"] * refused_latency


# The environment


def test_v06_marks_latency_beyond_a_third_of_the_slices(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.tag("jwt-hs256", "V06", every=2)
    finding = only(DisturbedSlices().check_run(_loaded(mini, tmp_path)), "mark")
    assert (finding.rule, finding.subject, finding.refuses) == ("V06", "jwt-hs256", "latency")
    assert finding.number == 0.5


def test_v06_only_tells_a_smaller_share(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.tag("jwt-hs256", "V06", every=4)
    finding = only(DisturbedSlices().check_run(_loaded(mini, tmp_path)), "tag")
    assert finding.refuses == "none"


def test_the_tags_of_the_environment_add_up(tmp_path: Path) -> None:
    """A quarter late and a quarter of other slices stolen from: half of them are in doubt."""
    mini = MiniRun(cycles=4)
    for cycle, code in ((0, "V06"), (1, "V10")):
        for generation in (0, 1):
            place = mini.find("jwt-hs256", generation, cycle)
            mini.slices[place] = mini.slices[place].model_copy(update={"tags": [code]})
    finding = only(DisturbedSlices().check_run(_loaded(mini, tmp_path)), "mark")
    assert (finding.rule, finding.number) == ("V06/V10", 0.5)
    assert finding.sentence.startswith(
        "the generator was late, or the machine was not quiet: times contain that"
    )


def test_v06_marks_response_times_that_contain_much_lateness(tmp_path: Path) -> None:
    mini = MiniRun()
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":  # of 1.5 ms
            rows["sent_ns"] += 180_000
            rows["done_ns"] += 180_000
    finding = only(GeneratorLateness().check_run(_loaded(mini, tmp_path)), "mark")
    assert (finding.rule, finding.subject, finding.refuses) == ("V06", "jwt-hs256", "response")
    assert marks([finding], "jwt-hs256") == {"response": ["V06"]}
    assert marks([finding], "none") == {}
    assert refused([finding], "response", ["jwt-hs256"]) is None


def test_a_stall_is_told_once_per_arm_with_the_longest(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", 0, 0, longest_silence_ns=300_000_000)
    mini.change("none", 0, 1, longest_silence_ns=1_020_000_000)
    finding = only(Stall().check_run(_loaded(mini, tmp_path)), "tag")
    assert "nothing for 1.02 s while requests waited; 2 slices" in finding.sentence


def test_v29_refuses_figures_of_a_store_at_an_unknown_distance(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["store"] = None
    findings = list(StoreDistance().check_run(_loaded(mini, tmp_path)))
    assert [f.subject for f in findings] == ["session-redis", "session-redis (twin)"]
    assert {f.refuses for f in findings} == {"all"}


@pytest.mark.parametrize(
    ("source", "round_trip_us", "banner"),
    [("embedded", 45.0, True), ("embedded", 150.0, True), ("url", 45.0, True), ("url", 900.0, False)],
)
def test_v29_says_so_where_the_store_is_near(
    tmp_path: Path, source: str, round_trip_us: float, banner: bool
) -> None:
    mini = MiniRun()
    mini.manifest["store"] = mini.manifest["store"].model_copy(
        update={"source": source, "round_trip_us": round_trip_us}
    )
    findings = list(StoreDistance().check_run(_loaded(mini, tmp_path)))
    assert bool(findings) == banner
    if banner:
        assert (
            f"round trip {round_trip_us:.0f} us; a network adds to latency, not to CPU"
            in findings[0].sentence
        )


def test_v30_refuses_everything_without_a_placement_and_tells_of_sharing(tmp_path: Path) -> None:
    mini = MiniRun(run_id="a")
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(
        update={"shared": ["generator and store"]}
    )
    assert "generator and store" in only(Placement().check_run(_loaded(mini, tmp_path)), "tag").sentence
    apart = {"app": [1000], "store": [2000], "generator": [3000, 3001]}
    mini = MiniRun(run_id="d")
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(update=apart)
    assert not list(Placement().check_run(_loaded(mini, tmp_path))), "nothing is shared"
    mini = MiniRun(run_id="c")
    mini.manifest["load_from_workers"] = True
    assert "where the workers ran" in only(Placement().check_run(_loaded(mini, tmp_path)), "tag").sentence
    mini = MiniRun(run_id="b")
    mini.manifest["placement"] = None
    assert only(Placement().check_run(_loaded(mini, tmp_path)), "refuse-figure").refuses == "all"


@pytest.mark.parametrize(
    "change",
    [
        {"reload": True},
        {"debug": True},
        {"access_log": True},
        {"log_level": "DEBUG"},
        {"python_debug_build": True},
    ],
)
def test_v33_voids_a_run_of_a_development_server(tmp_path: Path, change: dict[str, Any]) -> None:
    mini = MiniRun()
    servers = mini.manifest["servers"]
    servers["none"] = servers["none"].model_copy(update=change)
    assert only(ProductionBuild().check_run(_loaded(mini, tmp_path)), "void-run").subject == "none"


# All of them together


def test_a_slice_that_counts_is_judged_again_from_what_is_on_disk(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", in_flight_max=1000)
    findings = [f for f in run_findings(_loaded(mini, tmp_path)) if f.rule == "V03"]
    assert only(findings, "void-run").sentence.startswith("this slice counts as valid, yet")


def test_where_only_correctness_is_asked_the_environment_decides_nothing(tmp_path: Path) -> None:
    mini = MiniRun(judged_by="correctness", cycles=6)
    mini.tag("jwt-hs256", "V06")
    mini.manifest["placement"] = None
    mini.change("none", in_flight_max=1000)
    for cycle in range(5):
        mini.replace("session-redis", 1, cycle)
    findings = run_findings(_loaded(mini, tmp_path))
    assert {f.rule for f in findings} == {"V06", "V08/V27/V28", "V23", "V29", "V30"}
    assert {(f.severity, f.refuses) for f in findings} == {("tag", "none")}


def test_correctness_still_decides_there(tmp_path: Path) -> None:
    mini = MiniRun(judged_by="correctness")
    mini.change("jwt-hs256", store_commands={"get": 40})
    assert "void-run" in {f.severity for f in run_findings(_loaded(mini, tmp_path))}


@pytest.mark.parametrize("judged_by", ["everything", "correctness"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"scheduled": 0, "sent": 0, "completed": 0, "accepted": 0, "user_completed": 0},
            "no request was due",
        ),
        ({"completed": 0, "accepted": 0, "user_completed": 0}, "no user's request was answered"),
    ],
)
def test_a_slice_of_nothing_that_counts_voids_the_run(
    tmp_path: Path, judged_by: str, changes: dict[str, int], words: str
) -> None:
    mini = MiniRun(cycles=5, judged_by=judged_by)
    mini.change("jwt-hs256", 1, 2, **changes)
    position, rows = mini.samples[1, 2, "jwt-hs256"]
    if not changes.get("scheduled", 1):
        mini.samples[1, 2, "jwt-hs256"] = position, {name: column[:0] for name, column in rows.items()}
    findings = [f for f in run_findings(_loaded(mini, tmp_path)) if f.severity == "void-run"]
    assert any(f.rule == "V01" and words in f.sentence for f in findings)
