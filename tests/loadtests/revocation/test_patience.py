"""A revocation that the server could not carry out is repeated for a while, and then told."""

import pytest

from loadtests.revocation.patience import Patience
from loadtests.revocation.site import NotRevoked

BUSY = NotRevoked("POST /logout answered 503", ask_again=True)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class Answers:
    """Fails as often as it is told to; then it gives how often it was tried."""

    def __init__(self, failures: int, error: NotRevoked = BUSY) -> None:
        self.failures = failures
        self.error = error
        self.tried: list[int] = []

    def __call__(self, tried: int) -> int:
        self.tried.append(tried)
        if tried < self.failures:
            raise self.error
        return tried


def patience() -> Patience:
    time = Time()
    return Patience(time.clock, time.sleep)


def test_one_503_costs_nothing_but_time() -> None:
    own, answers = patience(), Answers(1)
    assert own.until_carried_out(answers) == 1
    assert answers.tried == [0, 1]
    assert own.repeated == ["POST /logout answered 503"]


def test_what_is_no_503_is_told_at_once() -> None:
    wrong = NotRevoked("POST /logout answered 401")
    own, answers = patience(), Answers(9, wrong)
    with pytest.raises(NotRevoked, match="answered 401"):
        own.until_carried_out(answers)
    assert answers.tried == [0]
    assert own.repeated == []


def test_a_store_that_stays_away_is_waited_for_once() -> None:
    own, answers = patience(), Answers(10**6)
    with pytest.raises(NotRevoked, match="answered 503"):
        own.until_carried_out(answers)
    assert len(answers.tried) > 10
    other = Answers(10**6)
    with pytest.raises(NotRevoked, match="answered 503"):
        own.until_carried_out(other)
    assert other.tried == [0], "the next revocation of this cell is told at once"
