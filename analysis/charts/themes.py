"""Colours and fonts of the figures, for a light page and for a dark one."""

from typing import Any

_FONT = "system-ui, -apple-system, Segoe UI, sans-serif"


def _theme(text: str, faint: str, grid: str, category: list[str], parts: list[str]) -> dict[str, Any]:
    words = {"labelColor": text, "titleColor": text, "labelFont": _FONT, "labelFontSize": 12}
    axis = {
        **words,
        "gridColor": grid,
        "domainColor": faint,
        "tickColor": faint,
        "titleFont": _FONT,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    return {
        "background": None,
        "view": {"stroke": None},
        "axis": axis,
        "legend": words | {"labelLimit": 200},
        "range": {"category": category, "ordinal": parts},
        "mark": {"color": parts[0]},
        "rule": {"color": text},
        "point": {"color": text},
        "text": {"color": text, "font": _FONT, "fontSize": 12},
        "style": {
            "noise": {"color": faint, "opacity": 0.9},
            "interval": {"color": text},
            "thick-interval": {"color": text, "opacity": 0.45},
            "apart": {"color": faint, "opacity": 0.8},
            "bound": {"color": parts[0], "fillOpacity": 0.2, "stroke": parts[0], "strokeDash": [3, 2]},
            "bound-end": {"color": parts[0]},
            "compared-point": {"color": parts[0]},
            "apart-point": {"color": faint},
            "faint-rule": {"color": faint},
            "sign": {"color": category[3], "opacity": 1},
        },
    }


# Okabe & Ito's palette, safe for the colour-blind; the first colour is the control's.
# The parts of a bar have colours of their own.
LIGHT = _theme(
    "#1b1f24",
    "#8c959f",
    "#e3e7eb",
    ["#6e7781", "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#5b3fa0"],
    ["#3b6ea8", "#e0a030", "#7a9e48", "#a8597a", "#5f9ea0"],
)
DARK = _theme(
    "#e6edf3",
    "#7d8590",
    "#2b3138",
    ["#9da7b1", "#4aa3df", "#8fd0ff", "#ff8a4c", "#35c79c", "#e79ac4", "#e0c040", "#b79cff"],
    ["#5b93d1", "#e8b04a", "#9cc463", "#d084a4", "#7fc4c6"],
)
