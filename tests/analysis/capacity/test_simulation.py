"""The formulas against a discrete-event simulation of single requests, users and tokens.

Seeds are fixed, so nothing here depends on chance or on the machine. Tolerances are several standard errors.
"""

import random
from collections.abc import Generator
from typing import Any

import pytest
import simpy

from analysis.capacity import formulas

Events = Generator[simpy.Event, Any, None]


def _served(rate: float, cpu_us: float, cores: int, seconds: float) -> tuple[float, int]:
    """Poisson arrivals at so many cores, exponential work: share of the cores' time busy, and requests."""
    source, env = random.Random(1), simpy.Environment()
    server = simpy.Resource(env, cores)
    busy, served = 0.0, 0

    def request() -> Events:
        nonlocal busy, served
        work = source.expovariate(1e6 / cpu_us)
        with server.request() as core:
            yield core
            yield env.timeout(work)
        busy += work
        served += 1

    def arrivals() -> Events:
        while True:
            yield env.timeout(source.expovariate(rate))
            env.process(request())

    env.process(arrivals())
    env.run(until=seconds)
    return busy / seconds / cores, served


def test_cores_planned_for_a_share_are_busy_for_that_share() -> None:
    share, cpu_us, cores = 0.6, 2000.0, 4
    rate = float(formulas.core_carries_rps(cpu_us, share)) * cores
    busy, served = _served(rate, cpu_us, cores, seconds=12)
    assert busy == pytest.approx(share, rel=0.04)
    assert busy * cores == pytest.approx(formulas.busy_cores(served / 12, cpu_us), rel=0.03)


def test_with_a_node_gone_the_planned_nodes_still_carry_the_peak() -> None:
    cpu_us, rate, share, per_node = 2000.0, 2500.0, 0.6, 4
    cores = float(formulas.busy_cores(rate, cpu_us)) / share
    nodes = int(formulas.nodes_for(cores, per_node, 1, 1))
    busy, served = _served(rate, cpu_us, (nodes - 1) * per_node, seconds=6)
    assert busy <= share * 1.03
    assert served == pytest.approx(rate * 6, rel=0.03), "nothing queues up"


def test_logins_alive_are_logins_times_lifetime() -> None:
    source, env = random.Random(3), simpy.Environment()
    alive, area = 0, 0.0
    rate, lifetime_s, seconds = 5.0, 40.0, 2000.0

    def login() -> Events:
        nonlocal alive, area
        alive += 1
        stays = source.expovariate(1 / lifetime_s)
        area += stays
        yield env.timeout(stays)
        alive -= 1

    def arrivals() -> Events:
        while True:
            yield env.timeout(source.expovariate(rate))
            env.process(login())

    env.process(arrivals())
    env.run(until=seconds)
    assert area / seconds == pytest.approx(formulas.live_sessions(rate, lifetime_s), rel=0.05)


@pytest.mark.parametrize("lifetime_s", [3.0, 35.0, 300.0])
@pytest.mark.parametrize("timer", [False, True])
def test_refreshes_and_the_break_even_of_the_lifetime(lifetime_s: float, timer: bool) -> None:
    """Users with exponential gaps; a token of a refresh of 4 commands against a session's one a request."""
    users, gap_s, seconds, per_refresh = 200, 10.0, 1500.0, 4
    source, env = random.Random(5), simpy.Environment()
    requests = refreshes = 0

    def asks() -> Events:
        nonlocal requests, refreshes
        expires = source.uniform(0, lifetime_s)
        while True:
            yield env.timeout(source.expovariate(1 / gap_s))
            requests += 1
            if not timer and env.now >= expires:
                refreshes += 1
                expires = env.now + lifetime_s

    def renews() -> Events:
        nonlocal refreshes
        yield env.timeout(source.uniform(0, lifetime_s))
        while True:
            refreshes += 1
            yield env.timeout(lifetime_s)

    for _ in range(users):
        env.process(asks())
        if timer:
            env.process(renews())
    env.run(until=seconds)
    rate = requests / seconds
    assert formulas.active_users(rate, gap_s) == pytest.approx(users, rel=0.03)
    by_formula = formulas.refreshes_by_timer_per_s if timer else formulas.refreshes_per_s
    assert refreshes / seconds == pytest.approx(by_formula(rate, gap_s, lifetime_s), rel=0.05)
    break_even = (
        formulas.break_even_token_lifetime_by_timer_s if timer else formulas.break_even_token_lifetime_s
    )
    dearer = refreshes * per_refresh > requests
    assert dearer == (lifetime_s < break_even(gap_s, 1, per_refresh)), "40 s by a timer, 30 s without"


def test_requests_lost_in_an_outage() -> None:
    """An outage of the store: who holds a token is served until it expires, and then not."""
    users, gap_s, lifetime_s = 4000, 5.0, 100.0
    source = random.Random(7)
    for outage_s in (20.0, 150.0):
        lost = asked = 0
        for _ in range(users):
            expires, now = source.uniform(0, lifetime_s), source.expovariate(1 / gap_s)
            while now < outage_s:
                asked += 1
                lost += now >= expires
                now += source.expovariate(1 / gap_s)
        rate = users / gap_s
        assert asked == pytest.approx(formulas.lost_by_sessions(rate, outage_s), rel=0.03)
        assert lost == pytest.approx(formulas.lost_by_tokens(rate, outage_s, lifetime_s), rel=0.05)


def test_everybody_logs_in_again_in_the_time_that_is_planned() -> None:
    """All logins lost at once: each needs its hash, beside the usual requests, on all cores."""
    sessions, login_us, cores, rate, cpu_us = 2000, 30_000.0, 4, 500.0, 2000.0
    source, env = random.Random(9), simpy.Environment()
    server = simpy.PriorityResource(env, cores)
    waiting, last = sessions, 0.0

    def works(seconds: float, login: bool) -> Events:
        nonlocal waiting, last
        with server.request(priority=int(login)) as core:
            yield core
            yield env.timeout(seconds)
        if login:
            waiting -= 1
            last = env.now

    def usual() -> Events:
        while waiting:
            yield env.timeout(source.expovariate(rate))
            env.process(works(source.expovariate(1e6 / cpu_us), login=False))

    for _ in range(sessions):
        env.process(works(login_us / 1e6, login=True))
    env.process(usual())
    env.run()
    planned = formulas.relogin_s(sessions, login_us, cores, formulas.busy_cores(rate, cpu_us))
    assert last == pytest.approx(float(planned), rel=0.03)
    needed = formulas.cores_for_relogin(sessions, login_us, float(planned), formulas.busy_cores(rate, cpu_us))
    assert needed == pytest.approx(cores)


def test_store_connections_busy_are_commands_times_the_time_of_one() -> None:
    source, env = random.Random(11), simpy.Environment()
    rate, rtt_s, command_s, seconds = 400.0, 0.002, 0.0005, 60.0
    held = 0.0

    def command() -> Events:
        nonlocal held
        began = env.now
        yield env.timeout(rtt_s + command_s)
        held += env.now - began

    def arrivals() -> Events:
        while True:
            yield env.timeout(source.expovariate(rate))
            env.process(command())

    env.process(arrivals())
    env.run(until=seconds)
    planned = formulas.connections_busy(rate, rtt_s * 1e3, command_s * 1e6)
    assert held / seconds == pytest.approx(planned, rel=0.03)
