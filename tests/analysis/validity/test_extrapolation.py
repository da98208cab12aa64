import pytest

from analysis.validity.extrapolation import beyond


@pytest.mark.parametrize(
    ("planned", "highest", "says"),
    [
        (1000, 500, ""),
        (0, 500, ""),
        (1001, 500, "1,001 requests/s are 2.0 times the 500 measured, and no figure goes beyond 2 times"),
        (5000, 500, "5,000 requests/s are 10.0 times the 500 measured"),
        (5000, None, "requests/s were not measured"),
        (5000, 0, "requests/s were not measured"),
    ],
)
def test_it_says_how_far_beyond_the_measured(planned: float, highest: float | None, says: str) -> None:
    told = beyond("requests/s", planned, highest)
    assert told.startswith(says)
    assert bool(told) == bool(says)
