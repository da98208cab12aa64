import json

import pytest

from servers.contract.claims import Claims, new_claims
from servers.parsing.strict_json import json_object

TEXT = json.dumps(new_claims("alice", "user", 60).as_dict())


def test_an_object_in_utf_8() -> None:
    assert json_object(' {"a":[1,"é\\u00e9\\ud83d\\ude00"]}\n'.encode()) == {"a": [1, "éé😀"]}
    assert json_object('{"a":{}}') == {"a": {}}


def test_the_last_of_two_members_counts() -> None:
    assert json_object(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_no_other_encoding(encoding: str) -> None:
    assert json.loads(TEXT.encode(encoding)) == json_object(TEXT)
    with pytest.raises(ValueError, match=r"."):
        json_object(TEXT.encode(encoding))
    with pytest.raises(ValueError, match=r"."):
        Claims.parse_json(TEXT.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'"a"',
        b"{",
        b"{}{}",
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":[-Infinity]}',
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\n"}',
        b'{"a":' + b"9" * 9000 + b"}",
        b'{"a":' * 100_000,
        b'{"a":"\\u0041","b":' + b"[" * 100_000,
        "\ufeff{}",
    ],
)
def test_what_is_refused(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_object(text)
