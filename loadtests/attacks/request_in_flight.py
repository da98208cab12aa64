"""Resurrection: a request that is in flight while its user logs out brings the session back."""

import secrets

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.in_flight import held_order
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_READS_S = (0.15, 0.6, 2.4)
"""From the arrival of the request until it waits for the database: reading a credential takes some
milliseconds, and on a busy machine some tenths of a second. One after the other is tried.
"""


class RequestInFlight(Attack):
    """Hold a request whose credential was read, log out meanwhile, let it go, and replay the credential."""

    row = "E4"
    name = "request in flight during logout"
    question = "Does a request in flight during the logout bring the credential back to life?"
    sources = ("OWASP ASVS 5.0 7.4.1", "OWASP Session Management: Manual Session Expiration")
    control = Control("session-redis-rewrite")

    def run(self, lab: AttackLab) -> AttackResult:
        other = lab.logged_in()
        # Used once, as the victim's is: a server may remember whom it let in.
        lab.has_effect("of somebody else", other, other.credential)
        lab.log_out(other)
        if lab.has_effect("of somebody else, after an ordinary logout", other, other.credential):
            return lab.nothing_there("a logout ends nothing at once here, so nothing can come back: see E1")
        for reads_s in _READS_S:
            result = self._try(lab, reads_s)
            if result is not None:
                return result
        return lab.not_run("the request was refused: it had not read its credential before the logout")

    @staticmethod
    def _try(lab: AttackLab, reads_s: float) -> AttackResult | None:
        """None: the logout came before the request had read its credential."""
        victim = lab.logged_in()
        lab.check_before(victim)
        nonce = f"nonce-{secrets.token_hex(6)}"
        sent = victim.client.headers("POST", "/orders", lab.with_csrf(victim.credential))
        with held_order(lab, "a request that was under way at the logout", sent, nonce, reads_s) as request:
            lab.log_out(victim)
            if lab.target.written_under(nonce):
                return lab.not_run("the request did not wait")
        request.finish()
        if not lab.target.written_under(nonce):
            return None
        if lab.has_effect("the same credential, afterwards", victim, victim.credential):
            denied = (
                None if lab.card.revived_by_requests_in_flight else "revived_by_requests_in_flight: false"
            )
            return lab.succeeded("the request wrote back what the logout had ended", denied_by_card=denied)
        return lab.rejected("what the logout ended stays ended")
