"""The walk through a real scheme shows that scheme, all of it, and stays short."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-scheme.md").read_text("utf-8")


def test_the_file_shown_is_the_file() -> None:
    shown = PAGE.partition("```python\n")[2].partition("```")[0]
    assert shown == (ROOT / "servers" / "schemes" / "jwt_es256.py").read_text("utf-8")


def test_it_is_short() -> None:
    assert len(PAGE.splitlines()) < 65
