"""A credential in a place where it does not belong: in the URL, which is logged, or in the other header."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented

_PARAMETERS = ("access_token", "token", "sid", "session", "jwt", "auth")


class CredentialElsewhere(Attack):
    """Present the victim's own credential in the query, and in a header that the scheme does not use."""

    row = "A5"
    name = "credential elsewhere"
    question = "Is a credential accepted in the URL, or by a second mechanism?"
    sources = (
        "OWASP ASVS 5.0 14.2.1",
        "OWASP Session Management: Used vs. Accepted Session ID Exchange Mechanisms",
        "RFC 9700 section 4.3.2",
        "RFC 6750 section 2.3",
    )
    control = Control("servers.vulnerable.tokens.query_token:VulnerableQueryToken")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        text = presented.text
        accepted = [
            f"?{name}="
            for name in _PARAMETERS
            if lab.writes(f"in the query: {name}", victim.username, {}, query=f"{name}={text}")
        ]
        other: dict[str, dict[str, str]] = (
            {"Authorization": {"Authorization": f"Bearer {text}"}}
            if presented.in_cookie
            else {
                f"Cookie {name}": {"Cookie": f"{name}={text}"}
                for name in ("access_token", "__Host-Http-sid", "__Host-sid", "sid")
            }
        )
        other["X-Auth-Token"] = {"X-Auth-Token": text}
        accepted += [
            place
            for place, headers in other.items()
            if lab.writes(f"in the other place: {place}", victim.username, headers)
        ]
        lab.check_after(victim)
        if accepted:
            return lab.succeeded(f"accepted in {', '.join(accepted)}")
        return lab.unauthenticated("only the one header counts: elsewhere it is no credential")
