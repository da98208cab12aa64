"""Parameters as browsers and libraries write them."""

import pytest

from servers.authorization_server.errors import OAuthError
from servers.authorization_server.forms import parameters


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"", {}),
        (b"&", {}),
        (b"&&a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a", {}),
        (b"a&b=2", {"b": "2"}),
        (b"a=&b=2", {"b": "2"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=x+y%2B%20", {"a": "x y+ "}),
        (b"%61=1", {"a": "1"}),
        (b"a=%C3%A9&b=\xc3\xa9", {"a": "é", "b": "é"}),
        (b"a=%zz&b=%", {"a": "%zz", "b": "%"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_what_is_read(content: bytes, read: dict[str, str]) -> None:
    assert parameters(content) == read


@pytest.mark.parametrize(
    "content",
    [
        b"a=1&a=2",
        b"a=1&%61=1",
        b"a=&a=1",
        b"a&a=1",
        b"a=%ff",
        b"%ff=a",
        b"a=\xff",
        b"a=%C3",
        b"a=%ED%A0%80",
        b"a=%C0%80",
        b"&" * 64,
        b"&".join(b"%d=1" % number for number in range(65)),
    ],
)
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(OAuthError) as refused:
        parameters(content)
    assert (refused.value.error, refused.value.status) == ("invalid_request", 400)
