"""The page in a real browser: it draws, it says nothing on the console, and it asks nobody for anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from analysis.derive import derive
from tests.analysis.build_run import MIXED, MiniRun
from tests.chromium import chromium

_DRAWN = "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('svg.marks'))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page cannot be opened here") as opened:
        yield opened


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    mini = MiniRun(generations=5, requests=100, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    summary = derive(mini.write(folder / "raw"), folder)
    return folder / "derived" / summary.run_id / "report.html"


@pytest.mark.parametrize(("width", "colours"), [(1100, "light"), (1100, "dark"), (390, "light")])
def test_it_draws_every_figure_silently_and_alone(
    browser: Browser, page_path: Path, width: int, colours: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if colours == "dark" else "light"
    )
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_path.as_uri())
    page.wait_for_function(_DRAWN)
    assert page.locator(".plot").count() == 10
    assert page.locator(".plot svg path").count() > 20
    assert said == []
    assert asked == [page_path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # nothing sticks out sideways
    context.close()


def test_without_javascript_the_tables_are_there(browser: Browser, page_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_path.as_uri())
    assert page.locator("table").first.is_visible()
    assert "costs 21% more CPU per request" in page.inner_text("header")
    assert "The figure needs JavaScript" in page.inner_text("main")
    context.close()
