"""A server that speaks HTTPS itself: cookies as browsers want them, and no plain HTTP."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from authbench.system.certificate import Certificate, make_certificate
from servers.database.accounts import DEMO_PASSWORD
from tests.servers.server_process import close_pipes, launch


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def origin(certificate: Certificate) -> Iterator[str]:
    settings: dict[str, Any] = {
        "scheme": "session-memory",
        "demo_accounts": True,
        "tls_certificate_file": str(certificate.certificate),
        "tls_key_file": str(certificate.key),
    }
    process, answer = launch(settings)
    yield f"https://127.0.0.1:{answer['port']}"
    process.terminate()
    process.wait(60)
    close_pipes(process)


def test_cookies_are_secure_and_host_only(origin: str, certificate: Certificate) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.authority))
    with httpx.Client(verify=trust, headers={"Origin": origin}) as browser:
        token = browser.get(f"{origin}/csrf").json()["csrf_token"]
        answer = browser.post(
            f"{origin}/login",
            json={"username": "alice", "password": DEMO_PASSWORD},
            headers={"X-CSRF-Token": token},
        )
        assert answer.status_code == 200
        lines = answer.headers.get_list("set-cookie")
        assert {line.partition("=")[0] for line in lines} == {
            "__Host-Http-sid",
            "__Host-csrf",
            "__Secure-device-login",
            "__Secure-device-account",
        }
        assert all(line.endswith("; Secure") for line in lines)
        assert browser.get(f"{origin}/me").json()["sub"] == "alice"


def test_plain_http_and_strangers_get_nothing(origin: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(origin.replace("https", "http") + "/public")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{origin}/public")


@pytest.mark.parametrize(
    ("cipher", "taken"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", True),
        ("ECDHE-ECDSA-AES128-SHA256", False),  # CBC
        ("ECDHE-ECDSA-AES256-SHA", False),
    ],
)
def test_tls_1_2_has_the_ciphers_of_rfc_9325_only(
    origin: str, certificate: Certificate, cipher: str, taken: bool
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.authority))
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    trust.set_ciphers(cipher)
    with httpx.Client(verify=trust) as client:
        if taken:
            assert client.get(f"{origin}/public").status_code == 200
        else:
            with pytest.raises(httpx.ConnectError, match="SSL"):
                client.get(f"{origin}/public")


@pytest.mark.parametrize("missing", ["tls_certificate_file", "tls_key_file"])
def test_what_cannot_be_used_is_one_line(certificate: Certificate, tmp_path: Path, missing: str) -> None:
    files = {
        "tls_certificate_file": str(certificate.certificate),
        "tls_key_file": str(certificate.key),
    }
    for changed, words in (
        ({missing: str(tmp_path / "nowhere.pem")}, "cannot be used"),
        ({missing: str(certificate.authority)}, "cannot be used"),
        ({missing: None}, "go together"),
    ):
        process, answer = launch({"scheme": "none", **files, **changed})
        assert words in answer["error"]
        assert answer["exit_code"] == 2
        process.wait(60)
        close_pipes(process)
