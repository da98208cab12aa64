import pytest

from loadtests.request_bytes import lay_out_request


def test_a_request_is_its_line_host_and_headers_and_nothing_else() -> None:
    headers = {"Authorization": "Bearer a.b.c", "Cookie": "s=1; t=2"}
    assert lay_out_request("GET", "/me", "127.0.0.1", 8000, headers) == (
        b"GET /me HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer a.b.c\r\nCookie: s=1; t=2\r\n\r\n"
    )


def test_an_ipv6_host_is_bracketed() -> None:
    assert b"\r\nHost: [::1]:80\r\n" in lay_out_request("GET", "/", "::1", 80, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cookie", "secret\r\nX-Admin: 1"),
        ("Cookie", "secret\n"),
        ("Cookie", "secret\0"),
        ("Cookie", "secret €"),
        ("Coo kie", "secret"),
        ("Cookie:", "secret"),
        ("", "secret"),
    ],
)
def test_a_header_that_would_be_another_on_the_wire_is_refused_without_telling_it(
    name: str, value: str
) -> None:
    with pytest.raises(ValueError, match="cannot be sent") as refused:
        lay_out_request("GET", "/", "x", 80, {name: value})
    assert "secret" not in str(refused.value)
