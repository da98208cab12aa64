"""Algorithm none: a token that says that it is not signed."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import forger
from loadtests.attacks.laboratory.jws import signing_input
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_SPELLINGS = ("none", "None", "NONE", "nOnE", "", None)


class AlgorithmNone(Attack):
    """The victim's claims under every spelling of none, with no signature and with the attacker's own."""

    row = "G1"
    name = "algorithm none"
    question = "Is a token believed that says that it is not signed?"
    sources = ("OWASP ASVS 5.0 9.1.2", "RFC 8725 section 3.1", "RFC 8725 section 3.2", "RFC 7519 section 6")
    control = Control("servers.vulnerable.tokens.verification:VulnerableNone")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        own = made.genuine.signature if made.genuine else "c2lnbmF0dXJl"
        forgeries = {}
        for spelling in _SPELLINGS:
            text = signing_input({**made.header, "alg": spelling}, made.claims)
            forgeries[f"alg {spelling!r}, no signature"] = f"{text}."
            forgeries[f"alg {spelling!r}, the attacker's signature"] = f"{text}.{own}"
        header = {name: value for name, value in made.header.items() if name != "alg"}
        forgeries["no alg at all"] = signing_input(header, made.claims) + "."
        return made.result(forgeries, "the verifier chooses the algorithm, not the token")
