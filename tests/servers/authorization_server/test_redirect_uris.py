"""Addresses that users are sent back to."""

import pytest

from servers.authorization_server.redirect_uris import is_one_of, registrable


@pytest.mark.parametrize(
    "uri",
    [
        "https://shop.example/callback",
        "https://shop.example",
        "https://shop.example:8443/a/b?x=%20&y=1,2",
        "https://[2001:db8::1]/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:9999/callback",
        "http://[::1]:9999/callback",
        "http://localhost:3000/callback",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_what_may_be_registered(uri: str) -> None:
    assert registrable(uri) == uri


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("javascript:alert(1)", "no app's own"),
        ("JavaScript:alert(1)", "no app's own"),
        ("data:text/html,x", "no app's own"),
        ("vbscript:x", "no app's own"),
        ("file:///etc/passwd", "no app's own"),
        ("blob:https://shop.example/x", "no app's own"),
        ("myapp://callback", "no app's own"),
        ("urn:ietf:wg:oauth:2.0:oob", "no app's own"),
        ("https://shop.example/callback#part", "fragment"),
        ("https://shop.example/#", "fragment"),
        ("javascript:alert(1)#", "fragment"),
        ("/callback", "no absolute URI"),
        ("//shop.example/callback", "no absolute URI"),
        ("callback", "no absolute URI"),
        ("", "no absolute URI"),
        ("https://shop.example/a b", "no absolute URI"),
        (" https://shop.example/", "no absolute URI"),
        ("https://shop.example/\n", "no absolute URI"),
        ("java\tscript:alert(1)", "no absolute URI"),
        ("https://shop.example\\@evil.test/", "no absolute URI"),
        ("https://shöp.example/", "no absolute URI"),
        ("https://shop.example/%zz", "no absolute URI"),
        ("https://user:secret@shop.example/", "names a user"),
        ("https://user@shop.example/", "names a user"),
        ("https://@shop.example/", "names a user"),
        ("https:///callback", "no host"),
        ("https:shop.example", "no host"),
        ("https://", "no browser"),
        ("https://[::1", "no browser"),
        ("https://[::1]x/", "no browser"),
        ("https://shop.example:99999/", "no browser"),
        ("https://*.shop.example/", r"a \*"),
        ("https://shop.example/*", r"a \*"),
        ("http://shop.example/callback", "in the clear"),
        ("http://127.0.0.1.shop.example/", "in the clear"),
        ("http://localhost.shop.example/", "in the clear"),
        ("http://0.0.0.0/", "in the clear"),
        ("https://shop.example/?code=1", "that the answer adds"),
        ("https://shop.example/callback?a=b&%73tate", "that the answer adds"),
        ("http://127.0.0.1/?iss=x", "that the answer adds"),
        ("com.example.app:/callback?error=x", "that the answer adds"),
        ("https://shop.example:0/", "port 0"),
        ("http://127.0.0.1:0/callback", "port 0"),
    ],
)
def test_what_may_not(uri: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        registrable(uri)


REGISTERED = (
    "http://127.0.0.1:9999/callback",
    "http://[::1]/callback?x=1",
    "http://localhost:3000/callback",
    "https://127.0.0.1:8443/callback",
    "https://shop.example/callback",
    "com.example.app:/callback",
)


@pytest.mark.parametrize(
    "uri",
    [
        *REGISTERED,
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:50000/callback?x=1",
    ],
)
def test_what_is_one_of_them(uri: str) -> None:
    assert is_one_of(uri, REGISTERED)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:09/callback",
        "http://127.0.0.1:٣/callback",
        "http://127.0.0.1:1/callback/",
        "http://127.0.0.1:1/Callback",
        "http://127.0.0.1:1/callback?x",
        "http://127.0.0.1:1/callback#x",
        "http://127.0.0.1:1/callback\n",
        "http://127.0.0.1:1@evil.test/callback",
        "http://127.0.0.1:1.evil.test/callback",
        "http://127.0.0.1.evil.test/callback",
        "http://127.0.0.2:9999/callback",
        "http://127.1:9999/callback",
        "HTTP://127.0.0.1:9999/callback",
        "http://[::1]:1/callback",
        "http://[0:0:0:0:0:0:0:1]/callback?x=1",
        "http://localhost:3001/callback",
        "https://127.0.0.1:8444/callback",
        "https://shop.example:444/callback",
        "https://shop.example/callback/../callback",
        "com.example.app:1/callback",
    ],
)
def test_what_is_none_of_them(uri: str | None) -> None:
    assert not is_one_of(uri, REGISTERED)
