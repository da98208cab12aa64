"""Forged credentials: each claims to be the victim's, and the database says whether it was believed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loadtests.attacks.laboratory.issuer import Issuer, issuer_of
from loadtests.attacks.laboratory.jws import Jws, Members
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.laboratory.presented import Presented

_KEPT = 3
"""Exchanges of forgeries that were refused, kept as evidence; all that succeeded are."""


@dataclass(frozen=True)
class Forger:
    """An attacker with an account of their own, and what a token in the victim's name would say."""

    lab: AttackLab
    victim: Person
    attacker: Person
    presented: Presented
    """The attacker's own credential."""
    genuine: Jws | None
    """The same as a token; None where it is none."""

    @property
    def header(self) -> Members:
        return dict(self.genuine.header) if self.genuine else {"alg": "HS256", "typ": "at+jwt"}

    @property
    def claims(self) -> Members:
        """Those of the attacker's own token, or made up, with the victim as the subject."""
        now = int(time.time())
        made_up = {
            "iss": "https://authbench.invalid",
            "aud": "https://api.authbench.invalid",
            "scope": "user",
            "iat": now,
            "exp": now + 900,
            "jti": "forged",
            "client_id": "first-party",
        }
        return {**(self.genuine.claims if self.genuine else made_up), "sub": self.victim.username}

    @property
    def issuer(self) -> Issuer | None:
        """The issuer's own keys; None where the credential is not a token."""
        directory = Path(self.lab.target.settings["keys_directory"])
        return issuer_of(directory, self.presented.text) if self.genuine else None

    def tried(self, forgeries: Mapping[str, str]) -> list[str]:
        """Present each forged text as the attacker; the names of those that the server believed."""
        lab, believed = self.lab, []
        for count, (name, text) in enumerate(forgeries.items()):
            credential = self.presented.alone(text)
            if lab.has_effect(name, self.victim, credential, self.attacker.client):
                believed.append(name)
            elif count >= _KEPT:
                lab.evidence.pop()
        lab.figure("forgeries tried", len(forgeries))
        lab.figure("forgeries believed", len(believed))
        return believed

    def result(self, forgeries: Mapping[str, str], refused: str, genuine: str = "") -> AttackResult:
        """Try them, and the victim's own credential before and after. `refused`: why none works.

        `genuine`: a token of the issuer's in which nothing is wrong. It must be believed, or the forgeries
        are refused for another reason than the one that they are about.
        """
        lab = self.lab
        lab.check_before(self.victim)
        if genuine:
            credential = self.presented.alone(genuine)
            if not lab.has_effect("nothing wrong with it", self.victim, credential, self.attacker.client):
                return lab.not_run("a token with the issuer's own signature and nothing wrong is refused too")
        believed = self.tried(forgeries)
        lab.check_after(self.victim)
        if believed:
            return lab.succeeded(f"believed: {', '.join(believed[:5])}", denied_by_card="authenticates: true")
        return lab.rejected(f"all {len(forgeries)} refused: {refused}")


def forger(lab: AttackLab) -> Forger:
    """A victim and an attacker, both logged in."""
    victim, attacker = lab.logged_in(), lab.logged_in()
    presented = Presented.of(attacker.credential)
    return Forger(lab, victim, attacker, presented, Jws.parse(presented.text))
