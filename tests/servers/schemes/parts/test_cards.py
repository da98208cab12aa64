"""A card says what its parts declare, added up."""

from authbench.contracts.card import Operation, RefreshPolicy, StoreEmptied, StoreLoss
from servers.schemes.parts.cards import NOTHING, Declared, summed

LOGIN, READ, LOGOUT = Operation.LOGIN, Operation.READ, Operation.LOGOUT
STORE = Declared(
    commands={LOGIN: {"set": 2, "get": 1}, READ: {"get": 1}},
    repeated={READ: {}},
    crypto={LOGIN: {"SHA-256": 1}, READ: {"SHA-256": 1}},
    store="redis",
    refused_after_logout=True,
)
GUARD = Declared(
    commands={READ: {"exists": 1}}, crypto={LOGIN: {"HMAC-SHA-256": 2}, LOGOUT: {"HMAC-SHA-256": 1}}
)


def test_what_every_part_asks_is_added_up() -> None:
    card = summed([STORE, NOTHING, GUARD], [READ, LOGIN])
    assert card["store_commands"] == {READ: {"get": 1, "exists": 1}, LOGIN: {"set": 2, "get": 1}}
    assert card["crypto_operations"] == {READ: {"SHA-256": 1}, LOGIN: {"SHA-256": 1, "HMAC-SHA-256": 2}}
    assert card["store"] == "redis"


def test_what_one_part_remembers_the_others_ask_again() -> None:
    assert summed([STORE, GUARD], [READ, LOGIN])["repeated_commands"] == {READ: {"exists": 1}}
    assert summed([GUARD, Declared(refused_after_logout=True)], [READ])["repeated_commands"] == {}


def test_windows_of_parts_add_up_and_the_shortest_bound_counts() -> None:
    signed = Declared(refused_after_logout=False, stale_s=900)
    card = summed([signed, Declared(stale_s=60), Declared(revocation_s=5, disabled_s=0)], [READ])
    assert (card["revocation_window_s"], card["role_change_window_s"], card["disabled_window_s"]) == (
        5,
        960,
        0,
    )
    assert not card["logout_ends_credential"]
    assert summed([signed, Declared(refused_after_logout=True)], [READ])["logout_ends_credential"]


def test_who_refreshes_says_by_which_policy() -> None:
    card = summed([STORE, Declared(refresh_policy=RefreshPolicy.GRACE)], [READ])
    assert (card["refreshes"], card["refresh_policy"]) == (True, RefreshPolicy.GRACE)
    assert summed([STORE], [READ])["refresh_policy"] is None


def test_the_last_part_that_says_so_decides_what_the_loss_of_the_store_does() -> None:
    signed = Declared(
        refused_after_logout=False,
        store_loss=StoreLoss.KEEPS_SERVING,
        store_emptied=StoreEmptied.KEEPS_SERVING,
    )
    renewed = Declared(store_emptied=StoreEmptied.LOGGED_OUT_AT_REFRESH)
    asked = Declared(store_loss=StoreLoss.REFUSES)
    card = summed([signed, renewed, asked, NOTHING], [READ])
    assert (card["store_loss"], card["store_emptied"]) == (
        StoreLoss.REFUSES,
        StoreEmptied.LOGGED_OUT_AT_REFRESH,
    )
    assert summed([STORE], [READ])["store_loss"] is None
