"""What an operation says of itself."""

import pytest

from authbench.contracts.card import PROTECTED, Card, Operation


@pytest.mark.parametrize("operation", Operation)
def test_a_name_is_enough_to_find_an_operation(operation: Operation) -> None:
    found = Operation(operation.value)
    assert found is operation
    assert list(Operation)[found.code] is operation
    assert found.request == f"{found.method} {found.path}"


def test_only_what_ends_a_credential_uses_it_up() -> None:
    assert [operation for operation in Operation if operation.uses_up_credential] == [
        Operation.LOGOUT,
        Operation.REFRESH,
        Operation.LOGOUT_EVERYWHERE,
    ]
    assert not any(operation.uses_up_credential for operation in PROTECTED)
    assert {operation.request: operation.status for operation in PROTECTED} == {
        "GET /me": 200,
        "GET /orders": 200,
        "POST /orders": 201,
        "GET /admin/report": 200,
    }


def test_a_card_of_hits_and_one_of_misses_ask_one_thing_each() -> None:
    card = Card(
        name="cached",
        summary="for tests",
        authenticates=True,
        carrier="cookie",
        travels="something",
        store="redis",
        store_commands={Operation.READ: {"get": 1}, Operation.REFRESH: {"get": 1}},
        repeated_commands={Operation.READ: {}, Operation.REFRESH: {"hset": 1}},
        logout_ends_credential=True,
        revocation_window_s=5,
        loopback_only=False,
    )
    assert card.with_cache(None) == card
    assert card.with_cache("hit").commands_between(Operation.READ) == ({}, {})
    assert card.with_cache("miss").commands_between(Operation.READ) == ({"get": 1}, {"get": 1})
    # A refresh repeats for other reasons than a cache.
    assert card.with_cache("miss").repeated_commands == {Operation.REFRESH: {"hset": 1}}
