"""Tokens of another kind: the same issuer signs with the same key what is no access token."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import forger
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_TYPES = ("JWT", "jwt", "id_token", "refresh+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE", "", None)


class TokenOfAnotherKind(Attack):
    """Genuinely signed, with another type in the header, or an extension that is critical and unknown."""

    row = "G6"
    name = "token of another kind"
    question = (
        "Is a genuine token believed that was signed for another purpose, or demands what nobody knows?"
    )
    sources = (
        "OWASP ASVS 5.0 9.2.2",
        "RFC 8725 section 3.11",
        "RFC 8725 section 3.12",
        "RFC 9068 section 2.1",
        "RFC 7515 section 4.1.11",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableType")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        issuer = made.issuer
        if issuer is None:
            return lab.nothing_there("the credential is no token: there is no other kind of it")
        header, claims = made.header, made.claims
        forgeries = {f"typ {kind!r}": issuer.token({**header, "typ": kind}, claims) for kind in _TYPES}
        forgeries["no typ"] = issuer.token({k: v for k, v in header.items() if k != "typ"}, claims)
        forgeries["crit unknown"] = issuer.token({**header, "crit": ["x"], "x": 1}, claims)
        forgeries["crit empty"] = issuer.token({**header, "crit": []}, claims)
        forgeries["crit b64"] = issuer.token({**header, "crit": ["b64"], "b64": False}, claims)
        return made.result(forgeries, "only an access token is one", issuer.token(made.header, made.claims))
