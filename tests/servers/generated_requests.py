"""Generated requests against one scheme of each kind: none may cost a server an error, time, memory or state.

    python -m tests.servers.generated_requests --count 10000
    python -m tests.servers.generated_requests --count 10000 --scheme jwt-hs256 --seed 7

Every request is drawn by a grammar from a seed: heads, framing, and valid credentials in every place and
spelling. Three kinds of users own them, and what may happen to each is known:

- hidden: the credential stands anywhere but where it belongs (trailer, chunk extension, body, query, another
  field, behind the request). Nothing may change for them.
- bare: of cookie schemes; the cookie is where it belongs, but Origin or the CSRF token is not. The same.
- shown: the credential is in the head, spelled in some way. What changes is their own affair.

It fails if there was an answer of 500, a connection without an end for 30 seconds, more than 50 MB of memory,
a traceback, an order, account, password or login that should not be there, or a login that ended.
"""

import argparse
import contextlib
import os
import random
import re
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from authbench.contracts.card import Card
from loadtests.clients.client import Client
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

KINDS = (
    "none",
    "session-memory",
    "session-redis",
    "session-sql",
    "session-signed-cookie",
    "jwt-hs256",
    "jwt-es256",
    "jwt-denylist",
    "jwt-dpop",
    "opaque-redis",
    "bff",
    "jwt-cookie",
)
HANG_S = 30.0
MEMORY_MAX_BYTES = 50 * 1024 * 1024
_SHOWN = 40
_LIFETIME_S = 86_400
_DEADLINE_MS = 20_000
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
_CRLF = b"\r\n"

_METHODS = (
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "DELETE",
    "PUT",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "QUERY",
)
_ODD_METHODS = ("CONNECT", "get", "PRI", "BREW", "G\tT", "PO\x00ST", "", "é", "A" * 300)
_PATHS = (
    *("/me", "/orders", "/orders", "/orders", "/logout", "/logout-everywhere", "/refresh", "/sessions"),
    *("/csrf", "/account/password", "/admin/report", "/public", "/openapi.json", "/", "/nowhere"),
    *("/sessions/abc", "/sessions/%00", "/sessions/%ff", "/sessions/a%2Fb", "/login"),
)
_GOOD = (
    *(("POST", "/orders"),) * 6,
    *(("GET", "/me"), ("GET", "/orders"), ("GET", "/sessions"), ("POST", "/logout"), ("POST", "/refresh")),
    *(("POST", "/logout-everywhere"), ("DELETE", "/sessions/abc"), ("POST", "/account/password")),
)
"""What a request asks for if nothing but its credential is odd."""
_VERSIONS = ("HTTP/1.1",) * 20 + ("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", "")
_ORDER = b'{"item":"tea","quantity":1}'
_BODIES = (
    *(_ORDER,) * 8,
    b"",
    b"{}",
    b"[" * 5000,
    b'{"item":"\xff","quantity":1}',
    b'{"item":"a\\u0000","quantity":1}',
    b'{"item":"\\ud800","quantity":1}',
    b'{"item":"tea","quantity":1e400}',
    b'{"item":"tea","quantity":1,"quantity":2}',
    b'{"refresh_token":"a.b"}',
    b'{"current_password":"no","new_password":"a new and a long one"}',
    b"item=tea&quantity=1",
    b"\xef\xbb\xbf" + _ORDER,
    b"a" * 17_000,
)
_NOISE = (
    *(b"Accept: */*", b"Content-Type: text/plain", b"Content-Type: application/json", b"Accept-Encoding: br"),
    *(
        b"Expect: 100-continue",
        b"Expect: more",
        b"Connection: close",
        b"Connection: keep-alive, x",
        b"TE: gzip",
    ),
    *(b"Upgrade: h2c", b"Connection: upgrade", b"Content-Encoding: gzip", b"Content-Encoding: identity"),
    *(
        b"X-Forwarded-Host: evil",
        b"X-Forwarded-For: ::1",
        b"X-HTTP-Method-Override: DELETE",
        b"Forwarded: host=a",
    ),
    *(b"X-Original-URL: /admin/report", b"Origin: null", b"Origin: https://evil.example", b"Referer: /"),
    *(
        b"Sec-Fetch-Site: cross-site",
        b"Sec-Fetch-Site: same-origin",
        b"Cookie: a=b; c",
        b"Cookie: =",
        b"Cookie:",
    ),
    *(
        b"Authorization:",
        b"Authorization: Bearer",
        b"Authorization: Bearer \xff",
        b"Authorization: Basic eDp5",
    ),
    *(
        b"DPoP: a.b.c",
        b"X-CSRF-Token: a",
        b"Range: bytes=0-1",
        b"If-Match: *",
        b"A: \x00",
        b"A : b",
        b" folded",
    ),
    *(
        b"no colon",
        b"\xff: a",
        b"A: \xff",
        b"A:" + b" " * 2000,
        b"A: b\nB: c",
        b"A: b\rB: c",
        b"Content-Length: 0",
    ),
    *(
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Length: 5",
        b"Host: again",
    ),
)
_HOSTS = ("evil.example", "", "a b", "a,b", "[::1", "[::1]:80", "u@h", "127.0.0.1:99999", "127.0.0.1:1")


@dataclass
class Tally:
    """What came of the requests."""

    statuses: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0
    memory_bytes: int = 0
    faults: list[str] = field(default_factory=list)


class Grammar:
    """Draws requests to one server."""

    def __init__(self, seed: int, origin: str, client: Client, users: list[dict[str, str]]) -> None:
        """`users` are credentials: one hidden, one bare, and those that are shown."""
        self._random = random.Random(seed)
        self._origin = origin
        self._authority = origin.partition("//")[2]
        self._client = client
        self._hidden, self._bare, *self._shown = users
        self._by_cookie = "Cookie" in self._hidden
        self._clean = False

    def request(self) -> bytes:
        """The bytes of one, or of what is none."""
        draw = self._random
        self._clean = draw.random() < 0.5
        if self._clean:
            method, path = draw.choice(_GOOD)
        else:
            method = draw.choice(_ODD_METHODS if self._oddly(0.05) else _METHODS)
            path = draw.choice(_PATHS)
        body = b""
        if method not in ("GET", "HEAD") or self._oddly(0.1):
            body = _ORDER if self._clean and path == "/orders" else draw.choice(_BODIES)
        head, elsewhere, query = self._credential(method, path)
        lines = [*self._host(), *head]
        if not self._clean:
            lines += draw.choices(_NOISE, k=draw.choice((0, 0, 0, 1, 1, 2, 3)))
        if body and not self._oddly(0.2):
            lines.append(b"Content-Type: application/json")
        if self._oddly(0.01):
            lines += [b"A: b"] * draw.choice((50, 200, 5000))
        framing, body = self._frame(body, elsewhere)
        draw.shuffle(lines)
        lines[draw.randint(0, len(lines)) : 0] = framing
        target = self._target(path, query)
        version = "HTTP/1.1" if self._clean else draw.choice(_VERSIONS)
        start = f"{method} {target} {version}".encode("latin-1", "replace")
        whole = _CRLF.join([start, *lines, b"", b""]) + body
        if self._oddly(0.1):
            whole = self._mutate(whole)
        if self._oddly(0.05):
            whole += b"GET /public HTTP/1.1\r\nHost: x\r\n\r\n" * draw.choice((1, 3, 500))
        return whole

    def cut(self, whole: bytes) -> list[bytes]:
        """In one piece, or in some."""
        draw = self._random
        at = sorted(draw.randint(0, len(whole)) for _ in range(draw.choice((0, 0, 0, 1, 2, 6))))
        return [whole[a:b] for a, b in zip([0, *at], [*at, len(whole)], strict=True)]

    def abrupt(self) -> bool:
        """Whether the client hangs up without waiting for an answer."""
        return self._random.random() < 0.05

    def _oddly(self, share: float) -> bool:
        return not self._clean and self._random.random() < share

    def _credential(self, method: str, path: str) -> tuple[list[bytes], list[bytes], str]:
        """Lines for the head, lines for elsewhere, and a query."""
        draw = self._random
        origin = {"Origin": self._origin}
        kind = draw.random()
        if kind < 0.1:
            return [], [], ""
        if kind < 0.4:
            shown = self._client.headers(method, path, draw.choice(self._shown))
            if draw.random() < 0.4:
                return _lines({**origin, **shown}), [], ""
            return [self._spelled(name, value) for name, value in {**origin, **shown}.items()], [], ""
        if kind < 0.6 and self._by_cookie:
            proofs = {**origin, **self._client.headers(method, path, self._bare)}
            cookie = proofs.pop("Cookie")
            if draw.random() < 0.5:
                missing = _lines({name: proofs.pop(name) for name in ["Origin"]})
            elif "X-CSRF-Token" in proofs:
                missing = _lines({name: proofs.pop(name) for name in ["X-CSRF-Token"]})
            else:
                missing = _lines(proofs)
                proofs = {}
            # Sec-Fetch-Site would say it too.
            return [*_lines({"Cookie": cookie}), *_lines(proofs)], missing, ""
        hidden = {**origin, **self._client.headers(method, path, self._hidden)}
        name = "Cookie" if self._by_cookie else "Authorization"
        value = hidden.pop(name)
        own = _lines(hidden) if draw.random() < 0.7 else []
        line = f"{name}: {value}".encode()
        bare = value.partition(" ")[2] or value
        place = draw.randrange(6)
        if place == 0:
            asked = draw.choice(("access_token", name, name.lower(), "token", "sid"))
            return own, [], f"{asked}={quote(draw.choice((bare, value)))}"
        if place == 1:
            other = draw.choice(("X-", "Proxy-", "X-Forwarded-", "")) + draw.choice(
                (name, name + "2", name + "_")
            )
            if other != name:
                return [*own, f"{other}: {value}".encode()], [], ""
        if place == 2:
            folded = draw.choice(
                (b"A: b\r\n ", b"A: b\r\n\t", b"A: b\n", b"A: b\r", b"A: b\x00", b" ", b"\x0b", b"#")
            )
            return [*own, folded + line], [], ""
        return own, [line], ""

    def _spelled(self, name: str, value: str) -> bytes:
        """A field of the head as it is, or nearly."""
        draw = self._random
        spelled = draw.choice((name, name, name.lower(), name.upper(), name.swapcase()))
        changed = draw.choice(
            (
                *(value,) * 6,
                value + " ",
                "\t" + value + "\t",
                value.swapcase(),
                value.replace(" ", "  ", 1),
                quote(value),
                f'"{value}"',
                value + "," + value,
                value + "; " + value,
                value[: len(value) // 2],
                value + "\x00",
                value + "=" * draw.randint(1, 3),
            )
        )
        line = f"{spelled}: {changed}".encode("latin-1", "replace")
        return _CRLF.join([line] * draw.choice((1, 1, 1, 1, 2, 3)))

    def _host(self) -> list[bytes]:
        draw = self._random
        if not self._oddly(0.1):
            return [f"Host: {self._authority}".encode()]
        return [f"Host: {host}".encode() for host in draw.choices(_HOSTS, k=draw.choice((0, 1, 1, 2)))]

    def _target(self, path: str, query: str) -> str:
        draw = self._random
        if self._oddly(0.1):
            at = draw.randrange(len(path))
            path = path[:at] + f"%{ord(path[at]):02x}" + path[at + 1 :]
        if self._oddly(0.15):
            path = draw.choice(
                (
                    *(
                        path + "/",
                        "/" + path,
                        path + "/..",
                        path + "#a",
                        path.upper(),
                        "*",
                        path + ";a",
                        path + "é",
                    ),
                    *(
                        path + "\\",
                        path + "?" * 3,
                        self._authority,
                        "http:" + path,
                        path + "a" * 20_000,
                        "",
                        " ",
                    ),
                )
            )
        if query:
            path += f"?{query}"
        if self._oddly(0.1):
            host = draw.choice((self._authority, *_HOSTS))
            path = draw.choice(("http://", "https://", "HTTP://", "ftp://")) + host + draw.choice((path, ""))
        return path

    def _frame(self, body: bytes, elsewhere: list[bytes]) -> tuple[list[bytes], bytes]:
        """Lines that say where the body ends, and what is sent behind the head: with lines from elsewhere."""
        draw = self._random
        hides = bool(elsewhere)
        if draw.random() < (0.7 if hides else 0.3):
            extension = b";a=" + b'"' + b"".join(elsewhere) + b'"' if hides and draw.random() < 0.3 else b""
            trailers = elsewhere if not extension else []
            chunks = []
            at = 0
            size = draw.choice((1, 7, 100, 20_000, 20_000))
            while at < len(body):
                piece = body[at : at + size]
                chunks.append(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece))
                at += size
            last = draw.choice((b"0" * 20, b"", b"-1", b"g")) if self._oddly(0.3) else b"0"
            end = last + extension + _CRLF
            content = b"".join(chunks) + end + b"".join(line + _CRLF for line in trailers) + _CRLF
            coding = draw.choice(
                (*(b"chunked",) * 12, b"gzip, chunked", b"chunked, x", b"identity", b" chunked\t")
            )
            lines = [b"Transfer-Encoding: " + coding]
            if draw.random() < 0.05:
                lines.append(b"Content-Length: %d" % len(content))
            return lines, content
        if hides:
            hidden = b"".join(line + _CRLF for line in elsewhere)
            # In the body, before it or after it; or behind a request that has none.
            body = draw.choice((hidden, body + hidden, hidden + _CRLF + body, _CRLF + hidden + _CRLF))
        if not body and draw.random() < 0.7:
            return [], body
        length = (
            len(body) if draw.random() < 0.85 else draw.choice((0, 1, len(body) // 2, len(body) + 5, 10**6))
        )
        written = draw.choice((*(b"%d",) * 12, b"0%d", b"+%d", b"%d,", b"%d.0", b" %d "))
        return [b"Content-Length: " + written % length], body

    def _mutate(self, whole: bytes) -> bytes:
        """Some bytes less, more or different: a byte at a time makes no head of what is none."""
        draw = self._random
        changed = bytearray(whole)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at = draw.randrange(len(changed))
            match draw.randrange(3):
                case 0:
                    changed[at] = draw.randrange(256)
                case 1:
                    del changed[at]
                case _:
                    changed.insert(at, draw.choice(b"\x00\r\n \t:;,%\xff"))
        return bytes(changed)


def _lines(headers: Mapping[str, str]) -> list[bytes]:
    return [f"{name}: {value}".encode() for name, value in headers.items()]


def _send(port: int, pieces: list[bytes], *, abrupt: bool) -> bytes:
    """Everything that came back. TimeoutError if the connection does not end."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as connection:
        with contextlib.suppress(ConnectionError, OSError):
            for piece in pieces:
                connection.sendall(piece)
            if abrupt:
                return answer
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                answer += chunk
    return answer


def _memory_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class State:
    """What must not change, read where it is kept."""

    def __init__(self, server: ServerProcess, database: Path, nobody: list[str]) -> None:
        self._server = server
        self._database = database
        self._nobody = nobody

    def read(self) -> dict[str, object]:
        """Accounts with their passwords, orders of those who may not have any, and logins begun."""
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            accounts = connection.execute(
                "SELECT username, password_hash, scope, disabled FROM accounts"
            ).fetchall()
            marks = ",".join("?" * len(self._nobody))
            orders = connection.execute(
                f"SELECT count(*) FROM orders WHERE sub IN ({marks})",
                self._nobody,
            ).fetchone()
        return {
            "accounts": sorted(accounts),
            "orders": orders,
            "issued": self._server.ask("counters")["credentials_issued"],
        }


@contextlib.contextmanager
def _stderr_into(path: Path) -> Iterator[None]:
    """Have a child that is started inside write its errors there."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def run(scheme: str, count: int, seed: int, redis_url: str, folder: Path) -> Tally:
    """Send `count` requests to a server of its own behind `scheme`."""
    database, errors = folder / "database.sqlite", folder / "errors.txt"
    with _stderr_into(errors):
        server = ServerProcess(
            folder,
            scheme=scheme,
            redis_url=redis_url,
            redis_key_prefix=f"generated-{scheme}:",
            database_url=f"sqlite+aiosqlite:///{database}",
            session_idle_s=_LIFETIME_S,
            session_absolute_s=_LIFETIME_S,
            token_lifetime_s=_LIFETIME_S,
            dpop_proof_lifetime_s=_LIFETIME_S,
            # On a busy machine a store is late, and 503 the right answer: it is no fault of a request.
            store_deadline_ms=_DEADLINE_MS,
            database_deadline_ms=_DEADLINE_MS,
        )
    try:
        tally = _run(server, State(server, database, ["user-000000", "user-000001"]), count, seed)
    finally:
        server.stop()
    if b"Traceback" in (said := errors.read_bytes()):
        tally.faults.append("traceback: " + said.decode(errors="replace")[-2000:])
    return tally


def _run(server: ServerProcess, state: State, count: int, seed: int) -> Tally:
    card = Card.model_validate(server.ask("card"))
    client = Client(card, server.origin)
    order = {"first": 0, "count": _SHOWN + 2, "lifetime_s": _LIFETIME_S}
    if client.key_thumbprint:
        order["jkt"] = client.key_thumbprint  # type: ignore[assignment]
    users = [item["headers"] for item in server.ask("seed", **order)["credentials"]]
    if not card.authenticates:
        users = [{"Authorization": "Bearer nobody"}] * len(users)
    grammar = Grammar(seed, server.origin, client, users)
    tally = Tally()
    for _ in range(min(300, count)):  # caches and pools have their size by then
        _send(server.port, [grammar.request()], abrupt=False)
    before, memory_before = state.read(), _memory_bytes(server.pid)
    for _ in range(count):
        whole = grammar.request()
        begun_s = time.monotonic()
        try:
            answer = _send(server.port, grammar.cut(whole), abrupt=grammar.abrupt())
        except TimeoutError:
            tally.faults.append(f"no end after {HANG_S:.0f} s: {whole[:2000]!r}")
            continue
        tally.slowest_s = max(tally.slowest_s, time.monotonic() - begun_s)
        statuses = [match.decode() for match in _STATUS.findall(answer)]
        tally.statuses.update(statuses)
        if any(status in ("500", "502", "503", "504") for status in statuses):
            tally.faults.append(f"{statuses}: {whole[:2000]!r}")
    tally.memory_bytes = _memory_bytes(server.pid) - memory_before
    if tally.memory_bytes > MEMORY_MAX_BYTES:
        tally.faults.append(f"{tally.memory_bytes / 1e6:.0f} MB more memory")
    if card.authenticates:
        after = state.read()
        if after != before:
            tally.faults.append(f"state: {before} became {after}")
        for user in users[:2]:
            status = server.request("GET", "/me", dict(client.headers("GET", "/me", user))).status
            if status != 200:
                tally.faults.append(f"a login ended: {status}")
    return tally


def main() -> int:
    """Run from the command line; 1 if there was a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000, help="requests to each scheme")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scheme", choices=KINDS, action="append")
    options = parser.parse_args()
    faults = 0
    with TemporaryDirectory(prefix="generated-") as folder:
        store = RedisProcess(Path(folder))
        try:
            for scheme in options.scheme or KINDS:
                own = Path(folder) / scheme
                own.mkdir()
                begun_s = time.monotonic()
                tally = run(scheme, options.count, options.seed, store.url, own)
                faults += len(tally.faults)
                print(
                    f"{scheme}: {options.count} requests in {time.monotonic() - begun_s:.0f} s, slowest "
                    f"{tally.slowest_s:.2f} s, memory {tally.memory_bytes / 1e6:+.1f} MB, "
                    f"faults {len(tally.faults)}; {dict(sorted(tally.statuses.items()))}",
                    flush=True,
                )
                for fault in tally.faults[:20]:
                    print(f"  {fault}", flush=True)
        finally:
            store.kill()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
