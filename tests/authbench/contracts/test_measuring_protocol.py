"""Orders and replies of a server's measuring interface, as they are on the wire."""

import json

import pytest
from pydantic import BaseModel

from authbench.contracts.measuring_protocol import (
    ORDERS,
    AccountOrder,
    AccountsOrder,
    Credential,
    DisableOrder,
    FillOrder,
    Order,
    PingOrder,
    Question,
    RoleOrder,
    Seeded,
    SeedOrder,
    Statements,
    StoredBytes,
)
from authbench.contracts.message import OrderError, read_order, read_reply

EVERY_ORDER: list[Order] = [
    Question(op="card"),
    SeedOrder(first=0, count=9, lifetime_s=-60),
    FillOrder(first=10_000_000, count=1_000_000, lifetime_s=60),
    AccountOrder(username="a", password="b", scope="user"),
    AccountsOrder(first=0, count=9, password="b"),
    RoleOrder(username="a", scope="user admin"),
    DisableOrder(username="a"),
    PingOrder(count=200),
]


@pytest.mark.parametrize("order", EVERY_ORDER, ids=lambda order: order.op)
def test_an_order_survives_the_wire(order: Order) -> None:
    assert read_order(order.line(), ORDERS) == order


@pytest.mark.parametrize(
    ("reply", "wire"),
    [
        (
            Seeded(credentials=[Credential(sub="a", headers={})]),
            {"credentials": [{"sub": "a", "headers": {}}]},
        ),
        (
            Seeded(credentials=[Credential(sub="a", headers={"Cookie": "s=1"}, refresh="r")]),
            {"credentials": [{"sub": "a", "headers": {"Cookie": "s=1"}, "refresh": "r"}]},
        ),
        (StoredBytes(bytes=None), {"bytes": None}),
        (Statements({"select": 3}), {"select": 3}),
    ],
)
def test_a_reply_survives_the_wire(reply: BaseModel, wire: object) -> None:
    line = reply.model_dump_json()
    assert json.loads(line) == wire
    assert read_reply(line, type(reply)) == reply
    with pytest.raises(OrderError, match=r"^the store is unavailable$"):
        read_reply('{"error": "the store is unavailable"}', type(reply))


def test_a_credential_is_never_repeated_in_an_error() -> None:
    with pytest.raises(OrderError) as refused:
        read_reply('{"credentials": [{"sub": "a", "headers": {"Cookie": 31337}}]}', Seeded)
    assert "31337" not in str(refused.value)
