"""The page writes numbers in sentences as Python does: both are held to the same vectors."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.analysis.report.scripts.pages import scripts
from tests.analysis.validity.test_decimals import VECTORS
from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page's sentences cannot be held to Python's") as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts(browser, "wording") as opened:
        yield opened


def test_every_template_is_filled_as_the_vectors_say(page: Page) -> None:
    given = [[template, value] for template, value, _ in VECTORS]
    found = page.evaluate(
        "(rows) => rows.map(([template, value]) => wording.fill(template, { value }))", given
    )
    assert found == [text for *_, text in VECTORS]
