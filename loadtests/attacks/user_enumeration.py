"""User names that are found out by how long, or how, a login is refused."""

import secrets
import statistics
import time

from authbench.contracts.security.attack import Figure
from loadtests.attacks.attack import Attack
from loadtests.attacks.guessing.accounts import Guesser, many_accounts, unknown_names
from loadtests.attacks.guessing.login_paths import spared
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.statistics.discrimination import auc
from loadtests.clients.blocking_client import Reply

_EACH = 200
_MARGIN = 0.1
"""Of the AUC from 0.5: below 0.6 nobody calls a test any good (Hosmer and Lemeshow, Applied Logistic
Regression, 2000, section 5.2.4, call everything below 0.7 no discrimination). A login that hashes for known
users only reaches 1."""


class UserEnumeration(Attack):
    """Wrong passwords for two hundred users that exist and two hundred that do not, one after the other.

    By time: the probability that an existing user's refusal takes longer than an unknown one's (AUC). By
    answer: status, headers and body must be the same.
    """

    row = "J2"
    name = "user enumeration"
    question = "Does a refused login tell, by its time or its answer, whether the user exists?"
    sources = ("OWASP ASVS 5.0 6.3.8", "OWASP Authentication: Authentication Responses")
    control = Control("servers.vulnerable.logins.login_endpoint:VulnerableEarlyExitLogin")

    def run(self, lab: AttackLab) -> AttackResult:
        stand_in = spared(lab.target.scheme, lab.card)
        if stand_in is not None:
            return lab.left_to(stand_in)
        known = many_accounts(lab, _EACH, secrets.token_urlsafe(12))
        taken_ms: dict[bool, list[float]] = {True: [], False: []}
        answers: dict[bool, set[tuple[object, ...]]] = {True: set(), False: set()}
        with lab.target.connect() as connection:
            guesser = Guesser(lab, connection)
            for number, pair in enumerate(zip(known, unknown_names(_EACH), strict=True)):
                # In turns, so that what changes meanwhile meets both alike.
                order = (True, False) if number % 2 else (False, True)
                for exists in order:
                    headers, password = guesser.headers(), secrets.token_urlsafe(12)
                    began_ns = time.perf_counter_ns()
                    reply = guesser.guess(pair[not exists], password, headers)
                    if reply.answered:
                        taken_ms[exists].append((time.perf_counter_ns() - began_ns) / 1e6)
                        answers[exists].add(_answer(reply))
                    if number == 0:
                        title = "an existing user" if exists else "an unknown user"
                        body = {"username": pair[not exists], "password": "***"}
                        lab.keep(title, "POST", "/login", headers, body, reply)
        if min(map(len, taken_ms.values())) < _EACH // 2:
            return lab.not_run("the server was too busy to answer half of the guesses")
        area = auc(taken_ms[False], taken_ms[True])
        lab.figures.append(
            Figure(name="AUC, existing against unknown", value=area.value, low=area.low, high=area.high)
        )
        for exists, what in ((True, "existing"), (False, "unknown")):
            lab.figure(f"median of a refusal, {what} user", statistics.median(taken_ms[exists]), "ms")
        if answers[True] != answers[False]:
            return lab.succeeded("the answer tells: another status, header or body")
        if any(status != 401 for status, *_ in answers[True]):
            return lab.not_run("the guesses were not refused as wrong passwords")
        if area.above(0.5 + _MARGIN) or area.below(0.5 - _MARGIN):
            return lab.succeeded(
                f"the time tells: {area.value:.0%} of pairs are told apart the right way around"
            )
        return lab.rejected(f"answers are the same, and so is the time: AUC {area.value:.2f} of 0.5")


def _answer(reply: Reply) -> tuple[object, ...]:
    """What of a reply must be the same; the length of the body stands in a header."""
    return reply.status, tuple(name for name, _ in reply.comparable_headers), reply.body
