import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import (
    ORDERS,
    Armed,
    ArmOrder,
    ArmReply,
    ClockOrder,
    FetchOrder,
    FilePart,
    ForgetOrder,
    GoOrder,
    Order,
    PlannedRequest,
    PutOrder,
    QuitOrder,
    SliceOrder,
    read_requests,
    write_requests,
)
from authbench.contracts.message import OrderError, read_order, read_reply


def slice_line(operations: str, housekeeping: str = "", rate: str = '"rate_rps": 9, ') -> str:
    return (
        f'{{"op": "slice", "arm": "a", {rate}"duration_s": 1, "seed": 1, "rows": "r", '
        f'"operations": {{{operations}}}, "housekeeping": {{{housekeeping}}}}}'
    )


EVERY_ORDER: list[Order] = [
    ArmOrder(arm="a", host="127.0.0.1", port=80, requests=Path("r.json"), connections=4),
    ArmOrder(arm="a", host="127.0.0.1", port=80, kept=(Operation.READ,)),
    SliceOrder(
        arm="a",
        rate_rps=100,
        duration_s=0.5,
        seed=3,
        operations={Operation.READ: 0.98, Operation.LOGIN: 0.02},
        housekeeping={Operation.REFRESH: 0.002},
        draw="zipf",
        zipf_exponent=1.1,
        rows=Path("rows.npz"),
    ),
    SliceOrder(
        arm="a",
        duration_s=0.5,
        seed=3,
        operations={Operation.READ: 1.0},
        loop="closed",
        closed_connections=32,
        rows=Path("rows.npz"),
    ),
    SliceOrder(
        arm="a",
        rate_rps=100,
        duration_s=0.5,
        seed=3,
        operations={Operation.READ: 1.0},
        hold=True,
        rows=Path("rows.npz"),
    ),
    GoOrder(start_at_ns=2**40),
    ClockOrder(),
    PutOrder(part=FilePart(name="a.json", number=0, of=1, sha256="0" * 64, content=bytes(range(256)))),
    FetchOrder(name="rows.npz", number=1),
    ForgetOrder(arm="a"),
    QuitOrder(),
]


@pytest.mark.parametrize("order", EVERY_ORDER, ids=[order.op for order in EVERY_ORDER])
def test_an_order_survives_the_wire(order: Order) -> None:
    assert read_order(order.line(), ORDERS) == order


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "not an order"),
        ("nonsense", "not an order"),
        ("[]", "not an order"),
        ("{}", "op"),
        ('{"op": "fly"}', "op"),
        ('{"op": "forget"}', "forget.arm: Field required"),
        ('{"op": "forget", "arm": "a", "colour": 1}', "forget.colour"),
        ('{"op": "slice", "arm": "a", "rate_rps": 0, "duration_s": 1, "seed": 1, "rows": "r"}', "rate_rps"),
        ('{"op": "arm", "arm": "a", "path": "/me"}', "arm."),
        ('{"op": "arm", "arm": "a", "host": "h", "port": 80}', "an arm needs requests"),
        (
            '{"op": "arm", "arm": "a", "host": "h", "port": 80, "kept": ["read", "logout"]}',
            "requests of logout use up their credentials",
        ),
        (slice_line('"read": 0.5, "login": 0.4'), "add up to 0.9, not to 1"),
        (slice_line('"read": 1.0', '"read": 0.1'), "both the users' and housekeeping"),
        (slice_line('"read": 1.0', rate=""), "an open loop needs rate_rps"),
        (slice_line('"read": 1.5, "login": -0.5'), "slice.operations"),
        (slice_line(""), "slice.operations"),
        (slice_line('"fly": 1.0'), "slice.operations"),
    ],
)
def test_what_is_no_order_is_told_in_one_line(line: str, complaint: str) -> None:
    with pytest.raises(OrderError) as refused:
        read_order(line, ORDERS)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reply_is_the_one_expected_or_an_error() -> None:
    reply = ArmReply(requests=3, request_bytes_median=93.5, connections=2)
    assert read_reply(reply.model_dump_json(), ArmReply) == reply
    with pytest.raises(OrderError, match=r"^no arm 'x'$"):
        read_reply('{"error": "no arm \'x\'"}', ArmReply)
    with pytest.raises(OrderError, match=r"^not Armed: "):
        read_reply(reply.model_dump_json(), Armed)


def test_requests_are_written_for_this_user_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "requests.json"
    requests = {
        Operation.READ: [
            PlannedRequest(headers={"Cookie": f"s={n}"}, expect=f'{{"user": "ü{n}"}}') for n in range(3)
        ],
        Operation.LOGIN: [PlannedRequest(headers={}, content='{"username": "ü"}')],
    }
    write_requests(path, requests)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_requests(path) == requests


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"read": []}',
        '{"read": [{"headers": {"Cookie": 31337}}]}',
        '{"read": [{"header": "31337"}]}',
        '{"fly": [{"headers": {"Cookie": "31337"}}]}',
    ],
)
def test_a_damaged_requests_file_is_told_without_a_credential(tmp_path: Path, content: str) -> None:
    path = tmp_path / "requests.json"
    path.write_text(content)
    with pytest.raises(OrderError) as refused:
        read_requests(path)
    assert "31337" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_requests_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="cannot be read"):
        read_requests(tmp_path / "none.json")


def test_the_front_door_may_import_it() -> None:
    """Neither gevent nor locust comes with it: both would patch or slow the process that imports them."""
    code = (
        "import authbench.contracts.generator_protocol, sys; print({'gevent', 'locust'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
