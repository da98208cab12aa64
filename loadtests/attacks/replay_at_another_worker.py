"""Replay after logout at another process of the same server, which was not the one that was told."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import TWO_WORKERS, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_NEWS_S = 1.0
"""From the logout to the replay: what travels between processes has arrived by then, also on a busy machine,
if anything does. Caches that last some seconds have not ended."""


class ReplayAtAnotherWorker(Attack):
    """Use the credential at both processes, log out at one, and use it at the other."""

    row = "E2"
    name = "replay at another worker"
    question = "Does another process still accept the credential a second after the logout?"
    sources = ("OWASP ASVS 5.0 7.4.1", "OWASP ASVS 5.0 7.2.1", "RFC 7009 section 3")
    control = Control("servers.vulnerable.ends.logout:VulnerableWorkerList")
    condition = TWO_WORKERS

    def run(self, lab: AttackLab) -> AttackResult:
        with lab.target.connections_to_workers() as workers:
            if len(workers) < 2:
                return lab.not_run("no connection reached the second process")
            here, there = workers
            victim = lab.new_person()
            lab.log_in(victim, over=here)
            lab.check_before(victim, over=here)
            if not lab.has_effect("at the other process, before", victim, victim.credential, over=there):
                return lab.not_run("the other process does not know a login of this one")
            lab.log_out(victim, over=here)
            lab.wait(_NEWS_S)
            told = lab.has_effect("at the process that was told", victim, victim.credential, over=here)
            other = lab.has_effect("at the other process", victim, victim.credential, over=there)
        if not other:
            return lab.rejected("no process accepts it any more")
        if told:
            return lab.succeeded("both processes accept it: the logout ended nothing")
        window_s = lab.card.revocation_window_s
        denied = "revocation_window_s: 0" if window_s == 0 else None
        reason = "the process that was told refuses it, the other one remembers it"
        return lab.succeeded(f"{reason}: for at most {window_s:g} s, says the card", denied_by_card=denied)
