import pytest

from servers.parsing.origins import normal_origin
from tests.chromium import chromium

SAME = [
    ("https://bench.example", "https://bench.example"),
    ("HTTPS://BENCH.Example", "https://bench.example"),
    ("https://bench.example:443", "https://bench.example"),
    ("https://bench.example:", "https://bench.example"),
    ("http://bench.example:80", "http://bench.example"),
    ("http://bench.example:443", "http://bench.example:443"),
    ("https://bench.example:08443", "https://bench.example:8443"),
    ("https://bench.example:65535", "https://bench.example:65535"),
    ("https://[::1]:8443", "https://[::1]:8443"),
    ("https://[0:0:0:0:0:0:0:1]", "https://[::1]"),
    ("https://[2001:DB8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]"),
    ("https://[1:0:2:3:4:5:6:7]", "https://[1:0:2:3:4:5:6:7]"),
    ("https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]"),
    ("https://[::ffff:1:2]", "https://[::ffff:1:2]"),
    ("https://10.0.0.1:8443", "https://10.0.0.1:8443"),
    ("https://10.0.0.1.:8443", "https://10.0.0.1:8443"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
    ("https://faß.example", "https://xn--fa-hia.example"),
    ("https://bench。example", "https://bench.example"),
    ("https://XN--Bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://my_app", "https://my_app"),
    ("https://a--b.example", "https://a--b.example"),
    ("https://bench.example.", "https://bench.example."),
    ("https://localhost", "https://localhost"),
    ("https://7.example", "https://7.example"),
    ("https://x." + "a" * 63 + ".example", "https://x." + "a" * 63 + ".example"),
]
"""The second is what a browser makes of the first."""

NONE = [
    "",
    "https://xn--a.example",
    "https://bench.xn--0",
    "https://xn--a-ecp.example",
    "https://xn--zzzzzz99999999.example",
    "null",
    "*",
    "bench.example",
    "//bench.example",
    "https:",
    "https://",
    "https:///",
    "https:bench.example",
    "https://:443",
    "https://.",
    "https://.example",
    "https://a..example",
    "https://bench.example..",
    "ftp://bench.example",
    "file:///etc",
    "wss://bench.example",
    "https://user@bench.example",
    "https://user:password@bench.example",
    "https://@bench.example",
    "https://bench.example/",
    "https://bench.example/app",
    "https://bench.example?",
    "https://bench.example?x",
    "https://bench.example#",
    "https://bench.example\\",
    "https://*.bench.example",
    "https://*",
    "https://bench.example:0",
    "https://bench.example:65536",
    "https://bench.example:-1",
    "https://bench.example:+443",
    "https://bench.example:port",
    "https://bench.example:٤٤٣",
    "https://bench.example:443:443",
    "https://bench.example:" + "9" * 5000,
    " https://bench.example",
    "https://bench.example ",
    "https://bench .example",
    "https://bench.example\n",
    "https://ben\tch.example",
    "https://bench.example\x00",
    "https://bench.example https://other.example",
    "https://bench.example,https://other.example",
    "https://[::1",
    "https://::1",
    "https://[::1%25eth0]",
    "https://[fe80::1%eth0]",
    "https://[1:2]",
    "https://[]",
    "https://[127.0.0.1]",
    "https://[::1].example",
    "https://256.0.0.1",
    "https://127.1",
    "https://127.0.0.01",
    "https://0x7f.0.0.1",
    "https://1.2.3.4.5",
    "https://1.2.3.4..",
    "https://1.2.3.4.5.",
    "https://127.0.0.01.",
    "https://example.0x.",
    "https://2130706433",
    "https://example.0x",
    "https://bench%2Eexample",
    "https://-.example",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 127 + "example",
    "https://\u200b",
    "https://☃\ud800.example",
    "http\u017f://bench.example",
]


@pytest.mark.parametrize(("spelled", "normal"), SAME)
def test_as_browsers_spell_it(spelled: str, normal: str) -> None:
    assert normal_origin(spelled) == normal
    assert normal_origin(normal) == normal


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(it must consist of scheme|its (host|port) is )"):
        normal_origin(text)


def test_a_browser_spells_them_so() -> None:
    with chromium(without="origins are not compared with a browser's") as browser:
        page = browser.new_page()
        origins = [page.evaluate("address => new URL(address).origin", spelled) for spelled, _ in SAME]
    assert origins == [normal for _, normal in SAME]
