"""The lean client through TLS, against a real server."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.records import Outcome
from authbench.system.certificate import Certificate, make_certificate
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import lay_out_request
from loadtests.http.tls import TlsConnection
from tests.loadtests.http.test_pool import Listener, until
from tests.servers.server_process import close_pipes, launch


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def port(certificate: Certificate) -> Iterator[int]:
    process, answer = launch(
        {
            "scheme": "none",
            "tls_certificate_file": str(certificate.certificate),
            "tls_key_file": str(certificate.key),
        }
    )
    yield answer["port"]
    process.kill()
    process.wait(60)
    close_pipes(process)


def request(subject: str, port: int) -> bytes:
    return lay_out_request("GET", "/me", "127.0.0.1", port, {"X-Subject": subject}, secure=True)


def test_replies_are_whole_and_in_step(certificate: Certificate, port: int) -> None:
    pool = ConnectionPool("127.0.0.1", port, 8, ssl.create_default_context(cafile=certificate.authority))
    pool.grow()
    assert len(pool.idle) == 8
    assert all(isinstance(connection, TlsConnection) for connection in pool.idle)
    listener = Listener()
    for row in range(200):
        pool.send(request(f"user{row}", port), row, listener)
        if row % 8 == 7:
            listener.wait(row + 1)
    for ending in listener.wait(200):
        assert (ending.status, ending.body) == (
            200,
            f'{{"sub":"user{ending.row}","scope":["user"]}}'.encode(),
        )
    # Session tickets came on every idle connection and ended none of them.
    assert (pool.opened, pool.idle_closed, pool.in_flight) == (8, 0, 0)
    pool.close()


def test_each_request_can_have_a_handshake_of_its_own(certificate: Certificate, port: int) -> None:
    trust = ssl.create_default_context(cafile=certificate.authority)
    pool = ConnectionPool("127.0.0.1", port, 8, trust, fresh=True)
    pool.grow()
    listener = Listener()
    for row in range(20):
        pool.send(request(f"user{row}", port), row, listener)
        if row % 4 == 3:
            listener.wait(row + 1)
    for ending in listener.wait(20):
        assert (ending.status, ending.body) == (
            200,
            f'{{"sub":"user{ending.row}","scope":["user"]}}'.encode(),
        )
    assert trust.session_stats()["connect_good"] == 20
    assert trust.session_stats()["hits"] == 0, "no session is resumed"
    assert (pool.opened, pool.idle_closed, pool.in_flight, len(pool)) == (20, 0, 0, 0)
    pool.close()


def test_a_long_request_goes_in_several_records(certificate: Certificate, port: int) -> None:
    pool = ConnectionPool("127.0.0.1", port, 1, ssl.create_default_context(cafile=certificate.authority))
    pool.grow()
    listener = Listener()
    wire = lay_out_request(
        "POST", "/orders", "127.0.0.1", port, {}, b'{"item":"' + b"x" * 60_000 + b'"}', secure=True
    )
    pool.send(wire, 0, listener)
    assert listener.wait()[0].status == 413
    pool.close()


def test_a_server_nobody_vouches_for_is_no_server(port: int, tmp_path: Path) -> None:
    other = make_certificate(tmp_path)
    pool = ConnectionPool("127.0.0.1", port, 2, ssl.create_default_context(cafile=other.authority))
    with pytest.raises(ssl.SSLCertVerificationError):
        pool.grow()
    until(lambda: len(pool) == 0)
    pool.close()


def test_plain_http_where_tls_is_spoken_and_the_other_way_round(certificate: Certificate, port: int) -> None:
    pool = ConnectionPool("127.0.0.1", port, 1)
    pool.grow()
    listener = Listener()
    pool.send(request("ada", port), 0, listener)
    assert listener.wait()[0].outcome in (Outcome.CLOSED, Outcome.MALFORMED)
    pool.close()


def test_a_server_that_dies_ends_what_is_under_way(certificate: Certificate) -> None:
    process, answer = launch(
        {
            "scheme": "servers.instruments.planted_delay:PlantedDelay",
            "planted_delay_ms": 2,
            "tls_certificate_file": str(certificate.certificate),
            "tls_key_file": str(certificate.key),
        }
    )
    pool = ConnectionPool(
        "127.0.0.1", answer["port"], 2, ssl.create_default_context(cafile=certificate.authority)
    )
    pool.grow()
    listener = Listener()
    pool.send(request("ada", answer["port"]), 0, listener)
    process.kill()
    process.wait(60)
    assert listener.wait()[0].outcome is Outcome.CLOSED
    until(lambda: len(pool) == 0)
    pool.close()
    close_pipes(process)
