"""The page in a real browser: it draws, sorts, saves and prints, and it asks nobody for anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from analysis.charts.render import figures_of, svg_of
from analysis.curves.latency import latency_curves
from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from analysis.report.page import render_page
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.answered import answered
from tests.analysis.build_run import MIXED, MiniRun
from tests.chromium import chromium

_DRAWN = "[...document.querySelectorAll('.live')].every((plot) => plot.querySelector('svg.marks'))"
_FIGURES = 16
_PRINTED_WIDTH = 1032
"""A4 across without its margins, in CSS pixels."""
_TOO_WIDE = """(width) => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  const inline = getComputedStyle(one).display === "inline" || one.clientWidth === 0;
  return box.width > 0 && (box.right > width + 1 || (!inline && one.scrollWidth > one.clientWidth + 1));
}).map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`)"""
_LABELLED = """[...document.querySelectorAll("#service-time .mark-text text")]
  .some((words) => words.textContent === "jwt-hs256")"""
_TALL = """[...document.querySelectorAll("figure")]
  .filter((one) => one.getBoundingClientRect().height > 703).length"""
_CONTRAST = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(color) && color !== "transparent") return color;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = new Set(), told = "h1, h2, h3, p, li, td, th, a, figcaption, caption span, button, strong";
  for (const one of document.querySelectorAll(told)) {
    if (!one.checkVisibility() || !one.textContent.trim() || one.closest("[aria-pressed=false]")) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.add(`${one.tagName} ${one.textContent.slice(0, 30)}`);
  }
  return [...faint];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page cannot be opened here") as opened:
        yield opened


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    mini = MiniRun(generations=5, requests=100, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    run = load_run(mini.write(folder))
    summary = answered(summarize(judge_run(run)))
    figures = figures_of(summary, latency_curves(judge_run(run)), timeline(run))
    path = folder / "report.html"
    path.write_text(render_page(summary, figures, {name: svg_of(figure) for name, figure in figures.items()}))
    return path


@pytest.fixture
def page(browser: Browser, page_path: Path) -> Iterator[Page]:
    """The page as a desktop shows it, drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.goto(page_path.as_uri())
    opened.wait_for_function(_DRAWN)
    yield opened
    context.close()


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (1280, "dark"), (390, "light")])
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
    assert page.locator(".live svg.marks").count() == _FIGURES
    assert page.locator(".live svg path").count() > 20
    assert said == []
    assert {url for url in asked if not url.startswith("data:image/svg+xml,")} == {page_path.as_uri()}
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # nothing sticks out sideways
    assert page.evaluate(_CONTRAST) == []
    context.close()


def test_three_answers_stand_side_by_side_near_the_top(page: Page) -> None:
    boxes = [
        page.locator(f"#answer-{name} .live svg").bounding_box() for name in ("cost", "latency", "throughput")
    ]
    assert all(boxes)
    tops, lefts = ([box[edge] for box in boxes if box] for edge in ("y", "x"))
    assert max(tops) - min(tops) < 2
    assert lefts == sorted(lefts)
    assert max(tops) <= 420  # with a verdict of two long lines; a run's own is shorter
    shown = page.locator("#answer-throughput .live").inner_text()
    assert "≥ 4,450" in shown


def test_a_phone_stacks_them_and_says_that_a_table_goes_on(browser: Browser, page_path: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_function(_DRAWN)
    lefts = {round(page.locator(f"#answer-{name}").bounding_box()["x"]) for name in ("cost", "latency")}  # type: ignore[index]
    assert len(lefts) == 1
    box = page.locator(".scroll").first
    hint = page.locator(".hint").first
    assert hint.is_visible()
    assert "scroll the table sideways" in hint.inner_text()
    first = page.locator("tbody th[scope=row]").first
    before = first.bounding_box()
    box.evaluate("(one) => { one.scrollLeft = 200; }")
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["x"] - after["x"]) < 2  # the first column stays
    context.close()


def test_a_table_is_sorted_by_its_headings_and_by_keyboard(page: Page) -> None:
    table = page.locator("[data-table=arms] table")

    def names() -> list[str]:
        return table.locator("tbody th").all_inner_texts()

    heading = table.locator("thead th", has_text="request bytes")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    column = [*table.locator("thead th").all_inner_texts()].index(heading.inner_text())
    values = [
        float(row.locator("td").nth(column - 1).inner_text()) for row in table.locator("tbody tr").all()
    ]
    assert values == sorted(values)
    rising = names()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names() != rising
    page.locator("[data-table=arms] thead th button").first.click()
    assert names() == sorted(names())
    assert heading.get_attribute("aria-sort") is None


def test_a_line_can_be_hidden_and_comes_back(page: Page) -> None:
    figure = page.locator("#service-time")
    one = figure.locator(".lines button", has_text="jwt-hs256").first

    def labels() -> list[str]:
        return [words or "" for words in figure.locator(".live svg .mark-text text").all_text_contents()]

    assert "jwt-hs256" in labels()
    one.click()
    assert one.get_attribute("aria-pressed") == "false"
    page.wait_for_function(f"!{_LABELLED}")
    one.click()
    assert one.get_attribute("aria-pressed") == "true"
    page.wait_for_function(_LABELLED)


def test_a_tooltip_has_the_interval_and_the_reason_and_is_dark_in_the_dark(
    browser: Browser, page_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_function(_DRAWN)
    page.locator("#answer-latency .live text", has_text="jwt-hs256").nth(1).hover(force=True)
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    words = tooltip.inner_text()
    assert re.search(r"p50 \[95%\]:?\s+\d\.\d\d \[\d\.\d\d, \d\.\d\d\]", words)
    assert "dark-theme" in (tooltip.get_attribute("class") or "")
    context.close()


@pytest.mark.parametrize(
    ("where", "button", "ending", "begins"),
    [
        ("figure#answer-cost", "SVG", "-answer-cost.svg", b"<svg"),
        ("figure#answer-cost", "PNG", "-answer-cost.png", b"\x89PNG"),
        ("div:has(> [data-table=arms])", "CSV", "-arms.csv", b"arm,"),
        ("div:has(> [data-table=arms])", "Markdown", "-arms.md", b"| arm |"),
    ],
)
def test_figures_and_tables_are_one_click_away(
    page: Page, where: str, button: str, ending: str, begins: bytes
) -> None:
    with page.expect_download() as download:
        page.locator(where).locator(".tools button", has_text=button).click()
    assert download.value.suggested_filename.endswith(ending)
    content = download.value.path().read_bytes()
    assert content.startswith(begins)
    if button == "Markdown":
        assert content.splitlines()[1].startswith(b"| --- | --- |")


def test_a_cached_scheme_is_mixed_at_the_readers_own_gap(page: Page) -> None:
    page.locator("#gap").fill("60")
    assert page.locator("[data-window]").inner_text() == "70 us, 50.0% misses"


def test_it_is_printed_without_a_cut_figure_or_a_hidden_column(browser: Browser, page_path: Path) -> None:
    context = browser.new_context(viewport={"width": _PRINTED_WIDTH, "height": 703})
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_function(_DRAWN)
    page.emulate_media(media="print")
    assert page.evaluate(_TOO_WIDE, _PRINTED_WIDTH) == []
    assert page.locator("img.static:visible").count() == _FIGURES
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 100)")
    assert page.evaluate(_TALL) == 0  # each figure fits on a page, and no page break goes through it
    assert page.locator("nav:visible, .tools:visible").count() == 0
    document = page.pdf(prefer_css_page_size=True)
    wide, high = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document).groups()  # type: ignore[union-attr]
    assert (round(float(wide)), round(float(high))) == (842, 595)  # A4 across, in points
    context.close()


def test_without_javascript_pictures_tables_and_contents_are_there(browser: Browser, page_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(page_path.as_uri())
    assert page.locator("table").first.is_visible()
    assert "costs 21% more CPU per request" in page.inner_text("header")
    pictures = page.locator("img.static")
    assert pictures.count() == _FIGURES
    assert all(one.is_visible() for one in pictures.all())
    assert page.locator("nav a").count() >= 10
    page.locator("nav a", has_text="The run").click()
    assert page.url.endswith("#run")
    context.close()
