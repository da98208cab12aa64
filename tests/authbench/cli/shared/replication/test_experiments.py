"""Claims share their runs, and a run has those arms alone that they name."""

import pytest

from authbench.cli.shared.replication.experiments import experiments_of, needed
from authbench.contracts.experiment import find_experiment
from authbench.contracts.failure import Failure
from authbench.contracts.replication.claim import Claim, Figure, find_claim, known_claims
from tests.analysis.replication.made_claims import claim, part

ALL = [find_claim(name) for name in known_claims()]


def _claim(**figure: str) -> Claim:
    return claim(part(properly=Figure.model_validate({"kind": "ratio", "run": "published-read", **figure})))


def test_all_claims_are_told_by_two_runs() -> None:
    assert sorted(experiments_of(ALL)) == ["published-distance", "published-read"]


@pytest.mark.parametrize("name", experiments_of(ALL))
def test_no_arm_is_measured_that_no_claim_names(name: str) -> None:
    whole, kept = find_experiment(name), needed(name, ALL)
    assert kept.arms == whole.arms
    assert kept.time_budget_s == whole.time_budget_s


def test_one_claim_needs_fewer_arms_and_less_time() -> None:
    whole, kept = (
        find_experiment("published-read"),
        needed("published-read", [_claim(a="jwt-es256", b="jwt-hs256")]),
    )
    assert [arm.label for arm in kept.arms] == [
        "none", "session-redis", "session-redis (twin)", "jwt-hs256", "jwt-es256",
    ]  # fmt: skip
    assert kept.compare == [("session-redis", "jwt-hs256"), ("jwt-hs256", "none"), ("jwt-es256", "jwt-hs256")]
    assert kept.time_budget_s == pytest.approx((whole.time_budget_s or 0) * 5 / 9)


def test_what_an_experiment_lacks_is_told_before_anything_runs() -> None:
    with pytest.raises(Failure, match="has no arm 'jwt'"):
        needed("published-read", [_claim(a="jwt", b="none")])
    with pytest.raises(Failure, match="does not compare 'jwt-es256' with 'none'"):
        needed("published-read", [_claim(a="jwt-es256", b="none")])
