"""Whether the time of a refusal tells why a credential was refused."""

import itertools
import time

from authbench.contracts.security.attack import Figure
from loadtests.attacks.attack import Attack
from loadtests.attacks.identifiers.credential_text import never_issued
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.statistics.discrimination import auc
from loadtests.attacks.statistics.medians import ratio_of_medians
from loadtests.clients.client import Headers

_EACH = 100
_TELLS = 3.0
"""The ratio of two medians from which on a single look tells; the whole interval must lie beyond. A refusal
that asks the store takes up to twice as long as one that need not: that is no secret, as the card says it. A
look through records, a hash of a password, or a comparison that stops early, is not bounded by anything."""


class RefusalLatency(Attack):
    """A hundred refusals of each kind that the scheme has, in turns: expired, revoked, never issued.

    Never issued is an id of the same shape, or the same claims under another signature. For each pair of
    kinds the ratio of medians and the AUC are figures, with their intervals.
    """

    row = "J4"
    name = "latency of refusals"
    question = "Does the time of a refusal tell whether a credential was expired, revoked or never issued?"
    sources = ("OWASP ASVS 5.0 11.2.4", "RFC 7515 section 10.9")
    control = Control("servers.vulnerable.endpoints.refusals:VulnerableTellingRefusals")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        kinds = self._kinds(lab, victim)
        taken_ms: dict[str, list[float]] = {kind: [] for kind in kinds}
        accepted: set[str] = set()
        with lab.target.connect() as connection:
            for number in range(_EACH):
                for kind in sorted(kinds, reverse=bool(number % 2)):
                    credential = kinds[kind][number % len(kinds[kind])]
                    headers = victim.client.headers("GET", "/me", credential)
                    lab.target.go_on()
                    began_ns = time.perf_counter_ns()
                    reply = connection.request("GET", "/me", headers)
                    if reply.answered:
                        taken_ms[kind].append((time.perf_counter_ns() - began_ns) / 1e6)
                    if number == 0:
                        lab.keep(kind, "GET", "/me", headers, None, reply)
                    if reply.status < 400 and reply.answered:
                        accepted.add(kind)
        lab.check_after(victim)
        compared = {kind: times for kind, times in taken_ms.items() if kind not in accepted}
        if any(len(times) < _EACH // 2 for times in compared.values()):
            return lab.not_run("the server was too busy to answer half of the requests")
        if len(compared) < 2:
            return lab.nothing_there(
                "it refuses one kind of credential only: what was ended lives on until it expires"
            )
        told, widest = [], 1.0
        for one, other in itertools.combinations(sorted(compared), 2):
            ratio = ratio_of_medians(compared[one], compared[other])
            area = auc(compared[one], compared[other])
            pair = f"{other} / {one}"
            lab.figures += [
                Figure(name=f"ratio of medians, {pair}", value=ratio.value, low=ratio.low, high=ratio.high),
                Figure(name=f"AUC, {pair}", value=area.value, low=area.low, high=area.high),
            ]
            widest = max(widest, ratio.value, 1 / ratio.value)
            if ratio.above(_TELLS) or ratio.below(1 / _TELLS):
                told.append(f"{one} from {other}")
        if told:
            return lab.succeeded(f"one look tells {' and '.join(told)}")
        return lab.rejected(
            f"no kind takes {_TELLS:g} times as long as another: at most {widest:.1f} times, in the median"
        )

    @staticmethod
    def _kinds(lab: AttackLab, victim: Person) -> dict[str, list[Headers]]:
        """Credentials of each kind. An expired session is presented once: then its store has forgotten it."""
        seeded = lab.target.server.seed(0, _EACH, -60, jkt=victim.client.key_thumbprint)
        ended = Person(victim.username, victim.password, victim.client)
        lab.log_in(ended)
        lab.log_out(ended)
        return {
            "expired": [each.headers for each in seeded],
            "never issued": [never_issued(victim.credential) for _ in range(_EACH)],
            "revoked": [ended.credential],
        }
