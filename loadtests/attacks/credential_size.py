"""The size of a credential: a cookie above the limit is dropped by browsers, without a word."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented

_COOKIE_MAX = 4096
"""Name and value together (RFC 6265bis section 5.6)."""


class CredentialSize(Attack):
    """Measure what a login sets, and what every request then carries."""

    row = "A4"
    name = "oversized cookie"
    question = "Does the server set a cookie so large that browsers drop it?"
    sources = ("OWASP ASVS 5.0 3.3.5", "RFC 6265bis section 5.6")
    control = Control(
        "servers.vulnerable.cookies.careless_cookies:VulnerableOversizedCookie", {"payload_bytes": 4096}
    )

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.new_person()
        reply = lab.send_login(victim)
        victim.login = victim.client.keep(reply.set_cookies, reply.json())
        lab.check_before(victim)
        carried = sum(len(name) + len(value) + 4 for name, value in victim.credential.items())
        lab.figure("carried by a request", carried, "bytes")
        if not Presented.of(victim.credential).in_cookie:
            return lab.rejected("it travels in no cookie; no limit of browsers concerns it")
        pairs = [line.partition(";")[0] for line in reply.set_cookies]
        largest = max(len(pair) - 1 for pair in pairs)
        lab.figure("largest cookie", largest, "bytes")
        if largest > _COOKIE_MAX:
            return lab.succeeded(f"a cookie is larger than {_COOKIE_MAX} bytes: the login has no effect")
        return lab.rejected(f"no cookie is larger than {_COOKIE_MAX} bytes; what does not fit is refused")
