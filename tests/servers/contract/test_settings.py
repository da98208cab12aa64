import pytest
from pydantic import ValidationError

from authbench.contracts.failure import Failure
from servers.contract.settings import ServerSettings, is_loopback, refuse_exposure
from servers.discovery import find_scheme

TLS = "https://bench.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example", "bench.example", "128.0.0.1"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def listen(**settings: object) -> None:
    made = ServerSettings.model_validate(settings)
    refuse_exposure(made, find_scheme(made.scheme)(made).card)


@pytest.mark.parametrize("scheme", ["none", "session-redis", "jwt-hs256"])
def test_anything_may_listen_on_loopback(scheme: str) -> None:
    listen(scheme=scheme, host="127.0.0.1", demo_accounts=True)
    listen(scheme=scheme, host="::1", demo_accounts=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
@pytest.mark.parametrize(
    "settings",
    [
        {"scheme": "none", "public_origin": TLS},
        {"scheme": "none"},
        {"scheme": "jwt-hs256", "public_origin": TLS, "demo_accounts": True},
        {"scheme": "jwt-hs256"},
        {"scheme": "session-redis"},
    ],
)
def test_refused_beyond_loopback(host: str, settings: dict[str, object]) -> None:
    with pytest.raises(Failure):
        listen(host=host, **settings)


@pytest.mark.parametrize("scheme", ["none", "session-redis"])
def test_allowed_at_one_address_while_a_run_measures(scheme: str) -> None:
    listen(scheme=scheme, host="10.0.0.1", measured_beyond_loopback=True)


@pytest.mark.parametrize(
    "settings",
    [{"host": "0.0.0.0"}, {"host": "::"}, {"host": ""}, {"host": "10.0.0.1", "demo_accounts": True}],
)
def test_a_measurement_is_no_reason_to_listen_everywhere_or_to_publish_passwords(
    settings: dict[str, object],
) -> None:
    with pytest.raises(Failure):
        listen(scheme="session-redis", measured_beyond_loopback=True, **settings)


@pytest.mark.parametrize("scheme", ["session-redis", "jwt-hs256"])
def test_allowed_beyond_loopback_with_tls_in_front(scheme: str) -> None:
    listen(scheme=scheme, host="0.0.0.0", public_origin=TLS)


@pytest.mark.parametrize(
    "origin", [TLS, "https://bench.example:8443", "https://10.0.0.1", "https://[::1]:8443"]
)
def test_origins(origin: str) -> None:
    assert ServerSettings(scheme="none", public_origin=origin).public_origin == origin


@pytest.mark.parametrize(
    "spelled", ["https://bench.example/", "https://Bench.Example", "HTTPS://bench.example:443/", f"{TLS}:"]
)
def test_origins_are_kept_as_browsers_spell_them(spelled: str) -> None:
    assert ServerSettings(scheme="none", public_origin=spelled).public_origin == TLS


@pytest.mark.parametrize(
    "origin",
    [
        "http://bench.example",
        "https://bench.example//",
        "https://bench.example/app",
        "https://bench.example/?",
        "https://bench.example#",
        "https://user@bench.example",
        "https://user:s3cret@bench.example",
        "https://*.bench.example",
        "https://bench.example https://other.example",
        " https://bench.example",
        "https://bench.example\n",
        "wss://bench.example",
        "https://",
        "https://bench.example:port",
        "bench.example",
        "null",
        "",
    ],
)
def test_what_is_no_https_origin(origin: str) -> None:
    with pytest.raises(ValidationError, match="https origin") as caught:
        ServerSettings(scheme="none", public_origin=origin)
    told = caught.value.errors()[0]["msg"]
    assert "\n" not in told
    assert "s3cret" not in told


def test_frozen_and_closed() -> None:
    settings = ServerSettings(scheme="none")
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        ServerSettings.model_validate({"scheme": "none", "colour": "blue"})
    with pytest.raises(ValidationError):
        ServerSettings(scheme="none", store_connections=2, store_connections_warm=3)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
@pytest.mark.parametrize("settings", [{"scheme": "jwt-dpop"}, {"scheme": "jwt-rs256", "oauth": True}])
def test_everywhere_is_no_address_that_clients_could_be_told(host: str, settings: dict[str, object]) -> None:
    tls = {"tls_certificate_file": "certificate.pem", "tls_key_file": "key.pem"}
    with pytest.raises(Failure, match="name it with --public-origin"):
        listen(host=host, **settings, **tls)
    listen(host=host, **settings, **tls, public_origin=TLS)
    listen(host="192.0.2.1", **settings, **tls)
    listen(host=host, **{**settings, "oauth": False, "scheme": "jwt-rs256"}, **tls)
