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
from tests.analysis.build_run import MIXED, READ, MiniRun, slice_record
from tests.analysis.rules.one import one

RULE = SameWork()


def _findings(mini: MiniRun, tmp_path: Path) -> list[Finding]:
    return list(RULE.check_run(load_run(mini.write(tmp_path))))


def test_a_uniform_draw_repeats_nobody() -> None:
    assert expected_distinct(40, 1000, None) == 40
    assert expected_distinct(1500, 1000, None) == 1000


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_what_a_zipf_draw_makes_expected_is_what_it_gives(exponent: float) -> None:
    source = np.random.default_rng(3)
    weights = np.arange(1, 1001) ** -exponent
    drawn = [len(np.unique(source.choice(1000, 200, p=weights / weights.sum()))) for _ in range(200)]
    assert expected_distinct(200, 1000, exponent) == pytest.approx(np.mean(drawn), rel=0.02)


def test_every_operation_has_its_own_pairs_and_generators_share_the_population() -> None:
    sent = {"read": 1500, "list-orders": 10, "logout": 7, "login": 9, "refresh": 0}
    assert expected_of_slice(sent, READ) == 1000 + 10 + 7 + 1
    assert expected_of_slice({"read": 1501}, READ, generators=2) == 1000
    zipf = READ.model_copy(update={"draw": "zipf"})
    assert expected_of_slice({"read": 400}, zipf, 2) == pytest.approx(2 * expected_distinct(200, 500, 1.0))


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
