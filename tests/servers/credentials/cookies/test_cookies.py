from hypothesis import given
from hypothesis import strategies as st

from servers.credentials.cookies.cookies import MAX_BYTES, Cookie, cookie_values
from tests.servers.make_request import request

LATIN1 = st.text(st.characters(max_codepoint=255), max_size=80)


def values(*headers: str) -> list[bytes]:
    return cookie_values(request(*(("Cookie", value) for value in headers)), b"sid")


def test_every_value_of_the_name_is_told() -> None:
    assert values() == []
    assert values("sid=a") == [b"a"]
    assert values("other=x; sid=a; more=y") == [b"a"]
    assert values("sid=a; sid=b") == [b"a", b"b"]
    assert values("sid=a", "sid=b") == [b"a", b"b"]
    assert values("sid=a;sid=a") == [b"a", b"a"]


def test_names_are_exact() -> None:
    assert values("SID=a; xsid=b; sidx=c; sid; __Host-sid=d; =sid=e") == []
    assert values('a="; sid=b; "') == [b"b"]
    assert values("sid=a=b") == [b"a=b"]


@given(st.lists(LATIN1))
def test_no_header_breaks_it(headers: list[str]) -> None:
    for value in values(*headers):
        assert any(value in header.encode("latin-1") for header in headers)


@given(LATIN1, LATIN1)
def test_what_surrounds_a_cookie_neither_hides_nor_changes_it(before: str, after: str) -> None:
    assert b"the-id" in values(f"{before};sid=the-id;{after}")


def test_attributes() -> None:
    secure, plain = Cookie("sid", secure=True), Cookie("sid", secure=False)
    assert secure.set("x") == (
        "set-cookie",
        "__Host-Http-sid=x; Path=/; HttpOnly; SameSite=Lax; Secure",
    )
    assert plain.set("x") == ("set-cookie", "dev-sid=x; Path=/; HttpOnly; SameSite=Lax")
    assert secure.clear()[1].startswith("__Host-Http-sid=; Max-Age=0; Path=/; ")


def test_one_that_scripts_may_read_never_leaves_the_site() -> None:
    readable = Cookie("csrf", secure=True, readable=True)
    assert readable.set("x") == ("set-cookie", "__Host-csrf=x; Path=/; SameSite=Strict; Secure")


def test_what_browsers_would_drop_does_not_fit() -> None:
    cookie = Cookie("sid", secure=False)
    longest = "x" * (MAX_BYTES - len("dev-sid"))
    assert cookie.fits(longest)
    assert not cookie.fits(longest + "x")
