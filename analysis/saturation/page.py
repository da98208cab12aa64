"""Render saturation.html: one file with the brackets, the curve, bottlenecks and every round."""

from analysis.charts.figure import Figure
from analysis.charts.render import svg_of
from analysis.report.frame import render_framed
from analysis.saturation import words
from analysis.saturation.figure import curve_figure
from authbench.contracts.saturation.report import SaturationReport

SECTIONS = "saturation/sections/"


def figures_of(report: SaturationReport) -> dict[str, Figure]:
    """Every figure there are measurements for, by name."""
    figure = curve_figure(report)
    return {figure.name: figure} if figure else {}


def render_saturation_page(report: SaturationReport) -> str:
    """Render the page. It is complete without a script and loads nothing."""
    figures = figures_of(report)
    pictures = {name: svg_of(figure) for name, figure in figures.items()}
    context = {"report": report, "words": words}
    return render_framed("saturation/page.html.jinja", SECTIONS, report.run_id, figures, pictures, context)
