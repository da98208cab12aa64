"""Collect the figures of a run and draw them as SVG."""

import functools
import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair
import vl_convert

from analysis.charts.answers import answer_figures
from analysis.charts.cost import cpu_figure, library_figure, tax_figure
from analysis.charts.figure import POINTER, Figure
from analysis.charts.ladder import ladder_figure
from analysis.charts.latency import latency_figures
from analysis.charts.stages import stages_figures
from analysis.charts.themes import LIGHT
from analysis.charts.timeline import timeline_figures
from analysis.charts.traffic import traffic_figures
from analysis.curves.latency import CurvePoint
from analysis.curves.timeline import CyclePoint
from analysis.records.summary import Summary

_SVG_WIDTH = {True: 760, False: 420}
_SVG_PADDING = {"left": 24, "top": 5, "right": 12, "bottom": 5}
"""To the left there is room for labels in a wider font than the one they were measured with."""
_CLASSES = re.compile(r' (?:class|role|pointer-events|aria-[a-z]+)="[^"]*"')
_ATTRIBUTE = re.compile(r'="[^"]*"')
_DIGITS = re.compile(r"(\.\d\d)\d+")
_CLIP = re.compile(r"(?<=[\"#])clip\d+(?=[\")])")
_VERSION = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def figures_of(
    summary: Summary, curves: Sequence[CurvePoint], cycles: Sequence[CyclePoint] = ()
) -> dict[str, Figure]:
    """Draw every figure, by name, in the order of the page. A figure without data is left out."""
    found = [
        *answer_figures(summary),
        tax_figure(summary),
        *stages_figures(summary),
        cpu_figure(summary),
        *latency_figures(summary, curves),
        *traffic_figures(summary),
        ladder_figure(summary),
        library_figure(summary),
        *timeline_figures(summary, cycles),
    ]
    return {figure.name: figure for figure in found if figure}


def svg_of(figure: Figure) -> str:
    """Draw the figure on white; the same run gives the same picture."""
    config = LIGHT | {"background": "#ffffff", "padding": _SVG_PADDING}
    layers = [layer for layer in figure.spec.get("layer", []) if layer.get("name") != POINTER]
    content = {"layer": layers} if layers else {}
    spec = figure.spec | content | {"width": _SVG_WIDTH[figure.wide], "config": config | {"aria": False}}
    return plain_svg(spec, figure.alt)


def plain_svg(spec: Mapping[str, Any], alt: str) -> str:
    """Draw without what a picture can do without: 16 digits of a place, roles of parts, running numbers."""
    picture = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=_VERSION)
    picture = _CLASSES.sub("", picture)
    picture = _ATTRIBUTE.sub(lambda found: _DIGITS.sub(r"\1", found[0]), picture)
    # The converter numbers clips on from picture to picture.
    numbers = {name: place for place, name in enumerate(dict.fromkeys(_CLIP.findall(picture)))}
    picture = _CLIP.sub(lambda found: f"clip{numbers[found[0]]}", picture)
    head, _, rest = picture.partition(">")
    return f'{head} role="img"><title>{html.escape(alt, quote=False)}</title>{rest}'


@functools.cache
def script() -> str:
    """Give the page's chart library: Vega, Vega-Lite and Vega-Embed of matching versions, for use offline."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", _VERSION).replace(
        "</script", "<\\/script"
    )
