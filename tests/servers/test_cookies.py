from hypothesis import given
from hypothesis import strategies as st

from servers.cookies import clear_cookie, cookie_values, set_cookie
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
    assert set_cookie("x", secure=True) == (
        "set-cookie",
        "__Host-sid=x; Path=/; HttpOnly; SameSite=Lax; Secure",
    )
    assert set_cookie("x", secure=False) == ("set-cookie", "dev-sid=x; Path=/; HttpOnly; SameSite=Lax")
    assert clear_cookie(secure=True)[1].startswith("__Host-sid=; Max-Age=0; Path=/; ")
