import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.generator_protocol import (
    Armed,
    ArmOrder,
    ArmReply,
    ClosedLoopOrder,
    Credential,
    ForgetOrder,
    GeneratorError,
    Order,
    QuitOrder,
    SliceOrder,
    parse_order,
    parse_reply,
    read_credentials,
    write_credentials,
)

ORDERS: list[Order] = [
    ArmOrder(arm="a", host="127.0.0.1", port=80, path="/me", credentials=Path("c.json"), connections=4),
    SliceOrder(arm="a", rate_rps=100, duration_s=0.5, seed=3, rows=Path("rows.npz")),
    ClosedLoopOrder(arm="a", duration_s=1, seed=1),
    ForgetOrder(arm="a"),
    QuitOrder(),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.op)
def test_an_order_survives_the_wire(order: Order) -> None:
    assert parse_order(order.model_dump_json()) == order


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
        ('{"op": "arm", "arm": "a", "path": "/x y"}', "arm."),
    ],
)
def test_what_is_no_order_is_told_in_one_line(line: str, complaint: str) -> None:
    with pytest.raises(GeneratorError) as refused:
        parse_order(line)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reply_is_the_one_expected_or_an_error() -> None:
    reply = ArmReply(requests=3, request_bytes_median=93.5, connections=2)
    assert parse_reply(reply.model_dump_json(), ArmReply) == reply
    with pytest.raises(GeneratorError, match=r"^no arm 'x'$"):
        parse_reply('{"error": "no arm \'x\'"}', ArmReply)
    with pytest.raises(GeneratorError, match=r"^not Armed: "):
        parse_reply(reply.model_dump_json(), Armed)


def test_credentials_are_written_for_this_user_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    credentials = [Credential(headers={"Cookie": f"s={n}"}, body=f'{{"user": "ü{n}"}}') for n in range(3)]
    write_credentials(path, credentials)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_credentials(path) == credentials


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '[{"headers": {"Cookie": 31337}, "body": ""}]', '[{"header": "31337"}]']
)
def test_a_damaged_credentials_file_is_told_without_a_credential(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(content)
    with pytest.raises(GeneratorError) as refused:
        read_credentials(path)
    assert "31337" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_credentials_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="cannot be read"):
        read_credentials(tmp_path / "none.json")


def test_the_front_door_may_import_it() -> None:
    """Neither gevent nor locust comes with it: both would patch or slow the process that imports them."""
    code = "import loadtests.generator_protocol, sys; print({'gevent', 'locust'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
