"""Known devices: whose they are, and what becomes of every other cookie."""

import pytest
from starlette.requests import Request

from servers.passwords.device_cookie import DeviceCookie

KEY = b"k" * 32


def sending(*cookies: str) -> Request:
    headers = [(b"cookie", "; ".join(cookies).encode("latin-1"))] if cookies else []
    return Request({"type": "http", "method": "POST", "path": "/login", "headers": headers})


def pair(devices: DeviceCookie, username: str, device: str = "") -> str:
    return devices.remember(username, device)[0][1].partition(";")[0]


def test_a_device_stays_the_one_it_is() -> None:
    devices = DeviceCookie(KEY, secure=False)
    assert devices.known(sending(), "alice") == ""
    device = devices.known(sending(pair(devices, "alice")), "alice")
    assert len(device) == 22
    assert devices.known(sending(pair(devices, "alice", device)), "alice") == device
    assert devices.known(sending(pair(devices, "alice")), "alice") != device


def test_it_is_of_one_account_and_one_server() -> None:
    devices = DeviceCookie(KEY, secure=False)
    cookie = pair(devices, "alice")
    for username in ("bob", "Alice", "", "alice ", "\ud800"):
        assert devices.known(sending(cookie), username) == ""
    assert DeviceCookie(b"o" * 32, secure=False).known(sending(cookie), "alice") == ""


def test_what_was_not_signed_is_no_device() -> None:
    devices = DeviceCookie(KEY, secure=False)
    cookie = pair(devices, "alice")
    name, _, value = cookie.partition("=")
    for forged in ("", "x", value[:-1], value + "x", f'"{value}"', "x" * 5000, "\xe9", "."):
        assert devices.known(sending(f"{name}={forged}"), "alice") == ""
    # A cookie that somebody else planted beside it hides it from nobody.
    assert devices.known(sending(f"{name}=planted", cookie), "alice") != ""
    assert devices.known(sending(cookie, f"{name}=planted"), "alice") != ""


@pytest.mark.parametrize(
    ("oauth", "paths"),
    [(False, ["/login", "/account/password"]), (True, ["/login", "/account/password", "/oauth/authorize"])],
)
def test_only_where_a_password_is_proved_and_only_over_tls(oauth: bool, paths: list[str]) -> None:
    headers = DeviceCookie(KEY, secure=True, oauth=oauth).remember("alice", "")
    assert [name for name, _ in headers] == ["set-cookie"] * len(paths)
    pairs = [line.partition(";")[0].partition("=") for _, line in headers]
    assert len({value for _, _, value in pairs}) == 1
    names = ["__Secure-device-login", "__Secure-device-account", "__Secure-device-oauth"]
    assert [name for name, _, _ in pairs] == names[: len(paths)]
    attributes = [line.partition("; ")[2] for _, line in headers]
    assert attributes == [
        f"Path={path}; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure" for path in paths
    ]
    assert "Secure" not in DeviceCookie(KEY, secure=False).remember("alice", "")[0][1]
