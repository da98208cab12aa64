"""Challenges of refusals: what a client is told about how to authenticate, and an attacker about why not."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented, changed_inside, invented
from loadtests.clients.blocking_client import Reply


class Challenges(Attack):
    """Present nothing, an invented credential and a changed one, and a good one that may not do this."""

    row = "A7"
    name = "challenges"
    question = "Does a refusal lack its challenge, or tell apart why a credential is not good?"
    sources = ("RFC 9110 section 11.6.1", "RFC 6750 section 3", "RFC 6750 section 3.1")
    control = Control("servers.vulnerable.endpoints.answers:VulnerableChallenges")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        client = victim.client

        def read(title: str, text: str) -> Reply:
            return lab.send(title, "GET", "/me", client.headers("GET", "/me", presented.replaced(text)))

        nothing = lab.send("without a credential", "GET", "/me")
        forged = read("invented", invented(presented.text)), read("changed", changed_inside(presented.text))
        forbidden = lab.ask("not allowed", victim, "GET", "/admin/report")
        if any(reply.status < 400 for reply in (nothing, *forged)):
            return lab.not_run("what should be refused is let in, so it has no challenge: see G3")
        wrong = _wrong(nothing, *forged, forbidden, bearer=not presented.in_cookie)
        lab.check_after(victim)
        if wrong:
            return lab.succeeded("; ".join(wrong))
        return lab.rejected("each 401 names its challenge, and one answer serves every bad credential")


def _wrong(nothing: Reply, invented_: Reply, changed: Reply, forbidden: Reply, *, bearer: bool) -> list[str]:
    wrong = []
    challenge = {reply.header("www-authenticate") for reply in (nothing, invented_, changed)}
    if None in challenge:
        wrong.append("a 401 has no WWW-Authenticate")
    if (invented_.status, invented_.body, invented_.header("www-authenticate")) != (
        changed.status,
        changed.body,
        changed.header("www-authenticate"),
    ):
        wrong.append("an invented credential and a changed one are told apart")
    if bearer and "error=" in (nothing.header("www-authenticate") or ""):
        wrong.append("an error code without a credential")
    if bearer and 'error="invalid_token"' not in (invented_.header("www-authenticate") or ""):
        wrong.append("no invalid_token for a bad token")
    if bearer and 'error="insufficient_scope"' not in (forbidden.header("www-authenticate") or ""):
        wrong.append("no insufficient_scope for a good one that may not do this")
    return wrong
