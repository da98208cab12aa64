"""Key confusion: a public key, which everybody has, used as the secret of an HMAC."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import forger
from loadtests.attacks.laboratory.jws import with_hmac
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_ALGORITHMS = ("HS256", "HS384", "HS512")


class KeyConfusion(Attack):
    """The victim's claims under HMAC, with the public key in every form that a server may hold it in."""

    row = "G2"
    name = "key confusion"
    question = "Is a token believed that is signed with the public key as if it were a secret?"
    sources = ("OWASP ASVS 5.0 9.1.2", "RFC 8725 section 2.1", "RFC 8725 section 3.1", "CVE-2022-29217")
    control = Control("servers.vulnerable.tokens.verification:VulnerableKeyConfusion")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        issuer = made.issuer
        if issuer is None or issuer.public is None:
            return lab.nothing_there("there is no public key: a secret signs, or nothing does")
        forgeries = {
            f"{algorithm} with {form}": with_hmac({**made.header, "alg": algorithm}, made.claims, key)
            for form, key in issuer.public_key_texts().items()
            for algorithm in _ALGORITHMS
        }
        return made.result(forgeries, "one key, one algorithm")
