import pytest

from servers.parsing.request_uris import normal_uri

SAME = [
    ("http://a", "http://a/"),
    ("http://a?x", "http://a/"),
    ("http://a#x", "http://a/"),
    ("HTTP://A:80/Path", "http://a/Path"),
    ("https://a:443/", "https://a/"),
    ("https://[0::1]:8443/x", "https://[::1]:8443/x"),
    ("http://a/x?y/../z#%zz", "http://a/x"),
    ("http://a/%7Euser", "http://a/~user"),
    ("http://a/%41%5a%61%7A%30%2d%2E%5f", "http://a/AZaz0-._"),
    ("http://a/%2f%3a", "http://a/%2F%3A"),
    ("http://a/%c3%a9", "http://a/%C3%A9"),
    ("http://a/%2525", "http://a/%2525"),
    ("http://a/%25%34%31", "http://a/%2541"),
    # RFC 3986 sections 5.2.4 and 5.4.2.
    ("http://a/a/b/c/./../../g", "http://a/a/g"),
    ("http://a/b/c/../../../g", "http://a/g"),
    ("http://a/./g", "http://a/g"),
    ("http://a/b/g.", "http://a/b/g."),
    ("http://a/b/.g", "http://a/b/.g"),
    ("http://a/b/..g", "http://a/b/..g"),
    ("http://a/b/g/.", "http://a/b/g/"),
    ("http://a/b/g/..", "http://a/b/"),
    ("http://a/..", "http://a/"),
    ("http://a/.", "http://a/"),
    ("http://a/%2e%2E/x", "http://a/x"),
    ("http://a//x", "http://a//x"),
    ("http://a/x/", "http://a/x/"),
    ("http://a//../x", "http://a/x"),
    ("http://a/!$&'()*+,;=:@", "http://a/!$&'()*+,;=:@"),
]


@pytest.mark.parametrize(("spelled", "normal"), SAME)
def test_the_normal_form(spelled: str, normal: str) -> None:
    assert normal_uri(spelled) == normal
    assert normal_uri(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/x",
        "//a/x",
        "a/x",
        "http:/x",
        "http://",
        "http:///x",
        "http://user@a/x",
        "http://a:0/x",
        "ftp://a/x",
        "http://a/%",
        "http://a/%2",
        "http://a/%zz",
        "http://a/%2x/",
        "http://a/é",
        "http://a/ ",
        "http://a/\t",
        "http://a/x\n",
        "http://a/x?\n",
        "http://a/x#é",
        "http://a/\\x",
        "http://a/<x>",
        'http://a/"',
        "http://a*",
    ],
)
def test_what_is_no_uri(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normal_uri(text)
