import re

import pytest

from servers.answers.bodies import Login, NewOrder
from servers.parsing.plain_text import PLAIN_TEXT, is_plain


@pytest.mark.parametrize(
    "character", [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"]
)
def test_no_control_characters(character: str) -> None:
    for text in (character, f"a{character}", f"{character}b", f"a{character}b"):
        assert not is_plain(text)


@pytest.mark.parametrize("text", ["", " ", "a", "é", "\u00a0", "\u200b", "名", "\U0001f600", "\\", '"'])
def test_everything_else(text: str) -> None:
    assert is_plain(text)


def test_the_description_says_so() -> None:
    """A reader of the OpenAPI document can compile the pattern."""
    for model, name in ((Login, "username"), (NewOrder, "item")):
        pattern = model.model_json_schema()["properties"][name]["pattern"]
        assert pattern == PLAIN_TEXT
        assert re.compile(pattern).search("a\0") is None
