"""Gather what the page of a run plans with: measured inputs, limits, and the words of a plan's refusals.

The page computes with `analysis/report/scripts/plan.js`. Every figure that it shows depends on one measured
input and rises or falls with it, so the ends of its interval are the figure at the ends of that input's
draws: what the Monte Carlo of `analysis.capacity.uncertain` gives.
"""

import math
from datetime import date

from analysis.capacity.break_evens import (
    FARTHER,
    LOST,
    Pair,
    break_evens,
    chosen_pair,
    measured_difference,
    session_and_entry,
)
from analysis.capacity.demand import IMPLAUSIBLE, PLAUSIBLE, TOO_MANY_ACTIVE, Demand, Prices
from analysis.capacity.formulas import core_carries_rps
from analysis.capacity.measured import (
    arm_costs,
    comparison_of,
    difference,
    store_tested,
)
from analysis.capacity.plan import WORDS
from analysis.capacity.requirements import lives_until_expiry
from analysis.capacity.sizing import CORE_RATE, LIVE_LOGINS, STORE_RATE, SchemeSizing, bytes_of, cannot_grow
from analysis.capacity.uncertain import Uncertain, middle
from analysis.data.store_sizes import StoreSizes
from analysis.records.summary import Summary
from analysis.report.panels.what_if import Control, PairInputs, Panel, Question, Range, SchemeInputs
from analysis.validity.extrapolation import BEYOND, UNMEASURED, beyond
from analysis.validity.limits import EXTRAPOLATION
from authbench.contracts.card import Operation
from authbench.contracts.records import Manifest
from authbench.contracts.store_size.report import Added

_USERS = 10_000
_GAP_S = 4.0
_PEAK_RPS = 1000.0
"""The peak that the page shows first for a run that has no rate."""


def make_panel(summary: Summary, manifest: Manifest, sizes: StoreSizes | None = None) -> Panel | None:
    """What the run's page plans with; None: no plan can rest on the run. `sizes`: as of a plan."""
    if summary.status == "INVALID" or not manifest.experiment.judged_by.compares:
        return None
    every = [costs for costs in arm_costs(summary, manifest) if costs.plannable]
    store, demand = store_tested(summary), first_demand(summary)
    if not any(costs.app_us for costs in every):
        return None
    pair = chosen_pair(summary, {costs.arm.arm: costs for costs in every})
    kept = "target_utilisation cores_per_node spare_nodes zones store_utilisation store_replicas"
    kept += " store_node_memory_gib store_fragmentation store_reserve_share mean_share_of_peak"
    return Panel(
        controls=_controls(demand),
        settings={key: float(getattr(demand, key)) for key in kept.split()},
        schemes=[_scheme(SchemeSizing(costs, store, demand, sizes)) for costs in every],
        pair=_pair(summary, pair, demand, sizes) if pair else None,
        store_tested_per_s=store.commands_per_s,
        extrapolation=EXTRAPOLATION.value,
        words={
            **WORDS,
            "beyond": BEYOND,
            "unmeasured": UNMEASURED,
            "implausible": IMPLAUSIBLE,
            "too_many_active": TOO_MANY_ACTIVE,
            "farther": FARTHER,
            "lost": LOST,
            "live_logins": LIVE_LOGINS,
            "store_rate": STORE_RATE,
        },
    )


def first_demand(summary: Summary) -> Demand:
    """What the page shows first: the run's own rate and store distance, and an example of the rest.

    The gap is so short that at four times the rate no more users are active than are logged in.
    """
    rate = summary.so_what.rate_rps if summary.so_what else _PEAK_RPS
    rate = round(rate) if rate >= 10 else float(f"{rate:.2g}")
    longest_s = _USERS / rate / 4
    digit = 10 ** math.floor(math.log10(longest_s))
    return Demand(
        peak_rps=rate,
        users=_USERS,
        request_gap_s=min(_GAP_S, math.floor(longest_s / digit) * digit),
        token_lifetime_s=900,
        store_rtt_ms=float(f"{summary.store.round_trip_us / 1e3:.2g}") if summary.store else 0.5,
        store_outage_s=30,
    )


def _controls(demand: Demand) -> list[Control]:
    """The inputs in the order of the page, with the span of each slider."""
    found = [
        ("peak_rps", "Requests at the peak", "requests/s", 10, 100_000),
        ("growth", "Growth until this is looked at again", "times", 1, 20),
        ("users", "Live sessions", "", 100, 10_000_000),
        ("request_gap_s", "Time between two requests of a user", "s", 0.1, 600),
        ("token_lifetime_s", "Token lifetime", "s", 10, 86_400),
        ("store_rtt_ms", "Round trip to the store", "ms", 0.02, 20),
        ("store_outage_s", "Store outage to plan for", "s", 1, 3600),
    ]
    controls = []
    for key, label, unit, low, high in found:
        least, most, asked = PLAUSIBLE.get(key, (None, None, ""))
        controls.append(
            Control(
                key=key,
                label=label,
                unit=unit,
                value=float(getattr(demand, key)),
                low=low,
                high=high,
                least=least,
                most=most,
                asked=asked,
            )
        )
    for key, label in (
        ("per_core_hour", "Price of a core for an hour"),
        ("per_store_node_hour", "Price of a store node for an hour"),
        ("per_gib_transferred", "Price of a GiB transferred"),
    ):
        controls.append(Control(key=key, label=label, unit="in your currency, or empty", value=None))
    return controls


def _range(of: Uncertain | None) -> Range | None:
    if of is None:
        return None
    low, high = middle(of.draws)
    return Range(value=of.value, low=low, high=high)


def _scheme(sizing: SchemeSizing) -> SchemeInputs:
    costs, login = sizing.costs, sizing.entry(Added.LOGIN)
    arm, app_us, share = costs.arm, costs.app_us, sizing.demand.target_utilisation
    carries = float(core_carries_rps(app_us.value, share)) if app_us else 0.0
    return SchemeInputs(
        arm=arm.arm,
        store=arm.store,
        grows=costs.grows,
        refreshes=costs.card is not None and costs.card.refreshes,
        commands_per_request=costs.commands(Operation.READ).value,
        commands_per_refresh=costs.commands(Operation.REFRESH).value,
        app_us=_range(app_us),
        core_refused=beyond(CORE_RATE, carries, costs.tested_rps) if app_us else "",
        cannot_grow=cannot_grow(app_us.value, share) if app_us and not costs.grows else "",
        command_us=_range(costs.command_us),
        session_bytes=_range(bytes_of(Added.LOGIN, login) if login else costs.session_bytes),
        tested_sessions=login.counted_to if login else costs.tested_sessions,
        request_bytes=arm.request_bytes,
        reply_bytes=arm.reply_bytes,
        window_s=arm.revocation_window_s,
        until_expiry=lives_until_expiry(costs),
        missing=sizing.plan().missing,
    )


def _pair(summary: Summary, pair: Pair, demand: Demand, sizes: StoreSizes | None) -> PairInputs:
    session, token = pair.session.arm, pair.token.arm
    saved = measured_difference(summary, pair)
    compared = comparison_of(summary, session.arm, token.arm, "cpu_total_us")
    shown = saved.shown if saved else None
    return PairInputs(
        session=session.arm,
        token=token.arm,
        token_has_store=token.store != "none",
        added_bytes=(token.request_bytes or 0) - (session.request_bytes or 0),
        difference_ms=_range(difference(summary, session.arm, token.arm, "service_p50_ms", "ms")),
        measured_rtt_ms=summary.store.round_trip_us / 1e3 if summary.store else None,
        saved_us=_range(saved),
        saved_low_us=shown.low if shown else None,
        saved_high_us=shown.high if shown else None,
        differ=compared is not None and compared.verdict in ("slower", "faster"),
        session_by_entry=_session_by_entry(pair, demand, sizes),
        questions=_questions(summary, pair, demand, sizes),
    )


def _session_by_entry(pair: Pair, demand: Demand, sizes: StoreSizes | None) -> Range | None:
    """A session's bytes in entries of a deny list."""
    compared = session_and_entry(pair, demand, sizes)
    if compared is None:
        return None
    session, entry = compared
    low, high = middle(session.draws / entry.draws)
    return Range(value=session.value / entry.value, low=low, high=high)


def _questions(summary: Summary, pair: Pair, demand: Demand, sizes: StoreSizes | None) -> list[Question]:
    """Every break-even, asked with all inputs given: what then has no answer has none in this run."""
    any_price = Prices(
        currency="-",
        date=date.min,
        source="-",
        per_core_hour=1,
        per_store_node_hour=1,
        per_gib_transferred=1,
    )
    session, token = pair.session.arm.arm, pair.token.arm.arm
    costs = [one.app_us.value if one.app_us else 0.0 for one in (pair.session, pair.token)]
    dear, cheap = (session, token) if costs[0] > costs[1] else (token, session)
    shorter = f"a shorter one costs the store more commands than {session} does"
    meanings = {
        "node_rps": f"above it {dear} needs a node more than {cheap} at some rates",
        "store_rtt_ms": f"farther away {session} is the slower one; not above zero: it is at any distance",
        "token_lifetime_s": f"{shorter}; clients refresh with the first request after expiry",
        "token_lifetime_by_timer_s": f"{shorter}; clients refresh by a timer",
        "revocations_per_s": "with more the list is larger",
        "claim_bytes": f"a token that adds more costs more; not above zero: {token} saves no CPU",
        "outage_s": f"so long an outage costs {token} as many requests as yours costs {session}",
        "price_rps": f"above it {session} is cheaper; never: each of its requests costs more",
    }
    return [
        Question(
            name=one.name,
            question=one.question,
            unit=one.at.unit if one.at else "",
            formula=one.at.formula if one.at else "",
            meaning=meanings[one.name],
            why_not="" if one.at else one.sentence,
        )
        for one in break_evens(summary, pair, demand.model_copy(update={"prices": any_price}), sizes)
    ]
