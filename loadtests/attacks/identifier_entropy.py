"""How many bits of an identifier have to be guessed: its length, and every bit position of many."""

from authbench.contracts.security.attack import Figure
from loadtests.attacks.attack import Attack
from loadtests.attacks.identifiers.credential_text import drawn_in, drawn_in_refresh_token
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented
from loadtests.attacks.statistics.bit_positions import examine_bits

_COUNT = 1024
"""Among so many, a position that is one in 58 % of cases or more fails (chi-square 26, p of 3e-7)."""
_NEEDED = 128
"""Bits (OWASP ASVS 5.0 7.2.3; RFC 6749 section 10.10 asks for a probability of 2^-128 at most)."""
_LIFETIME_S = 60


class IdentifierEntropy(Attack):
    """Issue a thousand credentials, take out what was drawn for each, and examine it bit by bit.

    Every kind of identifier needs 128 positions with nothing against them, and none may come twice. Looking
    like chance is necessary and proves nothing about the source: that is what `predictable identifier` is
    for. That the servers draw with the operating system's generator is held by a test on their source.
    """

    row = "K1"
    name = "entropy of identifiers"
    question = "Has an identifier or a refresh token fewer than 128 bits that look like chance?"
    sources = (
        "OWASP ASVS 5.0 7.2.3",
        "RFC 6749 section 10.10",
        "OWASP Session Management: Session ID Entropy",
    )
    control = Control("servers.vulnerable.logins.session_ids:VulnerableCountedIds")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        issued = lab.target.server.seed(0, _COUNT, _LIFETIME_S, jkt=victim.client.key_thumbprint)
        drawn: dict[str, list[bytes]] = {}
        for each in issued:
            found = drawn_in(Presented.of(each.headers).text)
            if each.refresh:
                found |= drawn_in_refresh_token(each.refresh)
            for name, content in found.items():
                drawn.setdefault(name, []).append(content)
        if not drawn:
            return lab.nothing_there("no part of a credential is drawn at random")
        weak = []
        for name, identifiers in drawn.items():
            if len({len(each) for each in identifiers}) != 1 or len(identifiers) != _COUNT:
                return lab.not_run(f"{name}: not all have one length")
            bits = examine_bits(identifiers)
            lab.figures += [
                Figure(name=f"{name}: length", value=bits.length, unit="bits"),
                Figure(name=f"{name}: positions with nothing against them", value=bits.fair, unit="bits"),
                Figure(name=f"{name}: smallest p-value of a position, corrected", value=bits.smallest_p),
            ]
            if bits.distinct < bits.identifiers:
                weak.append(f"{name}: {bits.identifiers - bits.distinct} came twice")
            elif bits.fair < _NEEDED:
                weak.append(f"{name}: {bits.fair} of {bits.length} bits look like chance")
        lab.check_after(victim)
        if weak:
            return lab.succeeded("; ".join(weak))
        return lab.rejected(f"every identifier has {_NEEDED} bits or more, and none of {_COUNT} came twice")
