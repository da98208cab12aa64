"""The ends of credentials, watched once on a server of `SHORT_LIVES` for all attacks that ask about them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authbench.contracts.security.attack import Exchange
from loadtests.attacks.laboratory.jws import Jws
from loadtests.attacks.laboratory.lab import AttackLab, Person
from loadtests.attacks.laboratory.presented import Presented

_STEP_S = 0.5
"""Between two uses of a credential in steady use: well inside the idle period."""
_LATE_S = 0.4
"""After a moment at which something must be over. Moments are whole seconds of the server's clock."""


@dataclass
class Life:
    """One login, and how it was found."""

    person: Person
    began_s: float
    ends_s: float
    """Unix seconds: when the credential says that it ends, or the answer to the login."""
    works_at_first: bool = False
    accepted: bool = False
    """At the end: still."""
    refreshed: bool = False
    """At the end: its refresh token still gives a good credential."""
    evidence: list[Exchange] = field(default_factory=list)
    unused_s: float = 0.0
    """The longest time between two uses."""
    _used_s: float = 0.0

    def used(self) -> None:
        """Note that the login was used just now."""
        now = time.time()
        self.unused_s = max(self.unused_s, now - (self._used_s or self.began_s))
        self._used_s = now

    def too_idle(self, settings: Mapping[str, Any]) -> str | None:
        """Why its end shows nothing: a busy machine used it too rarely. None: often enough."""
        limit_s = min(settings["session_idle_s"], settings["refresh_idle_s"]) - _STEP_S
        if self.unused_s < limit_s:
            return None
        return f"the machine was too busy to use it steadily: not once for {self.unused_s:.1f} s"


@dataclass(frozen=True)
class Lives:
    """What became of a login that was left idle, one in steady use, one at the moment of its expiry, and one
    that was renewed steadily; None where there is nothing to renew.
    """

    idle: Life
    busy: Life
    boundary: Life
    renewed: Life | None


def watch_lives(lab: AttackLab) -> Lives:
    """Watch them, once for each server: some seconds."""
    notes = lab.target.notes
    if "lives" not in notes:
        notes["lives"] = _watch(lab)
    lives: Lives = notes["lives"]
    return lives


def _watch(lab: AttackLab) -> Lives:
    settings = lab.target.condition.settings
    labs = {name: AttackLab(lab.target, lab.connection) for name in ("idle", "busy", "boundary", "renewed")}
    idle, busy, boundary, renewed = (_begin(own) for own in labs.values())
    idle_s = idle.began_s + settings["session_idle_s"] + 1 + _LATE_S
    over_s = max(settings["session_absolute_s"], settings["refresh_absolute_s"]) + 1 + _LATE_S
    over_s += max(busy.began_s, renewed.began_s)
    asked_idle = asked_boundary = False
    while time.time() < over_s:
        lab.wait(min(_STEP_S, max(over_s - time.time(), 0.01)))
        now = time.time()
        if now < over_s - _LATE_S:
            labs["busy"].has_effect("used steadily", busy.person, busy.person.credential)
            busy.used()
            _renew(labs["renewed"], renewed)
            renewed.used()
        if now < boundary.ends_s - _LATE_S:
            labs["boundary"].has_effect("used steadily", boundary.person, boundary.person.credential)
        if not asked_idle and now >= idle_s:
            asked_idle = True
            _look(labs["idle"], idle, "after more than the idle period without use")
        if not asked_boundary and now >= boundary.ends_s + _LATE_S:
            asked_boundary = True
            _look(labs["boundary"], boundary, "just after it ends", refresh=False)
    _look(labs["busy"], busy, "past its absolute end, used until then", refresh=False)
    if renewed.person.refresh_token:
        renewed.refreshed = _renew(labs["renewed"], renewed)
    for life, own in zip((idle, busy, boundary, renewed), labs.values(), strict=True):
        life.evidence = own.evidence[:3] + own.evidence[3:][-4:]
    return Lives(idle, busy, boundary, renewed if renewed.person.refresh_token else None)


def _begin(lab: AttackLab) -> Life:
    person = lab.new_person()
    reply = lab.send_login(person)
    now = time.time()
    person.login = person.client.keep(reply.set_cookies, reply.json())
    token = Jws.parse(Presented.of(person.credential).text)
    ends_s = token.claims["exp"] if token else now + reply.json()["expires_in"]
    life = Life(person, now, ends_s)
    life.works_at_first = lab.has_effect("just logged in", life.person, life.person.credential)
    return life


def _look(lab: AttackLab, life: Life, title: str, *, refresh: bool = True) -> None:
    life.accepted = lab.has_effect(title, life.person, life.person.credential)
    if refresh and life.person.refresh_token:
        life.refreshed = _renew(lab, life)


def _renew(lab: AttackLab, life: Life) -> bool:
    """Whether a refresh gives a credential that works; the person keeps it."""
    person = life.person
    if not person.refresh_token:
        return False
    reply = lab.refresh("refresh", person)
    login = person.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
    if login is None:
        return False
    person.login = login
    return lab.has_effect("the renewed credential", person, person.credential)
