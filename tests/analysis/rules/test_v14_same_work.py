from pathlib import Path

import numpy as np
import pytest

from analysis.data.run import load_run
from analysis.rules.v14_same_work import (
    SameWork,
    expected_distinct,
    expected_of_slice,
)
from analysis.validity.finding import Finding
from authbench.contracts.card import Operation
from loadtests.schedule.mix import Mix, open_load
from tests.analysis.build_run import MIXED, READ, MiniRun, slice_record
from tests.analysis.rules.one import one

RULE = SameWork()


def _findings(mini: MiniRun, tmp_path: Path) -> list[Finding]:
    return list(RULE.check_run(load_run(mini.write(tmp_path))))


def test_a_uniform_draw_repeats_nobody() -> None:
    assert expected_distinct(40, 1000, None) == (40, 0)
    assert expected_distinct(1500, 1000, None) == (1000, 0)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_what_a_zipf_draw_makes_expected_is_what_it_gives(exponent: float) -> None:
    source = np.random.default_rng(3)
    weights = np.arange(1, 1001) ** -exponent
    drawn = [len(np.unique(source.choice(1000, 200, p=weights / weights.sum()))) for _ in range(200)]
    assert expected_distinct(200, 1000, exponent).mean == pytest.approx(np.mean(drawn), rel=0.02)


def test_every_operation_has_its_own_pairs() -> None:
    sent = {"read": 1500, "list-orders": 10, "logout": 7, "login": 9, "refresh": 0}
    assert expected_of_slice(sent, READ).mean == 1000 + 10 + 7 + 1


@pytest.mark.parametrize("exponent", [None, 1.0])
@pytest.mark.parametrize(("generators", "users"), [(2, 24), (3, 25), (4, 24), (2, 1000)])
def test_generators_have_streams_and_credentials_of_their_own(
    generators: int, users: int, exponent: float | None
) -> None:
    """What the generators' own draws carry: as many as expected, no wider, and never accused."""
    operations = {Operation.READ: 1.0}
    mix = Mix(operations, draw="zipf" if exponent else "uniform", zipf_exponent=exponent or 1.0)
    parts = [len(range(number, users, generators)) for number in range(generators)]
    workload = READ.model_copy(update={"credentials": users, "draw": mix.draw})
    seeds = iter(range(10**6))

    def drawn() -> tuple[int, int]:
        loads = [open_load(mix, 60 / generators, 0.4, next(seeds), {Operation.READ: part}) for part in parts]
        sent = sum(len(load.due_ns) for load in loads)
        return sent, sum(len(np.unique(load.credential)) for load in loads)

    surplus, variances = [], []
    for _ in range(200):
        slices = [drawn() for _ in range(4)]
        records = [
            slice_record(sent_by_operation={"read": sent}, distinct_credentials=found)
            for sent, found in slices
        ]
        assert not list(RULE.check_distinct("an arm", records, workload, generators))
        expected = [expected_distinct(sent, users, exponent, generators) for sent, _ in slices]
        surplus.append(sum(found for _, found in slices) - sum(one.mean for one in expected))
        variances.append(sum(one.variance for one in expected))
    spread = np.mean(variances) ** 0.5
    assert abs(np.mean(surplus)) <= 4 * spread / len(surplus) ** 0.5
    assert np.std(surplus) <= 1.2 * spread


@pytest.mark.parametrize(("distinct", "void"), [(40, False), (36, False), (35, True), (1, True)])
def test_one_token_for_all_voids_the_run(distinct: int, void: bool) -> None:
    finding = one(RULE.check_distinct("an arm", [slice_record(distinct_credentials=distinct)], READ))
    assert (finding is not None) == void
    assert finding is None or finding.severity == "void-run"


def test_the_same_work_passes_in_a_mix_too(tmp_path: Path) -> None:
    assert _findings(MiniRun(run_id="a"), tmp_path) == []
    assert _findings(MiniRun(run_id="b", workload=MIXED), tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"distinct_credentials": 39}, "its users' different credentials are "),
        ({"sent_by_operation": {"read": 39}}, "its requests of read are "),
        ({"schedule_seed": 2}, "its schedule has seed "),
        ({"offered_rate_rps": 190.0}, "it was offered requests/s: "),
    ],
)
def test_an_arm_with_other_work_in_a_cycle_voids_the_run(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", 1, 2, **changes)
    finding, *more = _findings(mini, tmp_path)
    assert finding.severity == "void-run"
    assert finding.sentence.startswith(words)
    assert "in generation 1, cycle 2" in finding.subject
    assert not more


def test_arms_of_one_operation_each_have_as_many_requests() -> None:
    reads = slice_record(sent=40, sent_by_operation={"read": 40})
    logins = slice_record(arm="jwt-hs256", sent=40, sent_by_operation={"login": 40}, distinct_credentials=1)
    assert list(RULE._check_cycle([reads, logins], READ, alone=True)) == []
    fewer = logins.model_copy(update={"sent": 39})
    (finding,) = RULE._check_cycle([reads, fewer], READ, alone=True)
    assert finding.sentence.startswith("its requests are 39, and 40")


def test_a_closed_loop_gives_a_fast_arm_more(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    mini = MiniRun(workload=closed)
    mini.change("none", sent_by_operation={"read": 80}, distinct_credentials=80)
    assert _findings(mini, tmp_path) == []


def test_few_credentials_refuse_every_figure() -> None:
    assert one(RULE.check_population(READ)) is None
    finding = one(RULE.check_population(READ.model_copy(update={"credentials": 999})))
    assert finding is not None
    assert (finding.subject, finding.refuses) == ("the run", "all")
