"""The frame of every page: one file with its chart library inside, which loads nothing from a network."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from analysis.charts import themes
from analysis.charts.figure import Figure
from analysis.charts.render import script
from analysis.report.templates import TEMPLATES

_HEADING = re.compile(r'<h2 id="([\w-]+)" data-nav="([^"]+)">')


class Section(NamedTuple):
    """A section of a page as rendered, and where its heading is found."""

    id: str
    title: str
    """A word or two, for the contents at the top."""
    content: Markup


def render_framed(
    template: str,
    folder: str,
    run_id: str,
    figures: Mapping[str, Figure],
    pictures: Mapping[str, str],
    context: Mapping[str, object],
) -> str:
    """Render a template that extends `report/frame.html.jinja`, with every section of the folder.

    `pictures`: each figure as SVG, by name. They are shown where no script runs, and printed. What `context`
    holds is escaped. `run_id` begins the names of files that a reader saves.
    """
    whole = {
        **context,
        "run_id": run_id,
        "figures": figures,
        "pictures": {name: _data_address(picture) for name, picture in pictures.items()},
    }
    return TEMPLATES.get_template(template).render(
        whole,
        sections=_rendered_sections(folder, whole),
        specs=inline({name: figure.spec for name, figure in figures.items()}),
        themes=inline({"light": themes.LIGHT, "dark": themes.DARK}),
        line_colors={"light": themes.LIGHT["range"]["category"], "dark": themes.DARK["range"]["category"]},
        library=Markup(script()) if figures else "",  # noqa: S704
    )


def inline(content: object) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return Markup(json.dumps(content).replace("<", "\\u003c"))  # noqa: S704


def _data_address(picture: str) -> Markup:
    """An address that holds the picture itself, for a place between double quotes.

    Inline, the pictures of one document would share their ids. Only what would end the address, or be read as
    an escape, is written as one: everything else costs three bytes for each.
    """
    single = picture.replace("'", "&#39;").replace('"', "'")
    escaped = re.sub(r"[%#&\x00-\x1f]", lambda found: f"%{ord(found[0]):02X}", single)
    return Markup("data:image/svg+xml," + escaped)  # noqa: S704


def _rendered_sections(folder: str, context: Mapping[str, object]) -> list[Section]:
    """Render the sections that have something to say."""
    found = []
    for name in section_names(folder):
        content = TEMPLATES.get_template(name).render(context)
        if heading := _HEADING.search(content):
            found.append(Section(heading[1], heading[2], Markup(content)))  # noqa: S704
    return found


def section_names(folder: str) -> list[str]:
    """List the templates of a folder, such as 'report/sections/', in the order of their numbers."""
    found = [name for name in TEMPLATES.list_templates() if name.startswith(folder)]
    return sorted(found, key=lambda name: int(name.removeprefix(folder).partition("-")[0]))
