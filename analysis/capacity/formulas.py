"""The formulas of capacity planning: pure functions of few numbers, all units in the names.

Each works on one number and on an array of draws alike, and uses nothing but + - x /, a root and a ceiling,
so that another language can repeat it. `tests/analysis/capacity/vectors.json` has inputs and results for
whoever does. `tests/analysis/capacity/test_simulation.py` holds them against a simulation of requests.

Sources: utilisation law, Little's law and forced flow (Denning & Buzen, Computing Surveys 1978).
"""

import numpy as np
import numpy.typing as npt

Number = float | npt.NDArray[np.float64]


def busy_cores(rate_per_s: Number, cpu_us: Number) -> Number:
    """Cores that requests of this cost keep busy: U = X D (utilisation law)."""
    return rate_per_s * cpu_us / 1e6


def core_carries_rps(cpu_us: Number, utilisation: float) -> Number:
    """Requests/s that one core carries while it is busy for this share of its time."""
    return utilisation * 1e6 / cpu_us


def nodes_for(cores: Number, cores_per_node: float, spare_nodes: float, zones: float) -> Number:
    """Nodes so that enough are left when `spare_nodes` are gone, or one of `zones` zones (1: there are none).

    `cores`: what the peak needs, headroom included. Zones have equal numbers of nodes: losing one of Z leaves
    (Z - 1) / Z of them.
    """
    needed = np.maximum(1.0, np.ceil(cores / cores_per_node - 1e-9))
    with_spares = needed + spare_nodes
    if zones <= 1:
        return with_spares
    return np.maximum(np.ceil(with_spares / zones) * zones, np.ceil(needed / (zones - 1)) * zones)


def live_sessions(logins_per_s: Number, lifetime_s: Number) -> Number:
    """Sessions alive at once: N = X R (Little's law)."""
    return logins_per_s * lifetime_s


def active_users(rate_rps: Number, request_gap_s: Number) -> Number:
    """Users who are sending requests, each one every `request_gap_s` seconds on average (Little's law)."""
    return rate_rps * request_gap_s


def refreshes_per_s(rate_rps: Number, request_gap_s: Number, token_lifetime_s: Number) -> Number:
    """Refreshes by clients that renew with the first request after their token has expired.

    A token of lifetime T is replaced once in T + g seconds: after T comes the wait for the next request,
    which has the mean g, the gap, whatever came before (requests without memory).
    """
    return rate_rps * request_gap_s / (token_lifetime_s + request_gap_s)


def refreshes_by_timer_per_s(rate_rps: Number, request_gap_s: Number, token_lifetime_s: Number) -> Number:
    """Refreshes by clients that renew whenever the token expires, whether or not they have a request."""
    return rate_rps * request_gap_s / token_lifetime_s


def store_commands_per_s(
    rate_rps: Number,
    commands_per_request: Number,
    logins_per_s: Number,
    commands_per_login: Number,
    refreshed_per_s: Number,
    commands_per_refresh: Number,
) -> Number:
    """Store commands a second: each kind's rate times its visits (forced flow law)."""
    return (
        rate_rps * commands_per_request
        + logins_per_s * commands_per_login
        + refreshed_per_s * commands_per_refresh
    )


def held_bytes(
    logins: Number,
    login_bytes: Number,
    other_logins: Number,
    other_login_bytes: Number,
    ended: Number,
    ended_bytes: Number,
) -> Number:
    """What a store holds: first logins of users, their further logins, and entries for logins that ended."""
    return logins * login_bytes + other_logins * other_login_bytes + ended * ended_bytes


def store_bytes(entries: Number, bytes_each: Number, fragmentation: float, reserve_share: float) -> Number:
    """Memory to provide: what the allocator adds, and a share kept free for forking and buffers, included."""
    return entries * bytes_each * (1 + fragmentation) / (1 - reserve_share)


def shards_for(
    busy_threads: Number, utilisation: float, bytes_needed: Number, bytes_per_shard: float
) -> Number:
    """Shards of a store with one main thread each: for commands and for memory, whichever needs more."""
    for_commands = np.ceil(busy_threads / utilisation - 1e-9)
    for_memory = np.ceil(bytes_needed / bytes_per_shard - 1e-9)
    return np.maximum(1.0, np.maximum(for_commands, for_memory))


def connections_busy(commands_per_s: Number, round_trip_ms: float, command_us: Number) -> Number:
    """Store connections that wait for an answer at once, on average (Little's law); without pipelining."""
    return commands_per_s * (round_trip_ms / 1e3 + command_us / 1e6)


def megabits_per_s(rate_rps: Number, bytes_each: Number) -> Number:
    """Bandwidth of messages of this size."""
    return rate_rps * bytes_each * 8 / 1e6


def relogin_s(sessions: float, login_cpu_us: Number, cores: Number, usual_busy_cores: Number) -> Number:
    """Seconds until everybody has logged in again: work to do by what the cores have to spare.

    Infinite where the usual load leaves nothing to spare.
    """
    spare = cores - usual_busy_cores
    work = sessions * login_cpu_us / 1e6
    return np.where(spare > 0, work / np.where(spare > 0, spare, 1.0), np.inf)


def cores_for_relogin(
    sessions: float, login_cpu_us: Number, within_s: float, usual_busy_cores: Number
) -> Number:
    """Cores, all of them full, with which everybody has logged in again within this time."""
    return usual_busy_cores + sessions * login_cpu_us / 1e6 / within_s


def lost_by_sessions(rate_rps: Number, outage_s: Number) -> Number:
    """Requests refused during a store outage where each one asks the store."""
    return rate_rps * outage_s


def lost_by_tokens(rate_rps: Number, outage_s: Number, token_lifetime_s: Number) -> Number:
    """Requests refused during a store outage where only expired tokens need the store.

    Expiries are spread evenly, so after t seconds a share t / T is shut out: the sum to d is d^2 / (2 T), and
    after T seconds everybody is.
    """
    within = np.minimum(outage_s, token_lifetime_s)
    return rate_rps * (within**2 / (2 * token_lifetime_s) + np.maximum(0.0, outage_s - token_lifetime_s))


def month_cost(
    app_cores: Number,
    per_core_hour: float,
    store_nodes: Number,
    per_store_node_hour: float,
    gib_transferred: Number,
    per_gib_transferred: float,
) -> Number:
    """Cost of a month of 730 hours, in the currency of the prices."""
    hourly = app_cores * per_core_hour + store_nodes * per_store_node_hour
    return 730 * hourly + gib_transferred * per_gib_transferred


def break_even_store_rtt_ms(difference_ms: Number, measured_rtt_ms: float, round_trips: float) -> Number:
    """Store distance at which both take equally long; below zero: the session is slower at any distance.

    `difference_ms`: session minus token as measured with the store `measured_rtt_ms` away. Each millisecond
    farther makes the session `round_trips` milliseconds slower.
    """
    return measured_rtt_ms - difference_ms / round_trips


def break_even_token_lifetime_s(
    request_gap_s: Number, commands_per_request: Number, commands_per_refresh: Number
) -> Number:
    """Token lifetime below which refreshing sends the store more commands than the session does.

    For clients that refresh with the first request after expiry (`refreshes_per_s`): g (r / v - 1), where a
    refresh sends r commands and a session's request v. Not above zero: no lifetime is too short.
    """
    return request_gap_s * (commands_per_refresh / commands_per_request - 1)


def break_even_token_lifetime_by_timer_s(
    request_gap_s: Number, commands_per_request: Number, commands_per_refresh: Number
) -> Number:
    """The same for clients that refresh by a timer (`refreshes_by_timer_per_s`): g r / v."""
    return request_gap_s * commands_per_refresh / commands_per_request


def break_even_revocations_per_s(
    sessions: float, session_bytes: Number, token_lifetime_s: float, entry_bytes: Number
) -> Number:
    """Revocations/s at which a deny list is as large as the sessions it replaces.

    A list keeps each entry for a token's lifetime, so it has rate x lifetime of them (Little's law).
    """
    return sessions * session_bytes / (token_lifetime_s * entry_bytes)


def break_even_claim_bytes(saved_cpu_us: Number, per_core_hour: float, per_gib_transferred: float) -> Number:
    """Bytes that a token may add to a request until their transfer costs what its CPU saves.

    `saved_cpu_us`: CPU of a session's request minus that of a token's, application and store. Not above zero:
    a token saves no CPU, so each byte is too many.
    """
    saved = saved_cpu_us / 1e6 / 3600 * per_core_hour
    return saved / per_gib_transferred * 2**30


def break_even_outage_s(session_outage_s: Number, token_lifetime_s: float) -> Number:
    """Length of an outage in which tokens lose what sessions lose in `session_outage_s`.

    The inverse of `lost_by_tokens` at rate x `session_outage_s`.
    """
    below = np.sqrt(2 * token_lifetime_s * session_outage_s)
    return np.where(below <= token_lifetime_s, below, session_outage_s + token_lifetime_s / 2)


def break_even_rate_rps(
    fixed_per_hour: float,
    saved_cpu_us: Number,
    per_core_hour: float,
    added_bytes: float,
    per_gib_transferred: float,
) -> Number:
    """Rate above which the session's fixed store is paid for by what its requests cost less.

    `saved_cpu_us`: CPU of a session's request minus that of a token's; `added_bytes`: what a token adds to a
    request. Infinite where a session's request costs no less than a token's: then tokens are cheaper at
    every rate.
    """
    cpu = -saved_cpu_us / 1e6 / 3600 * per_core_hour
    each = cpu + added_bytes / 2**30 * per_gib_transferred
    dearer = each > 0
    return np.where(dearer, fixed_per_hour / 3600 / np.where(dearer, each, 1.0), np.inf)
