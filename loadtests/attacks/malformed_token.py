"""Malformed tokens: what a careless parser believes, breaks at, or works at for long."""

import json
import time

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import Forger, forger
from loadtests.attacks.laboratory.jws import decoded, encoded
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.clients.blocking_client import Reply
from loadtests.clients.client import Headers

_LONG_S = 1.0
_DEEP = 3000
_KEPT = 3
"""Of those that were refused, as evidence."""


class MalformedToken(Attack):
    """Present tokens that are deep, in another encoding, encrypted at a great cost, or repeat a claim."""

    row = "G9"
    name = "malformed token"
    question = "Does a malformed token get in, make the server fail, or keep it busy for a second?"
    sources = ("RFC 8725 section 3.7", "RFC 7519 section 4", "RFC 7515 section 4", "RFC 7518 section 8.5")
    control = Control("servers.vulnerable.tokens.verification:VulnerableParser")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        victim, attacker = made.victim, made.attacker
        lab.check_before(victim)
        wrong: list[str] = []
        forgeries = _forgeries(made)
        for count, (name, text) in enumerate(forgeries.items()):
            credential = made.presented.alone(text)
            reply, took_s = _presented(lab, name, attacker, credential)
            if took_s > _LONG_S:
                # The machine may have been busy: what keeps the server busy does so again.
                lab.evidence.pop()
                reply, took_s = _presented(lab, name, attacker, credential)
            if reply.status >= 500 or reply.status == 0:
                wrong.append(f"{name}: status {reply.status}")
            elif took_s > _LONG_S:
                wrong.append(f"{name}: more than a second")
            elif lab.has_effect(name, victim, credential, attacker.client):
                wrong.append(f"{name}: believed")
            elif count >= _KEPT:
                del lab.evidence[-2:]
        lab.figure("malformed tokens tried", len(forgeries))
        lab.check_after(victim)
        if wrong:
            return lab.succeeded("; ".join(wrong[:5]))
        return lab.rejected("each was refused as any other bad credential, at once")


def _presented(lab: AttackLab, name: str, attacker: Person, credential: Headers) -> tuple[Reply, float]:
    """The reply to GET /me with this credential, and how many seconds it took."""
    began_s = time.monotonic()
    reply = lab.send(name, "GET", "/me", attacker.client.headers("GET", "/me", credential))
    return reply, time.monotonic() - began_s


def _forgeries(made: Forger) -> dict[str, str]:
    header, claims = json.dumps(made.header).encode(), json.dumps(made.claims).encode()
    signature = made.genuine.signature if made.genuine else encoded(bytes(32))
    subject = json.dumps(made.victim.username)
    twice = b'{"sub":' + json.dumps(made.attacker.username).encode() + b"," + claims[1:-1]
    twice += f',"sub":{subject}}}'.encode()
    deep = b"[" * _DEEP + b"]" * _DEEP
    costly = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAAAAAAAAA", "p2c": 2_000_000_000}
    parts = {
        "claims nested deeply": (header, deep),
        "header nested deeply": (deep, claims),
        "header that is a list": (b"[]", claims),
        "header that is a number": (b"1", claims),
        "header that is null": (b"null", claims),
        "claims that are a list": (header, b"[]"),
        "claims that are null": (header, b"null"),
        "claims in UTF-16": (header, claims.decode().encode("utf-16")),
        "header in UTF-16": (header.decode().encode("utf-16"), claims),
        "claims that are not UTF-8": (header, b'{"sub":"\xff"}'),
        "half a surrogate pair": (header, b'{"sub":"\\ud800"}'),
        "a number that is none": (header, claims[:-1] + b',"x":NaN}'),
        "a number of 5000 digits": (header, claims[:-1] + b',"x":' + b"9" * 5000 + b"}"),
        "the subject twice": (header, twice),
        "alg that is a list": (b'{"alg":["HS256","none"],"typ":"at+jwt"}', claims),
        "alg that is a number": (b'{"alg":1,"typ":"at+jwt"}', claims),
        "nothing in it": (b"", b""),
    }
    forgeries = {
        name: f"{encoded(first)}.{encoded(second)}.{signature}" for name, (first, second) in parts.items()
    }
    forgeries["encrypted at a great cost"] = f"{encoded(json.dumps(costly).encode())}.AAAA.AAAA.AAAA.AAAA"
    forgeries["compressed"] = (
        encoded(b'{"alg":"dir","enc":"A128GCM","zip":"DEF"}') + "..AAAAAAAAAAAAAAAA.AAAA.AAAA"
    )
    forgeries["dots alone"] = "....."
    forgeries["a thousand dots"] = "." * 1000
    forgeries["not base64"] = "~~~.~~~.~~~"
    assert decoded(encoded(claims)) == claims  # noqa: S101 - the tools must be right
    return forgeries
