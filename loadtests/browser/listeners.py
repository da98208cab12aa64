"""The two listeners on loopback: one with TLS for every origin, one without, where a thief listens.

The application under attack stands behind the first one, as it would behind a TLS terminator that
`public_origin` names. What belongs to the victim's name and is not a page of ours is handed on to it; so the
log of arrivals has all that a browser sends it.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from authbench.system.certificate import Certificate
from loadtests.browser.arrivals import Arrival, Arrivals
from loadtests.browser.origins import VICTIM

_PAGES = Path(__file__).with_name("pages")
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_TIMEOUT_S = 20.0
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
"""Of one connection only (RFC 9110 section 7.6.1), and what is written anew."""
HSTS = "strict-transport-security"
SET_COOKIES = "/set-cookies"
"""Under every name but the victim's: the answer sets a cookie with each `line` of the query."""

Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers, body."""


class Listener(ThreadingHTTPServer):
    """One listener, served in a thread. Close it after the browser: it waits for open connections to end."""

    daemon_threads = False

    def __init__(
        self, arrivals: Arrivals, answer: Callable[[Arrival], Answer], certificate: Certificate | None
    ) -> None:
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate.certificate, certificate.key)
        self.scheme = "http" if certificate is None else "https"
        self.arrivals, self.answer = arrivals, answer
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake is done in the connection's own thread: browsers open connections ahead of need."""
        request.settimeout(_TIMEOUT_S)
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        # The socket that was accepted is detached from its descriptor by the wrapping.
        with contextlib.suppress(OSError), self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def shutdown_request(self, request: Any) -> None:
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a connection is no error, and nothing else may be printed here."""

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            kept = headers.get(name.lower())
            headers[name.lower()] = value if kept is None else f"{kept}\n{value}"
        origin = f"{self.server.scheme}://{headers.get('host', '')}"
        arrival = Arrival(origin, self.command, self.path, headers, body, 0)
        status, reply_headers, content = self.server.answer(arrival)
        # Logged before it is answered: who has the answer finds the arrival.
        self.server.arrivals.add(
            Arrival(origin, self.command, self.path, headers, body, status, tuple(reply_headers), content)
        )
        self.send_response_only(status)
        for name, value in reply_headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = _handle

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


class Answers:
    """What the listeners answer: pages of ours, the application behind the victim's name, or nothing much."""

    def __init__(self, application_port: int) -> None:
        self._port = application_port
        self.hsts_is_lost = True
        """Leave HSTS out of what the application answers: a browser that has not heard of it, or no more."""

    def over_tls(self, arrival: Arrival) -> Answer:
        """A file of pages/ under every name; the application under the victim's; else an empty answer."""
        path = arrival.path.partition("?")[0]
        page = _PAGES / path.removeprefix("/pages/")
        if path.startswith("/pages/") and page.parent == _PAGES and page.is_file():
            return (
                200,
                [("content-type", _TYPES[page.suffix]), ("cache-control", "no-store")],
                page.read_bytes(),
            )
        if arrival.origin == VICTIM:
            return self._from_application(arrival)
        if path == SET_COOKIES:
            lines = parse_qs(arrival.path.partition("?")[2])["line"]
            return 200, [("content-type", "text/plain"), *(("set-cookie", line) for line in lines)], b"set"
        return 204, [("access-control-allow-origin", "*")], b""

    @staticmethod
    def in_the_clear(arrival: Arrival) -> Answer:
        """Somebody on the network answers for every name, so that a browser has a page to act from."""
        if arrival.path == "/pages/elsewhere.html":
            return 200, [("content-type", _TYPES[".html"])], (_PAGES / "elsewhere.html").read_bytes()
        if arrival.path == "/pages/elsewhere.js":
            return 200, [("content-type", _TYPES[".js"])], (_PAGES / "elsewhere.js").read_bytes()
        return 200, [("content-type", "text/plain"), ("access-control-allow-origin", "*")], b"heard"

    def _from_application(self, arrival: Arrival) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            connection.putrequest(arrival.method, arrival.path, skip_host=True, skip_accept_encoding=True)
            for name, values in arrival.headers.items():
                if name not in _HOP:
                    for value in values.split("\n"):
                        connection.putheader(name, value)
            if arrival.body:
                connection.putheader("Content-Length", str(len(arrival.body)))
            connection.endheaders(arrival.body or None)
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):
            return 502, [], b""
        finally:
            connection.close()
        lost = _HOP | ({HSTS} if self.hsts_is_lost else set())
        headers = [(name.lower(), value) for name, value in reply.getheaders() if name.lower() not in lost]
        return reply.status, headers, content
