"""The canaries: credentials that were never issued, or have expired, must be rejected."""

from loadtests.attacks.attack import Attack, AttackResult, Evidence, Outcome, Target
from loadtests.attacks.forging import forge


class ForgedCredential(Attack):
    """Ask who the user is, with the legitimate credential first and then with each forgery of it."""

    name = "forged-credential"
    misuses = "credential"

    def run(self, target: Target) -> AttackResult:
        good = target.client.headers("GET", "/me", target.credential)
        tries = [("good", 200, good)]
        if target.authenticates:
            tries += [(kind, 401, headers) for kind, headers in forge(good).items()]
        if target.expired is not None:
            tries.append(("expired", 401, target.client.headers("GET", "/me", target.expired)))
        evidence = [
            Evidence(kind, expected, target.connection.request("GET", "/me", headers))
            for kind, expected, headers in tries
        ]
        legitimate, *forged = (each.reply.status for each in evidence)
        if legitimate != 200 or not forged:
            return AttackResult(Outcome.NOT_RUN, evidence)
        accepted = any(status < 400 for status in forged)
        return AttackResult(Outcome.SUCCEEDED if accepted else Outcome.REJECTED, evidence)
