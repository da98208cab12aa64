"""The page advises as `authbench advise` does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from authbench.cli import app
from tests.analysis.capacity.runs import QUICK, REFERENCE, ROOT, reference
from tests.analysis.report.scripts.pages import write_page
from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("nothing can be chosen here") as opened:
        yield opened


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(reference(), tmp_path_factory.mktemp("page"))


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.goto(path.as_uri())
    yield opened
    opened.close()


def _remaining(page: Page) -> list[str]:
    rows = page.locator("[data-scheme]").all()
    return [
        row.get_attribute("data-scheme") or ""
        for row in rows
        if row.locator("[data-of=remains]").inner_text() == "remains"
    ]


def test_the_example_context_leaves_what_the_verb_says(page: Page) -> None:
    for name in ("service.clients.browser", "service.clients.spa", "threats.xss_likely"):
        page.locator(f'[name="{name}"]').check()
    for name, answer in (
        ("requirements.max_revocation_s", "60 s"),
        ("requirements.max_role_change_s", "300 s"),
        ("requirements.max_disabled_s", "60 s"),
        ("requirements.p99_ms", "50 ms"),
    ):
        page.locator(f'[name="{name}"]').select_option(answer)
    context = ROOT / "docs" / "context.example.toml"
    asked = ["advise", "--context", str(context), "--run", str(QUICK), "--security", str(REFERENCE), "--json"]
    told = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    assert sorted(_remaining(page)) == sorted(one["scheme"] for one in told["schemes"] if one["remains"])
    for one in told["schemes"]:
        why = page.locator(f'[data-scheme="{one["scheme"]}"] [data-of=why]').inner_text()
        for reason in one["reasons"]:
            if one["remains"] or reason["effect"] == "excludes":
                assert f"{reason['words']} {reason['source']}" in why
    assert (
        page.locator("[data-choices] [data-sentence]").inner_text().startswith(f"{len(_remaining(page))} of ")
    )


def test_at_first_only_what_is_never_fit_for_two_processes_is_excluded(page: Page) -> None:
    excluded = {row.get_attribute("data-scheme") for row in page.locator("[data-scheme].apart").all()}
    assert excluded == {"session-memory"}
    page.locator('[name="service.one_process"]').check()
    assert len(_remaining(page)) == page.locator("[data-scheme]").count()
    page.locator("[data-choices] button[type=reset]").click()
    page.locator("[data-scheme=session-memory].apart").wait_for()


def test_nothing_remains_where_what_is_asked_contradicts_itself(page: Page) -> None:
    for name in (
        "service.clients.browser",
        "threats.untrusted_verifiers",
        "requirements.serves_without_store",
    ):
        page.locator(f'[name="{name}"]').focus()
        page.keyboard.press("Space")
    page.locator('[name="requirements.max_revocation_s"]').select_option("0 s")
    assert _remaining(page) == []
    assert "what was asked contradicts itself" in page.locator("[data-choices] [data-sentence]").inner_text()
