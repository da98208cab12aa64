"""A request with a proof of its sender's key, sent twice."""

from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

NOT_BOUND = "its tokens are bound to no key"
REPLAY_STORE = "dpop_replay_store"
"""The setting with which a server remembers used proofs."""


def replay(lab: AttackLab, how_long: str) -> AttackResult:
    """Send one request of the victim's twice, the second time with another body."""
    victim = lab.logged_in()
    lab.check_before(victim)
    copied = victim.client.headers("POST", "/orders", victim.credential)
    if not lab.writes("the victim's request", victim.username, copied):
        return lab.not_run("the request that was to be copied did not work")
    again = lab.writes("the same proof with another body", victim.username, copied)
    lab.check_after(victim)
    if again:
        return lab.succeeded(f"the copied proof was good again, {how_long}")
    return lab.rejected("a proof is good once")
