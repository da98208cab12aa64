"""Every page, to everybody: axe-core finds nothing, the keyboard reaches all, paper hides nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from analysis.charts.render import figures_of, svg_of
from analysis.curves.latency import latency_curves
from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from analysis.report.page import render_page
from analysis.saturation.page import render_saturation_page
from analysis.saturation.report import Measured, scheme_found
from analysis.security.evidence import evidence_in
from analysis.security_page.page import render_security_page
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.answered import answered
from tests.analysis.build_run import MIXED, MiniRun
from tests.analysis.capacity.runs import REFERENCE, reference
from tests.analysis.report.scripts.pages import write_page
from tests.analysis.saturation.made_trials import EFFORT, OBJECTIVES, PLACEMENT, report_of, trial
from tests.axe_core import axe_core, violations
from tests.chromium import chromium

_DRAWN = "[...document.querySelectorAll('.live')].every((plot) => plot.querySelector('svg.marks'))"
_UNREACHED = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
  .filter((one) => one.checkVisibility() && one.tabIndex < 0)
  .map((one) => one.outerHTML.slice(0, 80))"""
_HIDDEN = """() => [...document.querySelectorAll("details > :not(summary)")]
  .filter((one) => one.textContent.trim() && getComputedStyle(one).display !== "none")
  .filter((one) => one.getBoundingClientRect().height === 0)
  .map((one) => one.outerHTML.slice(0, 80))"""


def _with_figures(folder: Path) -> Path:
    mini = MiniRun(generations=5, requests=100, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    run = load_run(mini.write(folder))
    summary = answered(summarize(judge_run(run)))
    figures = figures_of(summary, latency_curves(judge_run(run)), timeline(run))
    return _written(
        folder, render_page(summary, figures, {name: svg_of(one) for name, one in figures.items()})
    )


def _security(folder: Path) -> Path:
    evidence = evidence_in(REFERENCE)
    assert evidence is not None
    return _written(folder, render_security_page(evidence, reference()[0]))


def _saturation(folder: Path) -> Path:
    trials = [trial(rate, bad) for rate, bad in ((1000, (0, 0)), (1100, (0.5, 0))) for _ in "ab"]
    trials += [trial(share * 1000, purpose="curve", mean_ms=1 / (1 - share)) for share in (0.1, 0.5, 0.9)]
    measured = Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, {})
    schemes = [scheme_found(measured, trials[0].scheme)]
    return _written(folder, render_saturation_page(report_of(schemes)))


def _written(folder: Path, page: str) -> Path:
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    return path


PAGES: dict[str, Callable[[Path], Path]] = {
    "report with figures": _with_figures,
    "report of thirty arms": lambda folder: write_page(reference("schemes"), folder),
    "security": _security,
    "saturation": _saturation,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("no page is looked at") as opened:
        yield opened


@pytest.fixture(scope="module", params=PAGES)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PAGES[request.param](tmp_path_factory.mktemp("page"))


def _open(browser: Browser, path: Path, width: int, colours: str = "light") -> tuple[Page, list[str]]:
    """The page as it is shown at this width, and what it says on its console or asks of a network."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if colours == "dark" else "light"
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function(_DRAWN)
    return page, [one for one in said if one != path.as_uri() and not one.startswith("data:image/svg+xml,")]


@pytest.mark.parametrize(
    ("width", "colours"), [(1400, "light"), (390, "light"), (1400, "dark"), (390, "dark")]
)
def test_axe_core_objects_to_nothing(browser: Browser, path: Path, width: int, colours: str) -> None:
    script = axe_core()
    page, said = _open(browser, path, width, colours)
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page itself scrolls sideways"
    )
    found = violations(page, script)
    page.close()
    assert found == []


def test_the_keyboard_reaches_every_control(browser: Browser, path: Path) -> None:
    page, _ = _open(browser, path, 1400)
    assert page.evaluate(_UNREACHED) == []
    page.keyboard.press("Tab")
    assert "Skip to" in page.evaluate("document.activeElement.textContent")
    page.close()


def test_on_paper_nothing_is_folded(browser: Browser, path: Path) -> None:
    page, _ = _open(browser, path, 1032)
    page.emulate_media(media="print")
    assert page.evaluate(_HIDDEN) == []
    page.close()
