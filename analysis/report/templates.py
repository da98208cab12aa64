"""Set up Jinja for the page, for decision records and for capacity plans."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from analysis.validity.decimals import decimals
from authbench.words.counting import counted

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=select_autoescape(["html.jinja"]),
)
"""By their path below `analysis`. What a page says is escaped; Markdown is read by people and is not."""
TEMPLATES.globals.update(counted=counted, decimals=decimals)
