import pytest

from authbench.contracts.card import Operation
from loadtests.http.request import lay_out_operation, lay_out_request


def test_a_request_is_its_line_host_and_headers_and_nothing_else() -> None:
    headers = {"Authorization": "Bearer a.b.c", "Cookie": "s=1; t=2"}
    assert lay_out_request("GET", "/me", "127.0.0.1", 8000, headers) == (
        b"GET /me HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer a.b.c\r\nCookie: s=1; t=2\r\n\r\n"
    )


def test_a_post_says_where_it_comes_from_and_how_long_it_is() -> None:
    assert lay_out_request("POST", "/orders", "::1", 80, {"Cookie": "s=1"}, b'{"item":"tea"}') == (
        b"POST /orders HTTP/1.1\r\nHost: [::1]:80\r\nCookie: s=1\r\nOrigin: http://[::1]:80\r\n"
        b'Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{"item":"tea"}'
    )
    assert lay_out_request("POST", "/logout", "x", 80, {}) == (
        b"POST /logout HTTP/1.1\r\nHost: x:80\r\nOrigin: http://x:80\r\nContent-Length: 0\r\n\r\n"
    )


def test_a_given_origin_and_type_win() -> None:
    given = {"origin": "https://app.example", "content-type": "application/x-www-form-urlencoded"}
    laid_out = lay_out_request("POST", "/refresh", "x", 80, given, b"grant_type=refresh_token")
    assert laid_out.lower().count(b"origin:") == laid_out.lower().count(b"content-type:") == 1


def test_an_operation_is_laid_out_with_its_acceptance() -> None:
    made = lay_out_operation(Operation.ADD_ORDER, "x", 80, {}, b"{}", b"made")
    assert made.wire.startswith(b"POST /orders HTTP/1.1\r\n")
    assert (made.status, made.body, made.operation_code) == (201, b"made", Operation.ADD_ORDER.code)
    assert lay_out_operation(Operation.LOGOUT, "x", 80, {}).status == 204


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding"])
def test_where_a_request_ends_is_not_a_credentials_to_say(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        lay_out_request("POST", "/orders", "x", 80, {name: "5"})


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
