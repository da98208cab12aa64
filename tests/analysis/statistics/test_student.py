import pytest
from scipy import stats

from analysis.statistics.student import t_quantile


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95, 0.975, 0.995])
@pytest.mark.parametrize("degrees", [0.3, 1, 2, 4.7, 30, 1000])
def test_it_is_the_one_of_the_library(share: float, degrees: float) -> None:
    assert t_quantile(share, degrees) == stats.t.ppf(share, degrees)


def test_it_is_the_one_of_the_tables() -> None:
    assert t_quantile(0.975, 1) == pytest.approx(12.706, abs=5e-4)
    assert t_quantile(0.975, 10) == pytest.approx(2.228, abs=5e-4)
