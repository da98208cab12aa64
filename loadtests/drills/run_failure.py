"""Run one failure drill on several schemes at once: one site, one load, one failure, a history of each."""

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from authbench.contracts.card import Card, StoreLoss
from authbench.contracts.measuring_protocol import AccountsOrder
from authbench.contracts.message import Reply
from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import History
from authbench.words.counting import counted
from loadtests.clients.client import Client
from loadtests.drills.drill import FailureDrill
from loadtests.drills.site.server import DrillServer
from loadtests.drills.site.site import Site, open_site
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.history.connections import Connections
from loadtests.history.load import Load, plan
from loadtests.history.users import REGULARS, HeldLogin, Users, way_to_end

_BEFORE_S = 1.0
_PHASE_S = 0.5
"""The failure begins at a random moment of so many seconds."""
_END_S = 60.0
"""For what was killed to be started again, at most: the load goes on for as long as it takes."""
_SETTLE_S = 0.4
"""From the end of the failure to the proofs that it is over."""
_READERS = REGULARS + 30
_LEAVING = 40
_ENDED_FIRST = 12
_REFRESHING = 8
_ACCOUNTS = 20
_FIRST_ACCOUNT = 1_000_000
"""Nobody who logs in is a user whose login is ended: ending may reach all of a user's."""
_LIFETIME_S = 86_400
_STORE_DEADLINE_MS = 250.0
_DATABASE_DEADLINE_MS = 2000.0
"""The server's defaults, which the drill does not change."""
_START_S = 30.0
_DRAIN_S = 20.0


@dataclass
class Drilled:
    """What came of one drill."""

    proofs: list[Proof] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)
    """Why the drill says nothing of a scheme, by scheme."""
    failure_s: float = 0.0
    late_p99_ms: float = 0.0
    store: str | None = None
    """Which store it was, in words; None: no scheme was drilled."""


def run_failure(
    drill: FailureDrill,
    cards: Mapping[str, Card],
    rate_rps: float,
    slo_ms: float,
    seed: int,
    say: Callable[[str], None],
) -> Drilled:
    """Do the drill to the schemes of these cards, each under `rate_rps` requests/s.

    Nothing but what the drill kills is started again, and everything ends with this call.
    """
    drilled = Drilled(not_run={name: why for name, card in cards.items() if (why := drill.not_for(card))})
    schemes = [name for name in cards if name not in drilled.not_run]
    if not schemes:
        return drilled
    layout = plan_layout(available_processors())
    with contextlib.ExitStack() as stack:
        stack.enter_context(one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")))
        scratch = stack.enter_context(scratch_directory())
        say(f"{drill.name}: starting a store and {counted(len(schemes), 'server')}")
        site = stack.enter_context(
            open_site(
                schemes,
                layout,
                scratch,
                workers=drill.workers,
                proxied=drill.proxied,
                replicas=drill.replicas,
                watched=drill.watched,
                settings=drill.settings,
            )
        )
        drilled.store = site.store.description
        load = _prepare(drill, site, schemes, rate_rps, seed)
        stack.callback(load.abandon)
        _run(drill, site, load, seed, drilled, slo_ms, say)
    return drilled


def _prepare(drill: FailureDrill, site: Site, schemes: Sequence[str], rate_rps: float, seed: int) -> Load:
    longest_s = _BEFORE_S + _PHASE_S + drill.lead_s + drill.failure_s + drill.after_s + _END_S
    people: dict[str, Users] = {}
    ended_first: dict[str, list[HeldLogin]] = {}
    load = Load(people, ended_first, plan(schemes, rate_rps, longest_s, seed), seed)
    for scheme in schemes:
        people[scheme] = _users(site.servers[scheme], load.now_ns)
        ended_first[scheme] = [people[scheme].leaving.pop() for _ in range(_ENDED_FIRST)]
    return load


def _users(drilled: DrillServer, clock: Callable[[], int]) -> Users:
    """Seed logins, and make accounts that can log in."""
    server, card = drilled.server, drilled.card
    client = Client(card, server.origin)
    refreshing = _REFRESHING if card.refreshes else 0
    count = _READERS + _LEAVING + refreshing
    seeded = server.seed(0, count, _LIFETIME_S, jkt=client.key_thumbprint)
    held = [HeldLogin(number, item.sub, item.headers, item.refresh) for number, item in enumerate(seeded)]
    password = secrets.token_urlsafe(16)
    server.ask(AccountsOrder(first=_FIRST_ACCOUNT, count=_ACCOUNTS, password=password), Reply)
    with server.connect() as connection:
        login_headers = client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
    return Users(
        card=card,
        client=client,
        connections=Connections(server.host, server.port),
        clock=clock,
        accounts=[f"user-{_FIRST_ACCOUNT + number:06d}" for number in range(_ACCOUNTS)],
        password=password,
        login_headers=login_headers,
        live=held[:_READERS],
        leaving=held[_READERS : _READERS + _LEAVING],
        refreshing=held[_READERS + _LEAVING :],
    )


def _run(
    drill: FailureDrill,
    site: Site,
    load: Load,
    seed: int,
    drilled: Drilled,
    slo_ms: float,
    say: Callable[[str], None],
) -> None:
    cards = {scheme: server.card for scheme, server in site.servers.items()}
    load.start()
    load.wait_armed(_START_S)
    say(f"{drill.name}: under load")
    phase_s = float(np.random.default_rng(seed).uniform(0, _PHASE_S))
    load.sleep_until(load.began_ns + round((_BEFORE_S + phase_s) * 1e9))
    drilled.proofs += drill.prepare(site)
    time.sleep(drill.lead_s)
    began_ns = load.now_ns()
    drill.begin(site)
    load.sleep_until(began_ns + round(drill.failure_s * 0.5e9))
    drilled.proofs += drill.during(site)
    load.sleep_until(began_ns + round(drill.failure_s * 1e9))
    over_at_ns = drill.outlast(site)
    ended_ns = load.now_ns() if over_at_ns is None else over_at_ns - load.zero_ns
    drill.end(site)
    over_ns = load.now_ns()
    time.sleep(_SETTLE_S)
    drilled.proofs += drill.after(site)
    load.sleep_until(over_ns + round(drill.after_s * 1e9))
    load_ended_ns = load.stop_sending(_DRAIN_S)
    caches_s = {scheme: _cache_s(card) for scheme, card in cards.items()}
    time.sleep(max(caches_s.values(), default=0) + 0.1)
    say(f"{drill.name}: checking every login")
    events = load.finish(_START_S)
    drilled.failure_s = (ended_ns - began_ns) / 1e9
    drilled.late_p99_ms = float(np.percentile(load.late_ns, 99)) / 1e6 if load.late_ns else 0.0
    drilled.histories = [
        History(
            scheme=scheme,
            card=card,
            effect=drill.effect,
            deadline_ms=_DATABASE_DEADLINE_MS if card.store == "sql" else _STORE_DEADLINE_MS,
            slo_ms=slo_ms,
            load_began_ns=load.began_ns,
            failure_began_ns=began_ns,
            failure_ended_ns=ended_ns,
            over_by_itself=over_at_ns is not None,
            load_ended_ns=load_ended_ns,
            load_late_ms=load.latest_ms(began_ns),
            seeded=_READERS + _LEAVING + (_REFRESHING if card.refreshes else 0),
            end_window_s=way_to_end(card).window_s,
            cache_s=_cache_s(card),
            events=events[scheme],
        )
        for scheme, card in cards.items()
    ]


def _cache_s(card: Card) -> float:
    """Seconds for which a cache of the scheme may answer: the shortest window that it leaves open."""
    if card.store_loss is not StoreLoss.UNTIL_CACHE_ENDS:
        return 0.0
    windows = (card.revocation_window_s, card.role_change_window_s, card.disabled_window_s)
    return min((window for window in windows if window > 0), default=0.0)
