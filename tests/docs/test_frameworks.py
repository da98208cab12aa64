"""The page of frameworks names schemes that exist, and a linked source for each row."""

import re
from pathlib import Path

import pytest

from servers.discovery import known_schemes

PAGE = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text("utf-8")


def _rows() -> list[dict[str, str]]:
    """The rows of every table that has a column 'behaves like', by the names of their columns."""
    rows: list[dict[str, str]] = []
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        head, _, *lines = [
            [cell.strip() for cell in line.strip("|\n ").split(" | ")] for line in table.splitlines()
        ]
        rows += [dict(zip(head, line, strict=True)) for line in lines]
    return rows


ROWS = _rows()


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["framework"])
def test_a_row_names_a_scheme_that_exists(row: dict[str, str]) -> None:
    name = row["behaves like"]
    assert name.strip("`") in known_schemes()
    assert re.fullmatch(r"`[a-z0-9-]+`", name)


def test_a_row_names_its_version_and_links_to_it() -> None:
    linked = False
    for row in ROWS:
        version = row["version read"]
        assert "](https://" in version or (version == "the same" and linked), row["framework"]
        linked = True


def test_every_other_name_of_a_scheme_exists() -> None:
    named = set(re.findall(r"`((?:session|jwt|opaque)-[a-z0-9-]+)`", PAGE))
    assert named <= set(known_schemes())
