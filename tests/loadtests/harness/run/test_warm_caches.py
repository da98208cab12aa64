import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.run.warm_caches import load_until_warm


class Arm:
    """An arm that serves so many replies a second, whatever is asked of it."""

    def __init__(self, replies_per_s: float) -> None:
        self.replies_per_s = replies_per_s
        self.asked: list[float] = []

    def load(self, seconds: float) -> float:
        self.asked.append(seconds)
        return self.replies_per_s


def test_an_arm_without_a_cache_is_loaded_once() -> None:
    arm = Arm(10)
    load_until_warm("a", 1000, 0.4, arm.load, all_of_them=False)
    assert arm.asked == [0.4]


@pytest.mark.parametrize("replies_per_s", [100, 1000, 100_000])
def test_an_arm_of_hits_is_loaded_until_each_credential_was_read(replies_per_s: float) -> None:
    arm = Arm(replies_per_s)
    load_until_warm("a", 1000, 0.4, arm.load, all_of_them=True)
    assert arm.asked[0] == 0.4
    assert arm.asked[-1] * replies_per_s >= 1000


def test_one_that_answers_nothing_is_no_arm_of_hits() -> None:
    with pytest.raises(Failure, match="were not all read"):
        load_until_warm("a", 1000, 0.4, Arm(0).load, all_of_them=True)
