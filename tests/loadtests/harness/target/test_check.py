"""Every mistake of a recipe is one line, before any load is sent; a right one is described as it was seen."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Target
from authbench.system.certificate import make_certificate
from loadtests.harness.target.check import Checked, check_variant, forged
from loadtests.harness.target.service import require_confirmed
from loadtests.harness.target.users import User
from tests.loadtests.harness.target.shop import (
    HERE,
    PASSWORD,
    USERS,
    Shop,
    running,
    session_variant,
    token_variant,
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with running(Shop()) as served:
        yield served


def target_of(url: str, *variants: dict[str, Any], **changes: Any) -> Target:
    tables = {"name": "shop", "base_url": url, "users": {"file": "users.csv"}, "variants": list(variants)}
    return Target.model_validate({**tables, **changes}, strict=False)


def check(shop: Shop, variant: dict[str, Any], **changes: Any) -> Checked:
    target = target_of(shop.url, variant, **changes)
    return check_variant(target, target.variants[0], User(USERS[0], PASSWORD), HERE)


def test_a_right_recipe_of_cookies(shop: Shop) -> None:
    found = check(shop, session_variant())
    assert found.facts.carrier == "Cookie"
    assert found.facts.requests == ["GET /me"]
    assert found.facts.refused_with == [401]
    assert found.facts.lifetime_s == pytest.approx(600, abs=30)
    assert found.facts.renewed_by == "login"
    assert found.facts.processes is None
    assert found.facts.login_cpu_us is None
    assert found.canaries == {"none": 401, "forged": 401}


def test_a_right_recipe_of_tokens_with_the_processes_known(shop: Shop) -> None:
    found = check(shop, token_variant(), processes={"server": [os.getpid()]})
    assert found.facts.carrier == "Authorization"
    assert found.facts.renewed_by == "refresh"
    assert found.facts.processes == 1
    assert found.facts.login_cpu_us is not None


def test_the_process_that_listens_is_found(shop: Shop) -> None:
    assert check(shop, token_variant(), processes={"server": "listening"}).facts.processes is not None


def test_a_form_with_a_redirect_and_a_token_in_a_field(shop: Shop) -> None:
    login = {
        "path": "/form",
        "status": 302,
        "form": {"username": "{username}", "password": "{password}"},
        "csrf": {"path": "/csrf", "token": {"header": "X-Token"}, "send_field": "csrf"},
    }
    assert check(shop, session_variant(login=login)).facts.login == "POST /form"


FIELDS = {"username": "{username}", "password": "{password}"}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no such cookie": (
        session_variant(credential={"cookie": "sessionid"}),
        r"session: the reply to POST /login sets no cookie 'sessionid' \(it sets: sid, forever\): correct "
        r"credential\.cookie",
    ),
    "no such pointer": (
        token_variant(credential={"pointer": "/access_token"}),
        r"has no text at /access_token \(keys: access, refresh, expires_in\): correct credential\.pointer",
    ),
    "no such header": (
        token_variant(credential={"header": "X-Auth"}),
        r"has no header 'X-Auth': correct credential\.header",
    ),
    "the login answers 302": (
        session_variant(login={"path": "/redirecting", "body": FIELDS}),
        r"POST /redirecting answers 302 to /login-page instead of 200: if that is how it succeeds, say "
        r"login\.status = 302",
    ),
    "the login is refused": (
        session_variant(login={"path": "/login", "body": FIELDS}),
        r"POST /login answers 403 instead of 200: correct its path and fields",
    ),
    "no such page of the CSRF token": (
        session_variant(
            login={
                "path": "/login",
                "body": FIELDS,
                "csrf": {"path": "/csrf", "token": {"cookie": "xsrf"}, "send_header": "X-CSRF-Token"},
            }
        ),
        r"the reply to GET /csrf sets no cookie 'xsrf' \(it sets: csrf\)",
    ),
    "a token without expiry": (
        token_variant(lifetime={"jwt": True}),
        r"token: the credential is no JWT with an expiry \(claim exp\): say lifetime\.seconds",
    ),
    "a cookie without expiry": (
        session_variant(credential={"cookie": "forever"}, endpoints=[{"path": "/me"}]),
        r"the credential's cookie has no expiry \(Max-Age or Expires\): say lifetime\.seconds",
    ),
    "a lifetime shorter than a slice": (
        session_variant(lifetime={"seconds": 5}),
        r"its credentials live 5 s, and a slice of 2 s needs 12 s",
    ),
    "an endpoint that is not protected": (
        session_variant(endpoints=[{"path": "/open"}]),
        r"GET /open is not protected: it answers 200 without a credential",
    ),
    "an endpoint that does not exist": (
        session_variant(endpoints=[{"path": "/mee"}]),
        r"GET /mee answers 404 instead of 200 to a fresh credential in Cookie",
    ),
    "a body that changes": (
        session_variant(endpoints=[{"path": "/moving"}]),
        r"GET /moving answers one credential with two different bodies: say body = 'any'",
    ),
    "a body without the user": (
        session_variant(endpoints=[{"path": "/me", "contains": "mail of {username}"}]),
        r"the body of GET /me does not contain 'mail of user-000'",
    ),
    "a reply in chunks": (
        session_variant(endpoints=[{"path": "/chunked"}]),
        r"GET /chunked answers 200 without a Content-Length",
    ),
    "a credential with every reply": (
        session_variant(endpoints=[{"path": "/rolling"}]),
        r"GET /rolling sets a new credential with every reply: what would be measured is issuing one",
    ),
    "a login that asks for no password": (
        session_variant(login={"path": "/anybody", "body": FIELDS}),
        r"POST /anybody gives a credential for a wrong password too",
    ),
    "a login that is limited": (
        session_variant(login={"path": "/limited", "body": FIELDS}),
        r"POST /limited answers 429 \(Retry-After: 7\): the service limits how often it is asked",
    ),
    "a login that deletes the cookie": (
        session_variant(login={"path": "/deleting", "body": FIELDS}),
        r"the reply to POST /deleting deletes the cookie 'sid': it is empty, or has expired",
    ),
    "a header that cannot be sent": (
        session_variant(login={"path": "/login", "body": FIELDS, "headers": {"X-Name": "\u0416"}}),
        r"POST /login: header 'X-Name' cannot be sent: its value has a line break, or a character that",
    ),
    "a credential that cannot be sent": (
        token_variant(
            credential={"pointer": "/access/token", "present_value": "\u0416 {credential}"},
        ),
        r"the credential of POST /token: header 'Authorization' cannot be sent",
    ),
    "a refresh that is refused": (
        token_variant(
            refresh={
                "path": "/refresh",
                "body": {"refresh": "not {refresh_token}"},
                "token": {"pointer": "/refresh"},
            }
        ),
        r"POST /refresh answers 401 instead of 200",
    ),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_one_line(shop: Shop, mistake: str) -> None:
    variant, told = BAD[mistake]
    with pytest.raises(Failure, match=told) as failure:
        check(shop, variant)
    assert "\n" not in str(failure.value)
    assert PASSWORD not in str(failure.value)


def test_a_body_that_changes_may_be_any(shop: Shop) -> None:
    found = check(shop, session_variant(endpoints=[{"path": "/moving", "body": "any"}]))
    assert found.facts.bodies == "any"


def test_nobody_there(shop: Shop) -> None:
    with pytest.raises(Failure, match="had no reply: start the service, or correct base_url"):
        check_variant(
            target := target_of("http://127.0.0.1:9", session_variant()),
            target.variants[0],
            User(USERS[0], PASSWORD),
            HERE,
        )


def test_headers_of_the_file_are_sent_as_they_are_whatever_their_case(shop: Shop) -> None:
    headers = {
        "content-type": "application/vnd.shop+json",
        "origin": "https://shop.test",
        "cookie": "lang=en",
    }
    csrf = {"path": "/csrf", "token": {"cookie": "csrf"}, "send_header": "X-CSRF-Token"}
    login = {"path": "/typed", "body": FIELDS, "headers": headers, "csrf": csrf}
    assert check(shop, session_variant(login=login)).facts.login == "POST /typed"


def test_https_that_cannot_be_is_told_as_such(shop: Shop, tmp_path: Path) -> None:
    none, right = tmp_path / "none.pem", make_certificate(tmp_path).authority
    none.write_text("nothing", "ascii")
    secure = shop.url.replace("http:", "https:")
    with pytest.raises(Failure, match=r"authority: .*none\.pem: no certificate in PEM form is in it"):
        check(shop, session_variant(), base_url=secure, authority=none)
    with pytest.raises(Failure, match=r"does not speak TLS as expected \(WRONG_VERSION_NUMBER\)"):
        check(shop, session_variant(), base_url=secure, authority=right)


def test_a_host_whose_name_is_no_name() -> None:
    with pytest.raises(Failure, match=r"no address is known of foo\.\.bar: correct its name"):
        require_confirmed(target_of("http://foo..bar:80", session_variant()), [])


def test_processes_that_do_not_serve_are_not_those_of_the_service(shop: Shop) -> None:
    idle = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        os.kill(idle.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, idle.pid, os.WSTOPPED)
        with pytest.raises(Failure, match=r"used no CPU time while a user logged in and read"):
            check(shop, session_variant(), processes={"server": [idle.pid]})
    finally:
        idle.kill()
        idle.communicate()


def test_only_the_loopback_and_hosts_that_were_confirmed(shop: Shop) -> None:
    require_confirmed(target_of(shop.url, session_variant()), [])
    elsewhere = target_of("http://192.0.2.1:80", session_variant())
    with pytest.raises(Failure, match=r"say so with --confirm-host 192\.0\.2\.1"):
        require_confirmed(elsewhere, ["192.0.2.2"])
    require_confirmed(elsewhere, ["192.0.2.1"])


def test_processes_of_another_machine_are_not_guessed() -> None:
    target = target_of("http://192.0.2.1:80", session_variant(), processes={"server": "listening"})
    with pytest.raises(Failure, match=r"192\.0\.2\.1 is another machine: leave the key out"):
        check_variant(target, target.variants[0], User(USERS[0], PASSWORD), HERE)


def test_a_forged_credential_differs_in_one_character_whatever_its_case() -> None:
    for credential in ("abc.def.ghi", "A" * 9, "a" * 9, "s%3Ax.y"):
        changed = forged(credential)
        assert len(changed) == len(credential)
        assert sum(a != b for a, b in zip(credential.lower(), changed.lower(), strict=True)) == 1


def test_a_password_that_is_hashed_with_every_request() -> None:
    """By CPU time where processes are known, else by time; a resource that is so dear may say so."""
    with running(Shop(hashes=True)) as shop:
        dear = session_variant(endpoints=[{"path": "/slow"}])
        told = "a password seems to be hashed with every request"
        with pytest.raises(Failure, match=rf"GET /slow takes \d+\.\d ms of CPU, .*{told}"):
            check(shop, dear, processes={"server": [os.getpid()]})
        with pytest.raises(Failure, match=rf"GET /slow takes \d+\.\d ms, .*{told}, or each reply"):
            check(shop, dear)
        allowed = check(shop, session_variant(endpoints=[{"path": "/slow", "slow": True}]))
        assert not allowed.facts.guarded


class _OldService(BaseHTTPRequestHandler):
    """Answers in HTTP/1.0: http.server's default."""

    def do_POST(self) -> None:
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(200 if fields["password"] == PASSWORD else 401)

    def do_GET(self) -> None:
        self._answer(200 if self.headers["Authorization"] == "Bearer a-token" else 401)

    def _answer(self, status: int) -> None:
        content = b'{"token": "a-token"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_a_service_that_speaks_http_1_0() -> None:
    variant = token_variant(
        login={"path": "/login", "body": FIELDS},
        credential={"pointer": "/token"},
        lifetime={"seconds": 600},
        endpoints=[{"path": "/me"}],
        refresh=None,
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), _OldService) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        target = target_of(f"http://127.0.0.1:{server.server_port}", variant)
        with pytest.raises(Failure, match=r"GET /me is answered in HTTP/1\.0, .*let the service speak it"):
            check_variant(target, target.variants[0], User(USERS[0], PASSWORD), HERE)
        server.shutdown()
        thread.join()
