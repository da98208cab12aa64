"""Pages for tests of scripts: the scripts alone, and the page of a run without its figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from analysis.advice.choices import make_choices
from analysis.report.page import render_page
from analysis.security.evidence import evidence_in
from analysis.what_if import make_panel
from authbench.cli.shared.cards import known_cards
from tests.analysis.capacity.runs import REFERENCE, Run

SCRIPTS = Path(render_page.__code__.co_filename).with_name("scripts")


@contextmanager
def scripts(browser: Browser, *names: str) -> Iterator[Page]:
    """An empty page with these scripts, as the page of a run has them."""
    page = browser.new_page()
    for name in names:
        page.add_script_tag(content=(SCRIPTS / f"{name}.js").read_text("utf-8"))
    yield page
    page.close()


def write_page(run: Run, folder: Path) -> Path:
    """The page of a run, in a file. It has no figures: they take long and are tested elsewhere."""
    summary, manifest = run
    path = folder / "report.html"
    choices = make_choices(summary, manifest, known_cards(), evidence_in(REFERENCE))
    path.write_text(render_page(summary, {}, {}, None, make_panel(summary, manifest), choices), "utf-8")
    return path
