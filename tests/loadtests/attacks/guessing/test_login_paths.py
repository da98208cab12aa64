"""One scheme stands for each way to log in, and it is one of ours."""

from loadtests.attacks.guessing.login_paths import spared
from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes


def test_each_way_to_log_in_is_attacked_once() -> None:
    attacked = {}
    for name, scheme in known_schemes().items():
        card = scheme(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        if card.authenticates and spared(name, card) is None:
            attacked[card.client] = name
    assert sorted(attacked.values()) == ["jwt-dpop", "jwt-hs256", "session-redis"]


def test_a_scheme_from_outside_is_always_attacked() -> None:
    card = known_schemes()["jwt-es256"](ServerSettings(scheme="jwt-es256")).card
    assert spared("mine:Scheme", card) is None
    stand_in = spared("jwt-es256", card)
    assert stand_in is not None
    assert stand_in.scheme == "jwt-hs256"
