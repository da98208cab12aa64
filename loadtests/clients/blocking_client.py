"""Single requests of the harness itself, outside every measured window: blocking, one at a time."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authbench.contracts.message import parse_json

_TIMEOUT_S = 5.0
_USUAL_PORTS = {"http": 80, "https": 443}
_CHANGING_HEADERS = frozenset({"date", "set-cookie", "vary", "www-authenticate", "strict-transport-security"})
"""Reply headers that may differ between schemes, moments, or arms with HTTPS and without. Vary tells caches
where the credential was (RFC 9110 section 12.5.5): Starlette's SessionMiddleware sets it."""


@dataclass(frozen=True)
class Reply:
    """A whole HTTP reply; status 0 when there was none."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: int = 11
    """Of HTTP, as http.client counts it: 10 is HTTP/1.0."""

    @property
    def answered(self) -> bool:
        """False where there was no reply in time, or one that says that server or store are overloaded:
        whoever is not answered asks again, or leaves it out.
        """
        return 0 < self.status < 500

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case); None if there is none."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def set_cookies(self) -> list[str]:
        return [value for key, value in self.headers if key == "set-cookie"]

    @property
    def comparable_headers(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each header that must not differ between schemes, in order."""
        return tuple(item for item in self.headers if item[0] not in _CHANGING_HEADERS)

    def json(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        try:
            return parse_json(self.body)
        except ValueError:
            return None


def _origin(scheme: str, host: str, port: int) -> str:
    """As a browser writes it: IPv6 in brackets, without the scheme's own port (RFC 6454 section 6.2)."""
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}" + ("" if port == _USUAL_PORTS[scheme] else f":{port}")


class BlockingClient:
    """One connection to one server. Close it, or use it as a context."""

    def __init__(
        self, host: str, port: int, authority: Path | None = None, timeout_s: float = _TIMEOUT_S
    ) -> None:
        """`authority` signed the server's certificate; None for plain HTTP. OSError if that file is none."""
        if authority is None:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        else:
            trust = ssl.create_default_context(cafile=str(authority))
            self._connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=trust)
        self.origin = _origin("http" if authority is None else "https", host, port)

    @property
    def local_port(self) -> int:
        """The port of this end; 0 where no connection is open."""
        connected = self._connection.sock
        return int(connected.getsockname()[1]) if connected is not None else 0

    def reach(self) -> None:
        """Open the connection now. OSError, which says why, if it cannot be opened."""
        try:
            self._connection.connect()
        except OSError:
            self._connection.close()
            raise

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Reply:
        """Send one request, with a JSON body if given. As a browser's, a change of state names its origin."""
        sent = dict(headers or {})
        if method != "GET":
            sent["Origin"] = self.origin
        if body is not None:
            sent["Content-Type"] = "application/json"
        return self.send(method, path, sent, None if body is None else json.dumps(body).encode())

    def send(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        """Send one request with these headers and this body as they are; its length is added."""
        try:
            self._connection.request(method, path, body=content, headers=dict(headers))
            reply = self._connection.getresponse()
            whole = reply.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Reply(0, (), b"")
        headers_in_order = tuple((k.lower(), v) for k, v in reply.getheaders())
        return Reply(reply.status, headers_in_order, whole, reply.version)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "BlockingClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
