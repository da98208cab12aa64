from pathlib import Path

import pytest

from analysis.capacity.demand import Demand, demand_at
from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import read_model

EXAMPLE = Path(__file__).parents[3] / "docs" / "demand.example.toml"
READING = EXAMPLE.with_name("reading-demand.md")


def test_the_example_is_valid_and_names_every_key() -> None:
    demand = read_model(EXAMPLE, Demand)
    assert demand.planned_rps == 3000
    text = EXAMPLE.read_text()
    assert all(
        f"\n{name} = " in text or f"\n# {name} = " in text for name in Demand.model_fields if name != "prices"
    )


def test_the_examples_prices_are_valid_when_they_are_asked_for(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    table = text[text.index("# [prices]") :].replace("# ", "")
    path = tmp_path / "demand.toml"
    path.write_text(text + table)
    prices = read_model(path, Demand).prices
    assert prices is not None
    assert prices.currency == "EUR"


def test_a_page_says_how_to_read_each_value_off_production() -> None:
    text = READING.read_text()
    assert [name for name in Demand.model_fields if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("peak_rps", "peek_rps"), "unknown key 'peek_rps'; did you mean 'peak_rps'?"),
        (("growth = 1.5", "growth = 1.5\ncolour = 1"), "unknown key 'colour'; known are peak_rps"),
        (("growth = 1.5", "growth = nan"), "growth: "),
        (("peak_rps = 2000", ""), "peak_rps: Field required"),
        (("peak_rps = 2000", "peak_rps = -1"), "peak_rps: Input should be greater than 0"),
        (
            ("peak_rps = 2000", "peak_rps = 1e300"),
            "peak_rps: Input should be less than or equal to 100000000",
        ),
        (("peak_rps = 2000", "peak_rps = 2000\nprices = 3"), "prices: a table of keys is wanted, not 3"),
        (
            ("logins_per_s = 0.5", "logins_per_s = -1"),
            "logins_per_s: Input should be greater than or equal to 0",
        ),
        (
            ("logins_per_s = 0.5", "logins_per_s = 1e300"),
            "logins_per_s: Input should be less than or equal to",
        ),
        (("users = 10000", "users = 10000000000000000"), "users: Input should be less than or equal to"),
        (("growth = 1.5", "growth ="), "not TOML"),
        (("growth = 1.5", "growth = 150"), "growth = 150: the unit may be another one: give a factor"),
        (("target_utilisation = 0.6", "target_utilisation = 60"), "give a share: 0.6 for 60 %"),
        (("target_utilisation = 0.6", "target_utilisation = 0.9"), "target_utilisation: "),
        (("token_lifetime_s = 900", "token_lifetime_s = 900000000"), "give seconds: 900 for fifteen minutes"),
        (
            ("token_lifetime_s = 900", "token_lifetime_min = 15"),
            "this is asked for as token_lifetime_s: convert",
        ),
        (("token_lifetime_s = 900", "token_lifetime_ms = 900000"), "this is asked for as token_lifetime_s"),
        (
            ("token_lifetime_s = 900", 'token_lifetime_s = "15m"'),
            "token_lifetime_s: a number of seconds is wanted, not '15m'",
        ),
        (("peak_rps = 2000", "peak_rps = true"), "a number of requests per second is wanted, not True"),
        (("peak_rps = 2000", 'peak_rps = "2000"'), "a number of requests per second is wanted, not '2000'"),
        (("users = 10000", "users = true"), "users: a whole number is wanted, not True"),
        # In quotation marks it would pass by the check of its unit.
        (("token_lifetime_s = 900", 'token_lifetime_s = "0.9"'), "a number of seconds is wanted, not '0.9'"),
        (("token_lifetime_s = 900", "token_lifetime_s = 90000"), "is longer than session_lifetime_s = 43200"),
        (("peak_rps = 2000", "peak_rpm = 120000"), "this is asked for as peak_rps"),
        (("p99_objective_ms = 50", "p99_objective_ms = 0.05"), "give milliseconds: 50, not 0.05"),
        (("request_gap_s = 4", "request_gap_s = 4000"), "8,000,000 users who are active at once"),
        (("# [prices]", "[prices]\ncurrency = 'EUR'"), "prices.date: Field required"),
        (
            ("# [prices]", "[prices]\nper_core_hours = 1"),
            "unknown key 'prices.per_core_hours'; did you mean 'per_core_hour'?",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = tmp_path / "demand.toml"
    path.write_text(EXAMPLE.read_text().replace(*change))
    with pytest.raises(Failure) as failure:
        read_model(path, Demand)
    assert says in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        read_model(tmp_path / "none.toml", Demand)


def test_a_rate_alone_is_a_demand() -> None:
    demand = demand_at(3000)
    assert (demand.planned_rps, demand.users, demand.prices) == (3000, None, None)
    assert demand.site.rate_rps == 3000


@pytest.mark.parametrize("price", ["true", '"0.04"', "1e308", "-1", "nan"])
def test_a_price_is_a_number_of_which_a_month_can_be_paid(tmp_path: Path, price: str) -> None:
    path = tmp_path / "demand.toml"
    table = 'currency = "EUR"\ndate = 2026-11-01\nsource = "us"\nper_store_node_hour = 1\n'
    path.write_text(f"peak_rps = 1\n[prices]\n{table}per_core_hour = {price}\n")
    with pytest.raises(Failure, match=r"^demand.toml: prices.per_core_hour: "):
        read_model(path, Demand)
