from pathlib import Path

import pytest

from analysis.data.store_sizes import (
    StoreSizes,
    another_login,
    control,
    index_entry,
    slope,
    store_sizes_in,
)
from authbench.contracts.failure import Failure
from authbench.contracts.security.report import write_security_report
from authbench.contracts.store_size.report import Added
from tests.analysis.store_size.reports import denying, report, series, sized


def test_a_login_is_the_slope_of_the_readings() -> None:
    found = slope(series(Added.LOGIN, 1300))
    assert (found.value, found.low, found.high) == pytest.approx((1300, 1300, 1300))


def test_buffers_of_a_server_that_has_just_started_are_no_part_of_a_login() -> None:
    readings = series(Added.LOGIN, 1300)
    with_buffers = readings.model_copy(update={"sizes_bytes": [301_000, *readings.sizes_bytes[1:]]})
    assert slope(with_buffers) == slope(readings)
    assert control(with_buffers) == control(readings)


def test_what_the_control_shows_is_in_the_interval() -> None:
    """The line has not seen the last count: a step of the store between them widens what is said."""
    readings = series(Added.LOGIN, 1300, off=100_000)
    found, checked = slope(readings), control(readings)
    assert found.value == pytest.approx(1300), "the control is no part of the fit"
    assert found.high == pytest.approx(1400)
    assert checked is not None
    assert (checked.fitted_to, checked.count) == (500, 1000)
    assert checked.predicted == pytest.approx(1_301_000)
    assert checked.measured == 1_401_000
    assert checked.differs == pytest.approx(-100 / 1401)


def test_a_further_login_is_what_two_of_a_user_take_more_than_one() -> None:
    found = another_login(sized())
    assert (found.value, found.low, found.high) == pytest.approx((500, 500, 500))
    uncertain = another_login(sized(series=[series(Added.LOGIN, 1300, off=30_000), *sized().series[1:]]))
    assert uncertain.low == pytest.approx(470), "as uncertain as what it is made of"
    old = sized(series=[series(Added.LOGIN, 1300), series(Added.ANOTHER_LOGIN, 400)])
    assert another_login(old).value is None, "read where no table doubled"
    assert StoreSizes([report(old)]).entry("session-redis", 0, Added.ANOTHER_LOGIN) is None


def test_an_entry_of_an_index_is_what_a_second_login_adds_to_it() -> None:
    found = index_entry(sized())
    assert (found.value, found.low, found.high) == pytest.approx((100, 100, 100))
    assert index_entry(sized(series=[])).value is None


def test_too_few_readings_are_no_figure() -> None:
    few = series(Added.ENDED, 100, [0, 100])
    assert slope(few).value is None
    assert slope(None).reason == "it was not measured"
    assert control(few) is None


def test_the_report_with_the_most_logins_counts(tmp_path: Path) -> None:
    large = sized(series=[series(Added.LOGIN, 1200, [0, 500, 1000, 2000, 4000])])
    for one in (report(large, number=1), report(number=2)):
        write_security_report(tmp_path, one)
    found = store_sizes_in(tmp_path)
    assert found is not None
    login = found.entry("session-redis", 0, Added.LOGIN)
    assert login is not None
    assert login.counted_to == 4000
    assert login.bytes_each.value == pytest.approx(1200)
    other = found.entry("session-redis", 0, Added.ANOTHER_LOGIN)
    assert other is not None
    assert other.run_id != login.run_id, "only the second report has it"


def test_data_that_a_token_carries_is_in_no_store() -> None:
    found = StoreSizes([report(sized(), sized(payload_bytes=256, login=1600), denying())])
    with_data = found.entry("session-redis", 256, Added.LOGIN)
    assert with_data is not None
    assert with_data.bytes_each.value == pytest.approx(1600)
    assert found.entry("session-redis", 512, Added.LOGIN) is None
    assert found.entry("jwt-denylist", 512, Added.LOGIN) == found.entry("jwt-denylist", 0, Added.LOGIN)
    assert found.entry("jwt-denylist", 0, Added.ENDED) is not None


def test_no_report_is_none_and_a_damaged_one_is_a_failure(tmp_path: Path) -> None:
    assert store_sizes_in(tmp_path) is None
    write_security_report(tmp_path, report()).write_text("{}")
    with pytest.raises(Failure, match="damaged at"):
        store_sizes_in(tmp_path)
