"""Orders of the second client, as they are on the wire."""

from pathlib import Path

import pytest

from authbench.contracts.message import OrderError, read_order
from authbench.contracts.second_client_protocol import ORDERS, Order, Read, TargetOrder, WatchOrder

_READS = [Read(headers={"Cookie": "s=ü"}, expect='{"sub": "ü"}')]


@pytest.mark.parametrize(
    "order",
    [
        TargetOrder(arm="a", host="127.0.0.1", port=80, requests=_READS),
        TargetOrder(arm="a", host="::1", port=443, requests=_READS, authority=Path("authority.pem")),
        TargetOrder(arm="a", host="127.0.0.1", port=80, requests=_READS, fresh=True),
        WatchOrder(arm="a", at_ns=[1, 2, 3]),
    ],
)
def test_an_order_survives_the_wire(order: Order) -> None:
    assert read_order(order.line(), ORDERS) == order


def test_a_target_has_something_to_ask_for() -> None:
    with pytest.raises(OrderError, match=r"arm\.requests"):
        read_order('{"op": "arm", "arm": "a", "host": "h", "port": 1, "requests": []}', ORDERS)
