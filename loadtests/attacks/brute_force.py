"""A password that is guessed: one account, many passwords, as fast as they can be sent."""

import secrets

from loadtests.attacks.attack import Attack
from loadtests.attacks.guessing.accounts import Guesser
from loadtests.attacks.guessing.login_paths import spared
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_ALLOWED = 100
"""Consecutive failed attempts at most (NIST SP 800-63B-4 section 3.2.2; ASVS 4.0 2.2.1 allows as many an
hour)."""


class BruteForce(Attack):
    """The right password stands behind a hundred wrong ones. Whether it is tried is seen by what it gives.

    The owner, on a device that the account knows, must get in meanwhile: a guesser must lock nobody out.
    """

    row = "J1"
    name = "brute force"
    question = "Does a guesser get in whose hundred-and-first password in a row is the right one?"
    sources = ("OWASP ASVS 5.0 6.3.1", "OWASP ASVS 4.0 2.2.1", "NIST SP 800-63B-4 section 3.2.2")
    control = Control("servers.vulnerable.logins.login_endpoint:VulnerableUnthrottledLogin")

    def run(self, lab: AttackLab) -> AttackResult:
        stand_in = spared(lab.target.scheme, lab.card)
        if stand_in is not None:
            return lab.left_to(stand_in)
        victim = lab.new_person()
        first = lab.send_login(victim)
        victim.login = victim.client.keep(first.set_cookies, first.json())
        device = _device_cookie(first.set_cookies)
        lab.check_before(victim)
        passwords = [*(secrets.token_urlsafe(12) for _ in range(_ALLOWED)), victim.password]
        with lab.target.connect() as connection:
            guesser = Guesser(lab, connection)
            replies = [guesser.persist(victim.username, password) for password in passwords]
            body = {"username": victim.username, "password": "***"}
            for number in (0, _ALLOWED):
                lab.keep(f"guess {number + 1}", "POST", "/login", guesser.headers(), body, replies[number])
            guessed = guesser.orders(victim.username, replies[-1])
        tried = sum(reply.status == 401 for reply in replies)
        lab.figure("wrong passwords that were tried", tried, f"of {_ALLOWED}")
        lab.figure("guesses put off", sum(reply.status == 429 for reply in replies), f"of {_ALLOWED + 1}")
        lab.figure(
            "next guess after, by the last refusal", _retry_after_s(replies[-1].header("retry-after")), "s"
        )
        headers = victim.client.login_headers(lambda: lab.connection.request("GET", "/csrf").set_cookies)
        known = {**headers, "Cookie": "; ".join(filter(None, (headers.get("Cookie"), device)))}
        lab.figure("owner on a known device locked out", lab.send_login(victim, known).status != 200)
        lab.check_after(victim)
        if guessed:
            return lab.succeeded(
                f"all {_ALLOWED + 1} passwords were tried, and the right one let the guesser in"
            )
        return lab.rejected(f"{tried} passwords were tried, the others put off, the right one among them")


def _device_cookie(set_cookies: list[str]) -> str:
    """The cookie that makes a device known at logins; empty if there is none."""
    return next(
        (line.partition(";")[0] for line in set_cookies if "path=/login" in line.lower().replace(" ", "")), ""
    )


def _retry_after_s(value: str | None) -> float:
    return float(value) if value is not None and value.isdigit() else 0.0
