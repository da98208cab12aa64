from authbench.contracts.card import ClientDuty, Operation
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS
from servers.schemes.parts.session_card import session_card, with_csrf


def test_what_every_session_declares() -> None:
    card = session_card(name="some", summary="Some.", store="redis", store_commands=REDIS_COMMANDS)
    assert (card.carrier, card.client) == ("cookie", ClientDuty.CSRF_TOKEN)
    assert (card.logout_ends_credential, card.revocation_window_s) == (True, 0)
    assert card.store_commands == REDIS_COMMANDS
    assert card.crypto_operations.keys() == REDIS_COMMANDS.keys()
    assert card.crypto_operations[Operation.PUBLIC] == {}
    assert card.crypto_operations[Operation.READ] == {"SHA-256": 1}
    assert card.crypto_operations[Operation.LOGIN] == {"SHA-256": 1, "HMAC-SHA-256": 2}
    assert card.crypto_operations[Operation.ADD_ORDER] == {"SHA-256": 1, "HMAC-SHA-256": 1}


def test_a_scheme_may_say_something_else() -> None:
    card = session_card(
        name="some", summary="Some.", store="sql", store_commands={}, revocation_window_s=5, reason="Because."
    )
    assert (card.store, card.revocation_window_s, card.reason) == ("sql", 5, "Because.")


def test_the_tokens_come_on_top() -> None:
    crypto = {Operation.LOGIN: {"HMAC-SHA-256": 1}, Operation.READ: {"HMAC-SHA-256": 1}}
    assert with_csrf(crypto) == {Operation.LOGIN: {"HMAC-SHA-256": 3}, Operation.READ: {"HMAC-SHA-256": 1}}
    assert crypto[Operation.LOGIN] == {"HMAC-SHA-256": 1}
