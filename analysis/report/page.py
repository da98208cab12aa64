"""report.html: one file, no script, no request to anywhere, light and dark."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.report import figures, sentences
from analysis.summary import Summary

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(summary: Summary) -> str:
    """The page: the terminal's content and two figures. What came from a run is escaped."""
    return _TEMPLATES.get_template("page.html.jinja").render(
        summary=summary,
        words=sentences,
        headline=sentences.headline(summary),
        conditions=sentences.conditions(summary),
        missing=sentences.missing_figures(summary) if summary.status == "VALID" else [],
        # Built from numbers and escaped labels only.
        cpu_figure=Markup(figures.cpu_figure(summary)),  # noqa: S704
        latency_figure=Markup(figures.latency_figure(summary)),  # noqa: S704
    )
