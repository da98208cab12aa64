import pytest

from loadtests.attacks.answers.headers import is_page, missing_everywhere, missing_in_page
from loadtests.clients.blocking_client import Reply

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
PAGE = {"content-security-policy": POLICY, "x-frame-options": "DENY", "referrer-policy": "same-origin"}


def reply(**headers: str) -> Reply:
    return Reply(200, tuple((name.replace("_", "-"), value) for name, value in headers.items()), b"")


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        ({}, ["HSTS of a year", "nosniff"]),
        ({"strict_transport_security": "max-age=31536000", "x_content_type_options": "nosniff"}, []),
        ({"strict_transport_security": 'MAX-AGE="31536000"', "x_content_type_options": "NoSniff"}, []),
        (
            {"strict_transport_security": "max-age=3600", "x_content_type_options": "nosniff"},
            ["HSTS of a year"],
        ),
    ],
)
def test_of_every_answer(headers: dict[str, str], missing: list[str]) -> None:
    assert missing_everywhere(reply(**headers)) == missing


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, []),
        ({"content-security-policy": "object-src 'none'; base-uri 'none'; frame-ancestors 'self'"}, []),
        ({"content-security-policy": f"default-src *; {POLICY}"}, ["policy against script"]),
        ({"content-security-policy": "default-src 'none'; base-uri 'none'"}, ["ban of frames"]),
        ({"content-security-policy": ""}, ["policy against script", "ban of frames"]),
        ({"x-frame-options": ""}, ["ban of frames"]),
        ({"referrer-policy": ""}, ["Referrer-Policy"]),
    ],
)
def test_of_a_page(changed: dict[str, str], missing: list[str]) -> None:
    assert missing_in_page(reply(**{**PAGE, **changed})) == missing


@pytest.mark.parametrize(
    ("kind", "page"),
    [("text/html; charset=utf-8", True), ("application/xhtml+xml", True), ("application/json", False)],
)
def test_what_a_browser_shows_as_a_page(kind: str, page: bool) -> None:
    assert is_page(reply(content_type=kind)) is page
