"""What a refresh policy costs owners and leaves a thief, as figures: the trade that every policy makes."""

from functools import partial

from scipy import stats

from authbench.contracts.card import RefreshPolicy
from authbench.contracts.security.attack import Figure
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control, StandIn
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.at_once import open_connections
from loadtests.attacks.refreshes.holder import GRACE_S, NOTHING_REFRESHES
from loadtests.attacks.refreshes.policy_trial import PolicyTrial
from loadtests.attacks.refreshes.thieves import (
    keep_pace,
    mean_unnoticed_s,
    refresh_at_once,
    survived_cycles,
)

_STANDS_FOR = {
    RefreshPolicy.STATIC: "jwt-refresh-static",
    RefreshPolicy.STRICT: "jwt-hs256",
    RefreshPolicy.GRACE: "jwt-refresh-grace",
    RefreshPolicy.CONFIRM_ON_USE: "jwt-refresh-confirm",
}
"""The scheme on which a policy is tried: what other schemes with the same one do is the same code."""
_LOST = (0.0, 0.01, 0.05)
_OWNERS = {1: 60, 3: 20}
"""By how many tabs each has open."""
_REFRESHES = 10
_THIEVES = 20
_CYCLES = 3
"""Refreshes of the owner that a thief must survive to count as unnoticed."""
_INTERVAL_S = 900
"""Between two refreshes of a client: the default `token_lifetime_s`."""
_ABSOLUTE_S = 30 * 86_400
"""Seconds a login can be refreshed: the default `refresh_absolute_s`, when the last thief is out."""
_SEED = 20261126


class RefreshPolicyTrade(Attack):
    """The thief who keeps pace: it presents each token right after the owner, again and again.

    With it come the figures of the policy. Owners: the share that is logged out within ten refreshes, with
    one tab and with three, where no reply, one of a hundred or one of twenty is lost, and the client tries
    again at once. Thieves: one refreshes with what it stole at some moment between two refreshes of the owner
    (900 s), and goes on as a client would: how long until the login ends, on the average over twenty moments.
    Whoever is not noticed within three refreshes of the owner is counted until the login's absolute end.
    """

    row = "H11"
    name = "thief who keeps pace"
    question = "Does a thief go unnoticed for good who refreshes right after the owner, every time?"
    sources = ("RFC 9700 section 4.14.2", "OWASP ASVS 5.0 10.4.5")
    control = Control("jwt-refresh-static")

    def run(self, lab: AttackLab) -> AttackResult:
        policy = lab.card.refresh_policy
        if policy is None or not lab.card.refreshes:
            return lab.nothing_there(NOTHING_REFRESHES)
        stands_for = _STANDS_FOR[policy]
        if lab.target.scheme != stands_for and ":" not in lab.target.scheme:
            return lab.left_to(StandIn(stands_for, f"the policy is {policy}, which is tried on {stands_for}"))
        with open_connections(lab.target, max(_OWNERS)) as connections:
            trial = PolicyTrial(lab.target, connections, _SEED)
            paced = survived_cycles(trial, _THIEVES, _CYCLES, keep_pace)
            for tabs, owners in _OWNERS.items():
                for lost in _LOST:
                    ended = trial.logged_out(owners, _REFRESHES, lost, tabs)
                    what = f"owners logged out, {tabs} tab{'s' * (tabs > 1)}, {lost:.0%} of replies lost"
                    lab.figures.append(_share(what, ended, owners))
            wait_s = GRACE_S + 1 if policy is RefreshPolicy.GRACE else 0
            be_hasty = partial(refresh_at_once, wait=lambda: lab.wait(wait_s))
            hasty = survived_cycles(trial, _THIEVES, _CYCLES, be_hasty)
        unnoticed_s = mean_unnoticed_s(hasty, _CYCLES, _INTERVAL_S, _ABSOLUTE_S)
        lab.figure("thief who refreshes at once, undetected", unnoticed_s, "s")
        survived = sum(cycles == _CYCLES for cycles in paced)
        lab.figure("thief who keeps pace, undetected", _ABSOLUTE_S if survived == _THIEVES else 0, "s")
        lab.figures.append(_share("thieves who keep pace, unnoticed", survived, _THIEVES))
        self._show(lab)
        if survived:
            return lab.succeeded(
                f"{survived} of {_THIEVES} were granted {_CYCLES} refreshes each, and no owner noticed"
            )
        return lab.rejected("every thief was refused at the first refresh, and the login ended")

    @staticmethod
    def _show(lab: AttackLab) -> None:
        """One owner and one thief of them, as evidence, with an order of the thief's."""
        victim = lab.logged_in()
        lab.check_before(victim)
        stolen = victim.refresh_token
        lab.refresh("the owner refreshes", victim)
        reply = lab.refresh("the thief presents the same token", victim, stolen)
        login = victim.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if login is not None:
            lab.has_effect("an order of the thief's", victim, login.headers)


def _share(name: str, count: int, of: int) -> Figure:
    """A share with Clopper and Pearson's interval (Biometrika 26 (1934) 404-413)."""
    found = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return Figure(name=name, value=count / of, low=float(found.low), high=float(found.high))
