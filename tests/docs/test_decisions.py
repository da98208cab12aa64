"""Each decision has a whole record under a number of its own, and the index names them all."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(
    path for path in FOLDER.glob("[0-9]*.md") if "<!-- authbench adr:" not in path.read_text("utf-8")
)
"""Of this project; what `authbench adr` has written beside them is its reader's."""
_PARTS = (
    "\nstatus: ",
    "\ndate: ",
    "\n# ",
    "\n## Context and problem statement\n",
    "\n## Considered options\n",
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_whole(record: Path) -> None:
    text = record.read_text("utf-8")
    assert [part for part in _PARTS if part not in text] == []
    chosen = re.search(r'Chosen: "(.+?)", because', " ".join(text.split()))
    assert chosen
    options = text.partition("## Considered options")[2].partition("## Decision outcome")[0]
    assert f"* {chosen[1]}" in " ".join(options.split())


def test_numbers_have_no_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_the_index_names_every_record() -> None:
    index = (FOLDER / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| \[\d{4}\]\((.+?)\) \| (.+) \|$", index, re.MULTILINE))
    titles = {r.name: re.findall(r"^# (.+)$", r.read_text("utf-8"), re.MULTILINE)[0] for r in RECORDS}
    assert listed == titles
