"""Render report.html: one file with its chart library inside, which loads nothing from a network."""

import json
from collections.abc import Mapping

from markupsafe import Markup

from analysis.charts import themes
from analysis.charts.figure import Figure
from analysis.charts.render import script
from analysis.records.summary import Summary
from analysis.report import conditions, findings, sentences
from analysis.report.templates import TEMPLATES

_SECTIONS = "report/sections/"


def _inline(content: object) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return Markup(json.dumps(content).replace("<", "\\u003c"))  # noqa: S704


def render_page(summary: Summary, figures: Mapping[str, Figure]) -> str:
    """Render the page: verdict first, then every section. What came from a run is escaped."""
    return TEMPLATES.get_template("report/page.html.jinja").render(
        summary=summary,
        words=sentences,
        headline=sentences.headline(summary),
        sections=section_names(),
        caption=conditions.caption(summary),
        conditions=conditions.conditions(summary),
        findings=findings.finding_sentences(summary.findings),
        missing=findings.missing_figures(summary) if summary.status == "VALID" else [],
        figures=figures,
        specs=_inline({name: figure.spec for name, figure in figures.items()}),
        themes=_inline({"light": themes.LIGHT, "dark": themes.DARK}),
        library=Markup(script()) if figures else "",  # noqa: S704
    )


def section_names() -> list[str]:
    """List the templates of `report/sections` in the order of the numbers that their names begin with."""
    found = [name for name in TEMPLATES.list_templates() if name.startswith(_SECTIONS)]
    return sorted(found, key=lambda name: int(name.removeprefix(_SECTIONS).partition("-")[0]))
