import pytest

from servers.contract.errors import Unauthenticated
from servers.credentials.tokens.bearer import INVALID_REQUEST, INVALID_TOKEN, bearer_token
from tests.servers.make_request import request


@pytest.mark.parametrize(
    "value", ["Bearer a.b-c_d~e+f/g=", "bearer a.b-c_d~e+f/g=", "BEARER   a.b-c_d~e+f/g="]
)
def test_the_scheme_is_case_insensitive(value: str) -> None:
    assert bearer_token(request(("Authorization", value))) == "a.b-c_d~e+f/g="


@pytest.mark.parametrize("value", ["Bearer abc ", " Bearer abc", "\t Bearer abc \t ", "bearer  abc\t"])
def test_what_surrounds_a_value_is_no_part_of_it(value: str) -> None:
    """RFC 9110 section 5.5."""
    assert bearer_token(request(("Authorization", value))) == "abc"


@pytest.mark.parametrize("value", ["Basic YTpi", "", "Token abc", "Bearerabc", "a.b.c"])
def test_other_credentials_are_none(value: str) -> None:
    """RFC 6750 section 3.1: without authentication information no error code."""
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(request(("Authorization", value)))
    assert refused.value.challenge is None


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a,b",
        "Bearer \xe9",
        "Bearer =",
        "Bearer a=b",
        "Bearer\ta",
        "Bearer a\x0b",
    ],
)
def test_malformed_tokens_are_invalid(value: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(request(("Authorization", value)))
    assert refused.value.challenge == INVALID_TOKEN


def test_more_than_one_header() -> None:
    header = ("Authorization", "Bearer abc")
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(request(header, header))
    assert refused.value.challenge == INVALID_REQUEST


def test_no_header() -> None:
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(request())
    assert refused.value.challenge is None
