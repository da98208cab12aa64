"""One thing is told in the singular, wherever it is counted."""

import pytest

from authbench.words.counting import counted


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (counted(0, "slice"), "0 slices"),
        (counted(1, "slice"), "1 slice"),
        (counted(2, "slice"), "2 slices"),
        (counted(1, "slice was", "slices were"), "1 slice was"),
        (counted(2, "slice was", "slices were"), "2 slices were"),
        (counted(12000, "login", form=","), "12,000 logins"),
    ],
)
def test_a_number_and_its_noun_agree(told: str, words: str) -> None:
    assert told == words
