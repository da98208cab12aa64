"""Claims that do not fit: genuine tokens for somebody else, from somebody else, for another time."""

import time

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import forger
from loadtests.attacks.laboratory.jws import Members
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_REQUIRED = ("iss", "aud", "exp", "iat", "jti", "sub", "client_id")


class ClaimsOfAnotherPlace(Attack):
    """Genuinely signed, with each claim missing, of another place, another time or another type."""

    row = "G7"
    name = "claims that do not fit"
    question = "Is a genuine token believed that is for another audience, issuer or time, or lacks a claim?"
    sources = (
        "OWASP ASVS 5.0 9.2.1",
        "OWASP ASVS 5.0 9.2.3",
        "OWASP ASVS 5.0 10.3.1",
        "RFC 8725 section 3.8",
        "RFC 8725 section 3.9",
        "RFC 7519 section 4.1",
        "RFC 9068 section 4",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableAudience")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        issuer = made.issuer
        if issuer is None:
            return lab.nothing_there(
                "the credential is no token: it has no claims that a client could see or carry"
            )
        changed = _changed(made.claims, int(time.time()))
        forgeries = {name: issuer.token(made.header, claims) for name, claims in changed.items()}
        return made.result(
            forgeries, "every claim is required, and must fit", issuer.token(made.header, made.claims)
        )


def _changed(claims: Members, now: int) -> dict[str, Members]:
    found = {f"no {name}": {k: v for k, v in claims.items() if k != name} for name in _REQUIRED}
    for name, value in (
        ("aud", "https://other.invalid"),
        ("aud", f"{claims['aud']}/"),
        ("aud", ["https://other.invalid", claims["aud"]]),
        ("aud", None),
        ("iss", "https://evil.invalid"),
        ("iss", f"{claims['iss']}/"),
        ("iss", claims["iss"].upper()),
        ("nbf", now + 3600),
        ("nbf", "soon"),
        ("iat", now + 3600),
        ("exp", now - 1),
        ("exp", now - 3600),
        ("exp", str(now + 3600)),
        ("exp", now + 3600.5),
        ("exp", 1e30),
        ("exp", None),
        ("exp", True),
        ("sub", [claims["sub"]]),
    ):
        found[f"{name} {value!r}"] = {**claims, name: value}
    return found
