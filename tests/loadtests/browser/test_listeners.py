"""What the two listeners answer, and what they log: without a browser, over real sockets."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from authbench.system.certificate import Certificate, make_certificate
from loadtests.browser.arrivals import Arrivals
from loadtests.browser.listeners import Answers, Listener
from loadtests.browser.origins import ELSEWHERE, NAMES, VICTIM, host


class _Application(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(201)
        self.send_header("Strict-Transport-Security", "max-age=1")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(self.headers["cookie"].encode() + b" " + body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def answers(application: int) -> Answers:
    return Answers(application)


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, NAMES)


@pytest.fixture
def secured(arrivals: Arrivals, answers: Answers, certificate: Certificate) -> Iterator[Listener]:
    listener = Listener(arrivals, answers.over_tls, certificate)
    yield listener
    listener.close()


def ask(
    listener: Listener, certificate: Certificate, origin: str, method: str, path: str, body: str | None = None
) -> tuple[int, list[tuple[str, str]], bytes]:
    trust = ssl.create_default_context(cafile=str(certificate.authority))
    plain = socket.create_connection(("127.0.0.1", listener.server_port))
    with trust.wrap_socket(plain, server_hostname=host(origin)) as tls:
        connection = http.client.HTTPConnection(host(origin))
        connection.sock = tls
        connection.request(method, path, body, {"Cookie": "sid=1", "Connection": "close"})
        reply = connection.getresponse()
        return reply.status, [(name.lower(), value) for name, value in reply.getheaders()], reply.read()


def test_the_victims_name_is_the_application_and_all_is_logged(
    secured: Listener, certificate: Certificate, arrivals: Arrivals
) -> None:
    status, headers, body = ask(secured, certificate, VICTIM, "POST", "/orders?x=1", "an order")
    assert (status, body) == (201, b"sid=1 an order")
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]
    (arrival,) = arrivals.since(0, VICTIM)
    assert (arrival.method, arrival.path, arrival.status) == ("POST", "/orders?x=1", 201)
    assert arrival.cookies == {"sid": "1"}
    assert arrival.mentions("an order")
    assert arrivals.since(arrivals.now()) == []


def test_hsts_is_left_out_until_it_is_wanted(
    secured: Listener, certificate: Certificate, answers: Answers
) -> None:
    for lost in (True, False):
        answers.hsts_is_lost = lost
        _, headers, _ = ask(secured, certificate, VICTIM, "POST", "/", "x")
        assert ("strict-transport-security" in dict(headers)) is not lost


def test_pages_are_there_under_every_name_and_nothing_else_of_the_disk(
    secured: Listener, certificate: Certificate
) -> None:
    for origin in (VICTIM, ELSEWHERE):
        status, headers, body = ask(secured, certificate, origin, "GET", "/pages/elsewhere.html")
        assert (status, dict(headers)["content-type"]) == (200, "text/html; charset=utf-8")
        assert b"elsewhere.js" in body
    assert ask(secured, certificate, ELSEWHERE, "GET", "/pages/../scene.py")[0] == 204
    assert ask(secured, certificate, ELSEWHERE, "POST", "/collect", "loot")[0] == 204


def test_other_names_set_the_cookies_that_they_are_asked_to(
    secured: Listener, certificate: Certificate
) -> None:
    _, headers, _ = ask(secured, certificate, ELSEWHERE, "GET", "/set-cookies?line=a%3D1&line=b%3D2")
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_the_listener_without_tls_hears_every_name(arrivals: Arrivals, answers: Answers) -> None:
    listener = Listener(arrivals, answers.in_the_clear, None)
    connection = http.client.HTTPConnection("127.0.0.1", listener.server_port)
    connection.request("GET", "/me", headers={"Host": "victim.test", "Cookie": "sid=1"})
    assert connection.getresponse().read() == b"heard"
    connection.close()
    listener.close()
    (arrival,) = arrivals.since(0)
    assert (arrival.origin, arrival.cookies) == ("http://victim.test", {"sid": "1"})


def test_an_application_that_is_gone_is_a_502(arrivals: Arrivals, certificate: Certificate) -> None:
    listener = Listener(arrivals, Answers(1).over_tls, certificate)
    assert ask(listener, certificate, VICTIM, "GET", "/me")[0] == 502
    listener.close()
