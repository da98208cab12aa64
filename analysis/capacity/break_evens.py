"""Where a session and a token are equal: one break-even for each input that could turn the decision.

The formulas are in `formulas`; each break-even has its interval and its distance from the reader's demand.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.capacity import formulas
from analysis.capacity.demand import Demand
from analysis.capacity.measured import ArmCosts, difference
from analysis.capacity.plan_record import BreakEven, Input, Quantity
from analysis.capacity.uncertain import Uncertain, exact, measured, quantity
from analysis.data.store_sizes import StoreSizes
from analysis.records.summary import Summary
from analysis.summary.so_what import node_breaks
from analysis.validity.decimals import decimals, fill
from authbench.contracts.card import Operation
from authbench.contracts.store_size.report import Added

FARTHER = "at your {rtt_ms:g} ms the median differs by about {far_ms:.2f} ms"
LOST = "In {outage_s:.9g} s {session} loses {lost:,.0f} requests, {token} about {less:,.0f}"
"""What the page of a run says as well (analysis/report/scripts/plan.js)."""


@dataclass(frozen=True)
class Pair:
    """A scheme whose reads ask the store, and one whose reads do not."""

    session: ArmCosts
    token: ArmCosts

    @property
    def names(self) -> str:
        """'session-redis / jwt-hs256'."""
        return f"{self.session.arm.arm} / {self.token.arm.arm}"


def chosen_pair(summary: Summary, costs: dict[str, ArmCosts]) -> Pair | None:
    """The first comparison of the run, the primary one before others, of a session with a token.

    None: no comparison is of such a pair.
    """
    for one in sorted(summary.comparisons, key=lambda c: not c.primary):
        sides = [costs.get(one.a), costs.get(one.b)]
        asking = [side for side in sides if side and side.arm.authenticates and _asks(side)]
        free = [side for side in sides if side and side.arm.authenticates and not _asks(side)]
        if asking and free and free[0].arm.store != "memory":
            return Pair(asking[0], free[0])
    return None


def break_evens(
    summary: Summary, pair: Pair, demand: Demand, sizes: StoreSizes | None = None
) -> list[BreakEven]:
    """All of them, in the order in which a review asks. `sizes`: bytes of a login and of an ended one."""
    return [
        _nodes(pair, demand),
        _store_rtt(summary, pair, demand),
        *_token_lifetime(pair, demand),
        _deny_list(pair, demand, sizes),
        _claim_bytes(summary, pair, demand),
        _outage(pair, demand),
        _price(summary, pair, demand),
    ]


def _asks(costs: ArmCosts) -> bool:
    return costs.arm.store != "memory" and costs.commands(Operation.READ).value > 0


def _of(
    pair: Pair,
    name: str,
    question: str,
    at: Quantity | None,
    own: Input | None,
    sentence: str,
) -> BreakEven:
    value = at.value if at else None
    distance = value / own.value if value is not None and value > 0 and own and own.value > 0 else None
    return BreakEven(
        name=name,
        between=pair.names,
        question=question,
        at=at,
        own=own,
        distance=distance,
        sentence=sentence,
    )


def words(at: Quantity, digits: int = 0) -> str:
    """'850 s [800, 900]'; without an interval where the inputs have none."""
    if at.value is None:
        return "-"
    ends = "" if at.low == at.high else f" [{_end(at.low, digits)}, {_end(at.high, digits)}]"
    return f"{decimals(at.value, digits)} {at.unit}{ends}"


def _end(value: float | None, digits: int) -> str:
    return "?" if value is None else decimals(value, digits)


def _nodes(pair: Pair, demand: Demand) -> BreakEven:
    question = "From which rate on does CPU cost a node more?"
    a, b = pair.session.app_us, pair.token.app_us
    own = exact("planned peak", demand.planned_rps, "requests/s", "demand").shown
    if a is None or b is None:
        return _of(pair, "node_rps", question, None, own, "Not measured: CPU per request has no interval.")
    dear, cheap = (pair.session, pair.token) if a.value > b.value else (pair.token, pair.session)
    dear_us, cheap_us = (one for one in sorted((a, b), key=lambda one: -one.value))
    node_us = demand.site.node_us
    at = quantity(
        "node_rps",
        "one application node more from",
        "requests/s",
        lambda dear_us, cheap_us: node_us / dear_us,  # noqa: ARG005 - shown beside it
        {"dear_us": dear_us, "cheap_us": cheap_us},
        words="cores of a node x share busy / CPU per request",
    )
    breaks = node_breaks(dear_us.value, cheap_us.value, node_us)
    always = f"; above {decimals(breaks.always_rps)} requests/s it always does" if breaks else ""
    return _of(
        pair,
        "node_rps",
        question,
        at,
        own,
        f"{dear.arm.arm} needs a node more than {cheap.arm.arm} at some rates from {words(at)}{always}.",
    )


def _store_rtt(summary: Summary, pair: Pair, demand: Demand) -> BreakEven:
    question = "How near must the store be for a session to answer as fast as a token?"
    a, b = pair.session.arm.arm, pair.token.arm.arm
    own = None
    if demand.store_rtt_ms is not None:
        own = exact("store round trip", demand.store_rtt_ms, "ms", "demand: store_rtt_ms").shown
    found = difference(summary, a, b, "service_p50_ms", "ms")
    if found is None or summary.store is None:
        return _of(pair, "store_rtt_ms", question, None, own, "Not measured: no comparison of p50 stands.")
    rtt_ms, trips = summary.store.round_trip_us / 1e3, pair.session.commands(Operation.READ).value
    at = quantity(
        "store_rtt_ms",
        "store round trip at which both take equally long",
        "ms",
        lambda difference_ms: formulas.break_even_store_rtt_ms(difference_ms, rtt_ms, trips),
        {"difference_ms": found},
        words=f"{rtt_ms:.3f} ms as measured - difference of p50 / {trips:g} round trips",
    )
    if at.value is not None and at.value <= 0:
        near = f"{a} takes longer than {b} at any distance of the store"
    else:
        near = f"{a} takes as long as {b} with the store {words(at, 2)} away, and longer beyond"
    far = ""
    if demand.store_rtt_ms is not None:
        far_ms = found.value + (demand.store_rtt_ms - rtt_ms) * trips
        far = "; " + fill(FARTHER, rtt_ms=demand.store_rtt_ms, far_ms=far_ms)
    return _of(pair, "store_rtt_ms", question, at, own, f"{near}{far}.")


def _token_lifetime(pair: Pair, demand: Demand) -> Iterator[BreakEven]:
    """Two of them: clients that refresh when they next have a request, and clients with a timer."""
    question = "How short may a token live before refreshing sends the store more commands than a session?"
    own = None
    if demand.token_lifetime_s is not None:
        own = exact("token lifetime", demand.token_lifetime_s, "s", "demand: token_lifetime_s").shown
    visits = pair.session.commands(Operation.READ)
    each = pair.token.commands(Operation.REFRESH)
    if demand.request_gap_s is None or not each.value:
        why = "the demand has no request_gap_s" if each.value else f"{pair.token.arm.arm} has no refresh"
        yield _of(pair, "token_lifetime_s", question, None, own, f"Cannot be said: {why}.")
        return
    gap = exact("gap between two requests of a user", demand.request_gap_s, "s", "demand: request_gap_s")
    inputs = {"request_gap_s": gap, "commands_per_request": visits, "commands_per_refresh": each}
    for name, how, formula, shown in (
        (
            "token_lifetime_s",
            "with the first request after expiry",
            formulas.break_even_token_lifetime_s,
            "gap x (commands of a refresh / commands of a session's request - 1)",
        ),
        (
            "token_lifetime_by_timer_s",
            "by a timer",
            formulas.break_even_token_lifetime_by_timer_s,
            "gap x commands of a refresh / commands of a session's request",
        ),
    ):
        at = quantity(name, f"token lifetime, refreshing {how}", "s", formula, inputs, words=shown)
        sentence = (
            f"With a token lifetime below {words(at, 1)} a client that refreshes {how} costs the store more "
            f"commands than {pair.session.arm.arm} does (counted, no interval)."
        )
        yield _of(pair, name, question, at, own, sentence)


DENY_LIST = "jwt-denylist"
"""Whose entry stands for that of any deny list."""


def _deny_list(pair: Pair, demand: Demand, sizes: StoreSizes | None) -> BreakEven:
    question = "How many revocations make a deny list as large as the sessions?"
    own = None
    if demand.revocations_per_s is not None:
        value = demand.revocations_per_s * demand.growth
        own = exact("revocations/s", value, "/s", "demand: revocations_per_s x growth").shown
    lifetime_s = demand.token_lifetime_s
    if lifetime_s is None or demand.users is None:
        why = "users or token_lifetime_s is missing in the demand"
        return _of(pair, "revocations_per_s", question, None, own, f"Cannot be said: {why}.")
    sessions = demand.users * demand.sessions_per_user * demand.growth
    compared = session_and_entry(pair, demand, sizes)
    if compared is None:
        why = "authbench size-store measures the bytes of a session and of a deny list's entry"
        return _of(pair, "revocations_per_s", question, None, own, f"Not measured: {why}.")
    session, entry = compared
    at = quantity(
        "revocations_per_s",
        "revocations at which the list is as large",
        "revocations/s",
        lambda session, entry: formulas.break_even_revocations_per_s(sessions, session, lifetime_s, entry),
        {"session": session, "entry": entry},
        words="live logins x bytes of a session / (token lifetime x bytes of an entry)",
    )
    return _of(
        pair,
        "revocations_per_s",
        question,
        at,
        own,
        f"A deny list is as large as the sessions at {words(at, 1)}: an entry takes {decimals(entry.value)} "
        f"bytes, a session of {pair.session.arm.arm} {decimals(session.value)}. A list that is asked with "
        "every request saves no commands.",
    )


def session_and_entry(
    pair: Pair, demand: Demand, sizes: StoreSizes | None
) -> tuple[Uncertain, Uncertain] | None:
    """Bytes of the pair's session, and of an entry of a deny list; None: one of them was not measured."""
    payload = demand.payload_bytes or 0
    session = _measured_bytes("bytes of a session", sizes, pair.session.arm.scheme, payload, Added.LOGIN)
    entry = _measured_bytes("bytes of a deny list's entry", sizes, DENY_LIST, payload, Added.ENDED)
    return None if session is None or entry is None else (session, entry)


def _measured_bytes(
    name: str, sizes: StoreSizes | None, scheme: str, payload_bytes: int, added: Added
) -> Uncertain | None:
    found = sizes.entry(scheme, payload_bytes, added) if sizes is not None else None
    if found is None:
        return None
    return measured(name, found.bytes_each, "bytes", f"run {found.run_id}", key=f"{scheme} {added}")


def _claim_bytes(summary: Summary, pair: Pair, demand: Demand) -> BreakEven:
    question = "How large may a token be before its transfer costs what its CPU saves?"
    session, token = pair.session.arm, pair.token.arm
    added = (token.request_bytes or 0) - (session.request_bytes or 0)
    own = exact("bytes that a token adds", added, "bytes", f"run {summary.run_id}").shown
    wire = formulas.megabits_per_s(demand.planned_rps, added)
    more = f"{decimals(added)} bytes more, {decimals(float(wire), 1, grouped=False)} Mbit/s"
    fact = f"A request with {token.arm} has {more} at the planned peak"
    saved = difference(summary, session.arm, token.arm, "cpu_total_us", "us")
    prices = demand.prices
    if saved is None or prices is None or not prices.per_gib_transferred:
        why = (
            "no comparison of CPU stands" if saved is None else "the demand has no price of transferred bytes"
        )
        return _of(pair, "claim_bytes", question, None, own, f"{fact}; without a break-even: {why}.")
    at = quantity(
        "claim_bytes",
        "bytes that a token may add",
        "bytes",
        lambda saved_cpu_us: formulas.break_even_claim_bytes(
            saved_cpu_us, prices.per_core_hour, prices.per_gib_transferred
        ),
        {"saved_cpu_us": saved},
        words="CPU saved x price of a core / price of a byte",
    )
    sentence = f"{fact}; it pays up to {words(at)}" if (at.value or 0) > 0 else f"{fact}, and saves no CPU"
    return _of(pair, "claim_bytes", question, at, own, f"{sentence}.")


def _outage(pair: Pair, demand: Demand) -> BreakEven:
    question = "How long must the store be away for tokens to lose what sessions lose?"
    outage_s, lifetime_s = demand.store_outage_s, demand.token_lifetime_s
    if outage_s is None or lifetime_s is None:
        why = "the demand has no store_outage_s" if outage_s is None else "the demand has no token_lifetime_s"
        return _of(pair, "outage_s", question, None, None, f"Cannot be said: {why}.")
    own = exact("outage planned for", outage_s, "s", "demand: store_outage_s")
    at = quantity(
        "outage_s",
        "outage in which tokens lose as much",
        "s",
        lambda session_outage_s: formulas.break_even_outage_s(session_outage_s, lifetime_s),
        {"session_outage_s": own},
        words="root of (2 x token lifetime x outage), while below the lifetime",
    )
    lost = formulas.lost_by_sessions(demand.planned_rps, outage_s)
    less = formulas.lost_by_tokens(demand.planned_rps, outage_s, lifetime_s)
    names = {"session": pair.session.arm.arm, "token": pair.token.arm.arm}
    told = fill(LOST, outage_s=outage_s, lost=float(lost), less=float(less), **names)
    sentence = (
        f"{told}; {pair.token.arm.arm} loses as many in {words(at)} (arithmetic; authbench drill "
        f"measures it)."
    )
    return _of(pair, "outage_s", question, at, own.shown, sentence)


def _price(summary: Summary, pair: Pair, demand: Demand) -> BreakEven:
    question = "From which rate on is a session cheaper, its store paid for?"
    session, token, prices = pair.session.arm, pair.token.arm, demand.prices
    own = exact("planned peak", demand.planned_rps, "requests/s", "demand").shown
    saved = difference(summary, session.arm, token.arm, "cpu_total_us", "us")
    if prices is None or saved is None:
        why = "no comparison of CPU stands" if saved is None else "the demand has no [prices]"
        return _of(pair, "price_rps", question, None, own, f"Cannot be said: {why}.")
    if token.store != "none":
        fixed, both = 0.0, f"{token.arm} needs a store as well, for its refresh tokens"
    else:
        fixed, both = prices.per_store_node_hour * (1 + demand.store_replicas), f"{token.arm} needs no store"
    added = (token.request_bytes or 0) - (session.request_bytes or 0)
    at = quantity(
        "price_rps",
        "rate above which a session is cheaper",
        "requests/s",
        lambda saved_cpu_us: formulas.break_even_rate_rps(
            fixed, saved_cpu_us, prices.per_core_hour, added, prices.per_gib_transferred
        ),
        {"saved_cpu_us": saved},
        words="store per hour / (CPU x price of a core + bytes x price), token minus session",
    )
    ends = {None: ("at no rate", session.arm), 0.0: ("at every rate", token.arm)}
    if at.value in ends:
        when, dearer = ends[at.value]
        told = f"{session.arm} is cheaper {when}: a request with {dearer} costs more, CPU and bytes together"
        if at.low != at.high:
            told = f"Whether {session.arm} is cheaper at any rate is not shown: the interval has both"
        told = f"{told}; {both}."
        return _of(pair, "price_rps", question, at, own, told)
    return _of(pair, "price_rps", question, at, own, f"{session.arm} is cheaper above {words(at)}; {both}.")


def measured_difference(summary: Summary, pair: Pair) -> Uncertain | None:
    """CPU of a request, session minus token, application and store, paired by cycle."""
    return difference(summary, pair.session.arm.arm, pair.token.arm.arm, "cpu_total_us", "us")
