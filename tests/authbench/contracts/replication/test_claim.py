"""Files of claims: those that are shipped are whole, and mistakes in one are told in one line."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.replication import claim as module
from authbench.contracts.replication.claim import Mistake, find_claim, known_claims

GOOD = """
name = "mine"
claim = "A session is slower."
by = "me"
reported = "one laptop"

[[parts]]
says = "twice as slow"
properly = { kind = "ratio", run = "published-read", a = "session-redis", b = "jwt-hs256" }
confirmed_from = 1.9
refuted_below = 1.5
as_published = { kind = "time-ratio", set_up = "in turn", a = "session-redis", b = "jwt-hs256" }
mistakes = ["fixed-order"]

[[set_ups]]
name = "in turn"
load = "loop"
mistakes = ["fixed-order", "no-warm-up"]
connections = [1]
arms = [{ scheme = "session-redis" }, { scheme = "jwt-hs256" }]
"""


@pytest.mark.parametrize("name", known_claims())
def test_a_shipped_claim_can_be_told_or_says_why_not(name: str) -> None:
    found = find_claim(name)
    assert found.parts or found.cannot
    assert name in (module.__doc__ or "")  # which claims can be told on two cores


def test_at_least_eight_claims_have_figures() -> None:
    assert sum(bool(find_claim(name).parts) for name in known_claims()) >= 8


def test_every_mistake_has_words() -> None:
    assert len({mistake.words for mistake in Mistake}) == len(Mistake)


def test_a_file_of_your_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert find_claim(str(path)).parts[0].mistakes == [Mistake.FIXED_ORDER]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('set_up = "in turn", a', 'set_up = "in trun", a', "no set-up 'in trun'; did you mean 'in turn'?"),
        (
            'set_up = "in turn", a = "session-redis"',
            'set_up = "in turn", a = "session"',
            "has no arm 'session'",
        ),
        ("refuted_below = 1.5", "", "a part needs refuted_below or refuted_above"),
        ("confirmed_from = 1.9", "", "a part needs confirmed_from or confirmed_to"),
        ('mistakes = ["fixed-order"]', "", "as_published and mistakes belong together"),
        ('mistakes = ["fixed-order"]', 'mistakes = ["shared-core"]', "does not make shared-core"),
        ("connections = [1]", "", "connections belong to a loop, which needs them"),
        ("connections = [1]", "connections = [1]\nusers = 5", "users belong to a chain"),
        ('kind = "ratio"', 'kind = "crossover"', "crossover is a figure of a set-up"),
        ('run = "published-read", ', "", "give one of the two"),
        ('name = "mine"', 'name = "other"', "name is 'other': give it the file's stem, 'mine'"),
        ("reported", "reprted", "unknown key 'reprted'; did you mean 'reported'?"),
        (', b = "jwt-hs256" }\nconfirmed', " }\nconfirmed", "ratio needs two arms: give b"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(Failure) as failure:
        find_claim(str(path))
    assert told in str(failure.value)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(Failure, match="did you mean 'million-sessions'"):
        find_claim("milion-sessions")
