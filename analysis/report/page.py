"""report.html: one file with its one figure library inside; it asks nothing of any network."""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.charts import themes
from analysis.charts.figure import Figure
from analysis.charts.render import script
from analysis.records.summary import Summary
from analysis.report import conditions, findings, sentences

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _inline(content: object) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return Markup(json.dumps(content).replace("<", "\\u003c"))  # noqa: S704


def render_page(summary: Summary, figures: Mapping[str, Figure]) -> str:
    """The page: verdict first, then figures with their tables. What came from a run is escaped."""
    found = findings.finding_sentences(summary.findings)
    specs = {name: figure.spec for name, figure in figures.items()}
    return _TEMPLATES.get_template("page.html.jinja").render(
        summary=summary,
        words=sentences,
        headline=sentences.headline(summary),
        caption=conditions.caption(summary),
        conditions=conditions.conditions(summary),
        findings=found,
        refused_latency=[
            sentence
            for finding, sentence in found
            if finding.refuses in ("latency", "response") and finding.severity == "refuse-figure"
        ],
        missing=findings.missing_figures(summary) if summary.status == "VALID" else [],
        by_name={arm.arm: arm for arm in summary.arms},
        mixed=any(len(arm.operations) > 1 for arm in summary.arms),
        hashes=any((arm.cpu_password_us.value or 0) > 0 for arm in summary.arms),
        figures=figures,
        specs=_inline(specs),
        themes=_inline({"light": themes.LIGHT, "dark": themes.DARK}),
        library=Markup(script()) if figures else "",  # noqa: S704
    )
