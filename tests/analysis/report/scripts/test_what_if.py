"""The panel as a reader uses it: inputs, sliders, tables, refusals."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from analysis.what_if import first_demand
from authbench.cli import app
from tests.analysis.capacity.runs import QUICK, reference
from tests.analysis.report.scripts.pages import write_page
from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the panel cannot be used here") as opened:
        yield opened


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    names = ("quick", "schemes")
    return {name: write_page(reference(name), tmp_path_factory.mktemp(name)) for name in names}


@pytest.fixture
def page(browser: Browser, paths: dict[str, Path]) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.goto(paths["quick"].as_uri())
    yield opened
    opened.close()


def _cell(page: Page, arm: str, name: str) -> str:
    return page.locator(f'[data-arm="{arm}"] [data-of={name}]').inner_text()


def test_at_first_it_shows_what_the_plan_verb_says_of_the_same_demand(page: Page, tmp_path: Path) -> None:
    demand = first_demand(reference()[0]).model_dump(exclude_unset=True)
    file = tmp_path / "demand.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in demand.items()))
    asked = ["plan", str(QUICK), "--demand", str(file), "--json", "--results", str(tmp_path)]
    said = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    assert page.locator("[data-panel] [data-sentence]").inner_text() == said["sentence"]
    for scheme in said["scenarios"][0]["schemes"]:
        for one in scheme["quantities"]:
            if one["name"] in ("cores", "nodes", "store_nodes"):
                shown = _cell(page, scheme["arm"], one["name"])
                wanted = "refused" if one["refused"] else f"{one['value']:.3g}"
                assert shown.startswith(wanted), (scheme["arm"], one["name"])
            if one["refused"]:
                assert one["refused"] in page.locator("[data-refused]").inner_text()


def test_a_slider_moves_its_number_by_keyboard_and_the_tables_follow(page: Page) -> None:
    before, rate = _cell(page, "session-redis", "cores"), page.locator("#demand-peak_rps").input_value()
    page.locator("#demand-request_gap_s").fill("0.1")
    slider = page.get_by_label("Requests at the peak, slider")
    slider.focus()
    page.keyboard.press("End")
    assert page.locator("#demand-peak_rps").input_value() == "100000"
    assert slider.get_attribute("aria-valuetext") == "100000"
    assert _cell(page, "session-redis", "cores") != before
    assert _cell(page, "session-redis", "store_nodes") == "refused"
    assert "store commands/s of one thread are" in page.locator("[data-refused]").inner_text()
    page.locator("[data-panel] button[type=reset]").click()
    page.wait_for_function("(was) => document.getElementById('demand-peak_rps').value === was", arg=rate)
    page.wait_for_function(
        "(was) => document.querySelector('[data-arm=session-redis] [data-of=cores]').textContent === was",
        arg=before,
    )


def test_the_revocation_column_follows_the_token_lifetime(page: Page) -> None:
    page.locator("#demand-token_lifetime_s").fill("60")
    assert _cell(page, "jwt-hs256", "window") == "60 s"
    assert _cell(page, "session-redis", "window") == "0 s"
    assert "60 s with jwt-hs256" in page.locator("[data-panel] [data-sentence]").inner_text()


def test_a_cost_needs_a_price(page: Page) -> None:
    assert _cell(page, "jwt-hs256", "month_cost") == "-"
    assert page.locator("[data-question=price_rps] [data-of=at]").inner_text() == "give prices"
    page.locator("#demand-per_core_hour").fill("0.04")
    page.locator("#demand-per_store_node_hour").fill("0.2")
    assert _cell(page, "jwt-hs256", "month_cost") != "-"
    assert page.locator("[data-question=price_rps] [data-of=at]").inner_text() != "give prices"
    page.locator("#demand-per_core_hour").fill("")
    assert _cell(page, "jwt-hs256", "month_cost") == "-"


def test_an_impossible_demand_is_refused_aloud_and_nothing_is_planned(page: Page) -> None:
    page.locator("#demand-request_gap_s").fill("50")
    alert = page.get_by_role("alert")
    assert "users who are active at once" in alert.inner_text()
    assert _cell(page, "session-redis", "cores") == "-"
    page.locator("#demand-request_gap_s").fill("1")
    assert alert.inner_text().strip() == ""
    assert _cell(page, "session-redis", "cores") != "-"


def test_thirty_arms_are_planned_and_sorted(browser: Browser, paths: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(paths["schemes"].as_uri())
    rows = page.locator("[data-arm]")
    assert rows.count() == sum(arm.role == "arm" for arm in reference("schemes")[0].arms)
    assert _cell(page, "session-sql", "store_nodes") == "not measured"
    assert "session-sql: a store of kind sql was not sized" in page.locator("[data-refused]").inner_text()
    page.locator("[data-table=what-if] thead button", has_text="cores").click()
    cores = [
        float(words.split()[0])
        for words in rows.locator("[data-of=cores]").all_inner_texts()
        if words[0].isdigit()
    ]
    assert cores == sorted(cores)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#demand-peak_rps").fill("5000")
    assert wrong == []
    page.close()
