"""A revoked credential spelled differently: a list of revoked texts knows one spelling of it."""

from collections.abc import Iterator

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.jws import decoded, encoded
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_BYTES = 32


class RespelledCredential(Attack):
    """Log out, check that the credential itself is refused, and present every other spelling of it."""

    row = "E8"
    name = "respelled after logout"
    question = "Is a revoked credential accepted again in another spelling?"
    sources = (
        "OWASP JSON Web Token for Java: token denylist",
        "RFC 7515 section 2",
        "RFC 6750 section 2.1",
        "OWASP ASVS 5.0 7.4.1",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableRawDenylist")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        lab.log_out(victim)
        if lab.has_effect("the credential itself after logout", victim, victim.credential):
            return lab.nothing_there("a logout ends nothing here, so there is no list to get around: see E1")
        spellings = dict(respelled(presented.text))
        accepted = [
            name
            for name, text in spellings.items()
            if lab.has_effect(name, victim, presented.alone(text), victim.client)
        ]
        lab.figure("spellings tried", len(spellings))
        if accepted:
            return lab.succeeded(
                f"accepted: {', '.join(accepted)}", denied_by_card="logout_ends_credential: true"
            )
        return lab.rejected("it is what the credential stands for that is over, not its text")


def respelled(text: str) -> Iterator[tuple[str, str]]:
    """(name, spelling): texts that a lenient reader takes for the same credential."""
    yield "with ==", text + "=="
    yield "with =", text + "="
    yield "in upper case", text.swapcase()
    head, dot, last = text.rpartition(".")
    if (unused := len(last) % 4) in (2, 3):
        # The last character of such a length has bits that say nothing (RFC 4648 section 3.5).
        place = _ALPHABET.find(last[-1])
        yield (
            "with other trailing bits",
            head + dot + last[:-1] + _ALPHABET[place ^ (1 if unused == 3 else 8)],
        )
    if text.count(".") == 2:
        for place in range(2):
            parts = text.split(".")
            parts[place] += "="
            yield f"padding in part {place + 1}", ".".join(parts)
        signature = decoded(last)
        if len(signature) == 2 * _P256_BYTES:
            r, s = signature[:_P256_BYTES], int.from_bytes(signature[_P256_BYTES:], "big")
            yield "with signature (r, n - s)", f"{head}.{encoded(r + (_P256_ORDER - s).to_bytes(32, 'big'))}"
