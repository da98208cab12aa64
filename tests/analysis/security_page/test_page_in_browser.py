"""The security page in a real browser: complete without a script, silent, and evidence is one click away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from analysis.security.evidence import Evidence
from analysis.security_page.page import render_security_page
from authbench.contracts.security.drill_history import Effect
from tests.analysis.security.reports import (
    SUCCEEDED,
    attack_report,
    cell,
    drill_report,
    drilled,
    every_outcome,
    policy_figures,
    revocation_report,
    row,
)
from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page cannot be opened here") as opened:
        yield opened


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    figures = policy_figures(keeps_pace=0, refreshes_at_once=1350)
    policy = row("H11", cell("jwt-hs256", SUCCEEDED, "H11", figures=figures))
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    evidence = Evidence(attack_report(*every_outcome().rows, policy), revocation_report(), (drill,))
    path = tmp_path_factory.mktemp("security") / "security.html"
    path.write_text(render_security_page(evidence), "utf-8")
    return path


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_click_on_an_outcome_opens_its_evidence(
    browser: Browser, page_path: Path, width: int, *, script: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=script, color_scheme="light"
    )
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_path.as_uri())
    shown = page.locator("details[id=E1] .evidence", has_text="nothing has ended it")
    assert not shown.is_visible()
    page.locator('a[href="#E1.jwt-hs256"]').first.click()
    shown.wait_for(state="visible")
    assert "POST /orders" in shown.inner_text()
    assert "GETEX" in shown.inner_text()
    assert page.locator(".static" if not script else ".live").first.is_visible()
    assert said == []
    assert {url for url in asked if not url.startswith("data:image/svg+xml,")} <= {
        page_path.as_uri(),
        f"{page_path.as_uri()}#E1.jwt-hs256",
    }
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= width  # nothing sticks out sideways
    context.close()
