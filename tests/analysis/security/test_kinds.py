"""A scheme's kind follows from its card, for every scheme there is."""

import pytest

from analysis.security.kinds import MEANING, SchemeKind, by_kind, examples, kind_of
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme, known_schemes
from tests.analysis.security.reports import CARDS, card


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ("none", None),
        ("session-redis", SchemeKind.SESSION),
        ("session-memory", SchemeKind.SESSION),
        ("session-cookie-cache", SchemeKind.SESSION),
        ("bff", SchemeKind.SESSION),
        ("session-signed-cookie", SchemeKind.SIGNED_COOKIE),
        ("jwt-cookie", SchemeKind.SIGNED_COOKIE),
        ("opaque-redis-cached", SchemeKind.OPAQUE),
        ("jwt-hs256", SchemeKind.TOKEN),
        ("jwt-cached", SchemeKind.TOKEN),
        ("jwt-denylist", SchemeKind.LOOKED_UP),
        ("jwt-denylist-local", SchemeKind.LOOKED_UP),
        ("jwt-not-before-cached", SchemeKind.LOOKED_UP),
        ("jwt-dpop", SchemeKind.BOUND),
    ],
)
def test_known_schemes(scheme: str, kind: SchemeKind | None) -> None:
    settings = ServerSettings(scheme=scheme, redis_url="redis://127.0.0.1")
    assert kind_of(find_scheme(scheme)(settings).card) is kind


def test_every_scheme_has_a_place_and_every_kind_a_meaning() -> None:
    cards = {
        name: find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name in known_schemes()
    }
    sorted_names = [name for names in by_kind(cards, cards).values() for name in names]
    assert sorted(sorted_names) == sorted(name for name in cards if name != "none")
    assert examples(cards, cards) == {
        SchemeKind.SESSION: "session-redis",
        SchemeKind.SIGNED_COOKIE: "session-signed-cookie",
        SchemeKind.OPAQUE: "opaque-redis",
        SchemeKind.TOKEN: "jwt-hs256",
        SchemeKind.LOOKED_UP: "jwt-denylist",
        SchemeKind.BOUND: "jwt-dpop",
    }
    assert set(MEANING) == set(SchemeKind)


def test_the_first_stands_for_a_kind_whose_plainest_scheme_was_not_measured() -> None:
    own = card("mine", read={"get": 1})
    assert examples({"mine": own}, ["mine"]) == {SchemeKind.SESSION: "mine"}
    assert examples({**CARDS, "mine": own}, ["mine", *CARDS])[SchemeKind.SESSION] == "session-redis"
