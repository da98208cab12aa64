"""Known devices: whose they are, and what becomes of every other cookie."""

from starlette.requests import Request

from servers.device_cookie import DeviceCookie

KEY = b"k" * 32


def sending(*cookies: str) -> Request:
    headers = [(b"cookie", "; ".join(cookies).encode("latin-1"))] if cookies else []
    return Request({"type": "http", "method": "POST", "path": "/login", "headers": headers})


def pair(devices: DeviceCookie, username: str, device: str = "") -> str:
    return devices.remember(username, device)[1].partition(";")[0]


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


def test_only_the_login_sees_it_and_only_over_tls() -> None:
    name, line = DeviceCookie(KEY, secure=True).remember("alice", "")
    assert name == "set-cookie"
    assert line.startswith("__Secure-device=")
    assert line.endswith("; Path=/login; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure")
    assert "Secure" not in DeviceCookie(KEY, secure=False).remember("alice", "")[1]
