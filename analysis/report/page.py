"""Render report.html: one file with its chart library inside, which loads nothing from a network."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from analysis.charts import themes
from analysis.charts.figure import Figure, set_apart, sorted_arms
from analysis.charts.render import script
from analysis.records.summary import Summary
from analysis.report import cached, conditions, findings, opening, sentences
from analysis.report.templates import TEMPLATES
from analysis.summary.cached import cost_at_gap

_SECTIONS = "report/sections/"
_HEADING = re.compile(r'<h2 id="([\w-]+)" data-nav="([^"]+)">')


class Section(NamedTuple):
    """A section of the page as rendered, and where its heading is found."""

    id: str
    title: str
    """A word or two, for the contents at the top."""
    content: Markup


def _inline(content: object) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return Markup(json.dumps(content).replace("<", "\\u003c"))  # noqa: S704


def render_page(summary: Summary, figures: Mapping[str, Figure], pictures: Mapping[str, str]) -> str:
    """Render the page: the three answers first, then every section. What came from a run is escaped.

    `pictures`: each figure as SVG, by name. They are shown where no script runs, and printed.
    """
    context = {
        "summary": summary,
        "arms": sorted_arms(summary),
        "set_apart": set_apart,
        "words": sentences,
        "opening": opening,
        "cached": cached,
        "cost_at_gap": cost_at_gap,
        "caption": conditions.caption(summary),
        "conditions": conditions.conditions(summary),
        "findings": findings.finding_sentences(summary.findings),
        "missing": findings.missing_figures(summary) if summary.status == "VALID" else [],
        "figures": figures,
        "pictures": {name: _data_address(picture) for name, picture in pictures.items()},
    }
    return TEMPLATES.get_template("report/page.html.jinja").render(
        context,
        sections=_rendered_sections(context),
        specs=_inline({name: figure.spec for name, figure in figures.items()}),
        themes=_inline({"light": themes.LIGHT, "dark": themes.DARK}),
        line_colors={"light": themes.LIGHT["range"]["category"], "dark": themes.DARK["range"]["category"]},
        library=Markup(script()) if figures else "",  # noqa: S704
    )


def _data_address(picture: str) -> Markup:
    """An address that holds the picture itself, for a place between double quotes.

    Inline, the pictures of one document would share their ids. Only what would end the address, or be read as
    an escape, is written as one: everything else costs three bytes for each.
    """
    single = picture.replace("'", "&#39;").replace('"', "'")
    escaped = re.sub(r"[%#&\x00-\x1f]", lambda found: f"%{ord(found[0]):02X}", single)
    return Markup("data:image/svg+xml," + escaped)  # noqa: S704


def _rendered_sections(context: Mapping[str, object]) -> list[Section]:
    """Render the sections that have something to say."""
    found = []
    for name in section_names():
        content = TEMPLATES.get_template(name).render(context)
        if heading := _HEADING.search(content):
            found.append(Section(heading[1], heading[2], Markup(content)))  # noqa: S704
    return found


def section_names() -> list[str]:
    """List the templates of `report/sections` in the order of the numbers that their names begin with."""
    found = [name for name in TEMPLATES.list_templates() if name.startswith(_SECTIONS)]
    return sorted(found, key=lambda name: int(name.removeprefix(_SECTIONS).partition("-")[0]))
