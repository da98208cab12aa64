"""One password tried on many accounts, which no count for each account notices."""

import secrets

from loadtests.attacks.attack import Attack
from loadtests.attacks.guessing.accounts import Guesser, many_accounts
from loadtests.attacks.guessing.login_paths import spared
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_OTHERS = 60
"""Accounts that have another password, and are tried first."""


class PasswordSpray(Attack):
    """The victim is the last of many: everybody else has another password."""

    row = "J5"
    name = "password spraying"
    question = "Does a guesser get in who tries one likely password on sixty-one accounts?"
    sources = ("OWASP ASVS 5.0 6.3.1", "OWASP Authentication: Protect Against Automated Attacks")
    control = Control("servers.vulnerable.logins.login_endpoint:VulnerableUnthrottledLogin")

    def run(self, lab: AttackLab) -> AttackResult:
        stand_in = spared(lab.target.scheme, lab.card)
        if stand_in is not None:
            return lab.left_to(stand_in)
        victim = lab.logged_in()
        lab.check_before(victim)
        others = many_accounts(lab, _OTHERS, secrets.token_urlsafe(12))
        with lab.target.connect() as connection:
            guesser = Guesser(lab, connection)
            replies = [guesser.persist(name, victim.password) for name in (*others, victim.username)]
            body = {"username": victim.username, "password": "***"}
            lab.keep("the guess at the victim", "POST", "/login", guesser.headers(), body, replies[-1])
            guessed = guesser.orders(victim.username, replies[-1])
        tried = sum(reply.status == 401 for reply in replies)
        lab.figure("accounts on which the password was tried", tried, f"of {_OTHERS}")
        lab.check_after(victim)
        if guessed:
            return lab.succeeded(
                f"it was tried on all {_OTHERS + 1} accounts, and let the guesser in to the last one"
            )
        return lab.rejected(
            f"it was tried on {tried} accounts and put off on the others, the victim's among them"
        )
