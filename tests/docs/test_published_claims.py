"""The page of published claims names every mistake that can be switched on, and no other."""

import re
from pathlib import Path

from authbench.contracts.replication.claim import Mistake, known_claims

PAGE = (Path(__file__).parents[2] / "docs" / "published-claims.md").read_text("utf-8")


def test_every_mistake_has_a_row() -> None:
    table = PAGE.partition("| mistake |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(Mistake)


def test_the_number_of_claims_is_right() -> None:
    assert len(known_claims()) == 12
    assert "twelve of\ntheir claims" in PAGE


def test_the_claims_that_it_names_exist() -> None:
    assert set(re.findall(r"authbench replicate ([a-z0-9][a-z0-9-]*)", PAGE)) <= set(known_claims())
