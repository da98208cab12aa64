"""Tampering: other contents under the same signature, and other forms around it."""

import json

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import Forger, forger
from loadtests.attacks.laboratory.jws import decoded, encoded, signing_input
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented, changed_inside, invented


class TamperedCredential(Attack):
    """Make the attacker's own credential say that it is the victim's; cut and change the victim's own."""

    row = "G3"
    name = "tampered credential"
    question = "Is a credential believed whose content or signature was changed?"
    sources = (
        "OWASP ASVS 5.0 9.1.1",
        "OWASP ASVS 5.0 7.2.1",
        "RFC 7515 section 5.2",
        "RFC 8725 section 3.3",
        "RFC 7519 section 7.2",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableUnverified")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        text = Presented.of(made.victim.credential).text
        forgeries = {
            "one character changed": changed_inside(text),
            "invented": invented(text),
            "cut short": text[:-1],
            "its first half": text[: len(text) // 2],
            "empty": "",
            "the user's name": made.victim.username,
        }
        forgeries |= _of_a_token(made) if made.genuine else _of_signed_content(made)
        return made.result(forgeries, "what was not issued is not believed")


def _of_a_token(made: Forger) -> dict[str, str]:
    assert made.genuine is not None  # noqa: S101 - the caller asked
    changed = signing_input(made.header, made.claims)
    payload = changed.partition(".")[2]
    signature = made.genuine.signature
    flattened = {"payload": payload, "protected": changed.partition(".")[0], "signature": signature}
    return {
        "another subject, the same signature": f"{changed}.{signature}",
        "another subject, no signature": f"{changed}.",
        "another subject, two parts": changed,
        "another subject, four parts": f"{changed}.{signature}.{signature}",
        "the claims alone": payload,
        "JSON serialization": json.dumps(flattened, separators=(",", ":")),
        "JSON serialization, encoded": encoded(json.dumps(flattened).encode()),
    }


def _of_signed_content(made: Forger) -> dict[str, str]:
    """Another subject in what is signed but no token: JSON, a dot, and a signature."""
    content, dot, signature = made.presented.text.partition(".")
    own, other = made.attacker.username.encode(), made.victim.username.encode()
    claims = {"another subject, a token of its own": signing_input(made.header, made.claims) + ".AAAA"}
    try:
        changed = decoded(content).replace(own, other)
    except ValueError:
        return claims
    if not dot or other not in changed:
        return claims
    return claims | {
        "another subject, the same signature": f"{encoded(changed)}.{signature}",
        "another subject, no signature": f"{encoded(changed)}.",
        "another subject alone": encoded(changed),
    }
