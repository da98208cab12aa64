"""Put a plan together: every scheme at the planned peak and at multiples of it, and what decides."""

from collections.abc import Iterable

from analysis.capacity import formulas
from analysis.capacity.break_evens import (
    Pair,
    break_evens,
    chosen_pair,
    measured_difference,
)
from analysis.capacity.core_rules import core_rules
from analysis.capacity.demand import Demand
from analysis.capacity.held_out import loads
from analysis.capacity.measured import ArmCosts, arm_costs, comparison_of, store_tested
from analysis.capacity.plan_record import BreakEven, CoreRule, Plan, Scenario, SchemePlan, SlopeCheck
from analysis.capacity.requirements import revocation_window_s
from analysis.capacity.sizing import SchemeSizing
from analysis.capacity.uncertain import METHOD
from analysis.data.store_sizes import StoreSizes
from analysis.records.summary import Summary
from analysis.validity.decimals import fill
from authbench.contracts.failure import Failure
from authbench.contracts.records import Manifest

FACTORS = (1.0, 2.0, 5.0)
"""Multiples of the planned peak that a plan shows."""
ASSUMPTIONS = (
    "n cores carry n times what one was measured to carry: one process on one core was measured, so a "
    "load balancer, shared caches and memory bandwidth are not in the figure",
    "production has the operations, payloads, processor and library versions of this run",
    "a refresh costs the application what a request does; a login costs what hashing its password does",
    "logins, users, refreshes and revocations grow as the requests do",
    "the store's main thread is its limit, and its network is not; a command costs what this run's dearest "
    "does where a scheme's own was not measured",
)


WORDS = {
    "at": "At {rate:,.0f} requests/s",
    "no_pair": "{at}: this run compares no session with a token, so nothing is said of which to choose.",
    "not_compared": "{at} nodes of {a} and {b} cannot be compared: see the warnings.",
    "not_shown": "{at} {a} and {b} differ by {cores:+z,.2f} [{low:z,.2f}, {high:z,.2f}] cores, which is not "
    "shown to be a difference",
    "shown": "{at} {more} needs {cores:,.2f} [{low:z,.2f}, {high:z,.2f}] cores more than {less} (application "
    "and store)",
    "nodes": "{nodes:,.0f} [{low:,.0f}, {high:,.0f}]",
    "overlap": "their intervals overlap, so CPU is not shown to decide",
    "argument": "CPU is an argument here",
    "other_nodes": "{said}: {a} application nodes against {b}; {decides}, and {rest}.",
    "one_node": "both need one application node",
    "same_nodes": "both need {nodes:,.0f} application nodes",
    "first": " (at some rates from {rate:,.0f} requests/s, {times:,.1f} times the planned, one of them needs "
    "a node more)",
    "no_argument": "{said}; {same}{first}. CPU does not decide here; {rest}.",
    "alike": "what each does without its store, and who must share it, may",
    "revocation": "revocation does: a revoked credential is accepted for at most {a_s:.9g} s with "
    "{a}, and {b_s:.9g} s with {b}",
}
"""What `what_decides` says. The page of a run fills in the same words (analysis/report/scripts/plan.js)."""


def make_plan(summary: Summary, manifest: Manifest, demand: Demand, sizes: StoreSizes | None = None) -> Plan:
    """Plan for the demand. `sizes`: what logins take in a store; None: only the run says.

    Failure where the run is INVALID, or no scheme's cost has an interval.
    """
    measured = costs_of(summary, manifest)
    every = [costs for costs in measured if costs.plannable]
    if not every:
        raise Failure(
            f"no plan from {summary.run_id}: each arm is asked one operation, and none of them reads: "
            "authbench plan without a demand prints what one core carries of them"
        )
    store = store_tested(summary)
    scenarios = []
    for factor in FACTORS:
        grown = demand.model_copy(update={"growth": demand.growth * factor})
        schemes = [SchemeSizing(costs, store, grown, sizes).plan() for costs in every]
        scenarios.append(Scenario(factor=factor, planned_rps=grown.planned_rps, schemes=schemes))
    now = scenarios[0].schemes
    pair = chosen_pair(summary, {costs.arm.arm: costs for costs in every})
    breaks = break_evens(summary, pair, demand, sizes) if pair else []
    return Plan(
        run_id=summary.run_id,
        demand=demand.model_dump(mode="json"),
        sentence=what_decides(summary, pair, demand, now, breaks),
        method=METHOD,
        scenarios=scenarios,
        core_rules=rules_of(measured, demand.target_utilisation),
        break_evens=breaks,
        slope_checks=[check for costs in every if (check := slope_check(costs, demand.target_utilisation))],
        held_out=[check for costs in every for check in loads(costs.arm)],
        warnings=[*_reservations(summary), *contradictions(summary, now), *_refusals(now)],
        gaps=_gaps(now),
        assumptions=list(ASSUMPTIONS),
        not_measured=summary.not_measured,
    )


def costs_of(summary: Summary, manifest: Manifest) -> list[ArmCosts]:
    """The costs of the run's schemes. Failure where nothing can be planned from it."""
    if summary.status == "INVALID":
        raise Failure(f"the run is INVALID ({summary.reasons[0]}): nothing can be planned from it")
    if summary.service:
        raise Failure(
            "the run is of a service that is not part of authbench: without a control and a "
            "card nothing can be planned from it"
        )
    every = arm_costs(summary, manifest)
    if not any(costs.app_us for costs in every):
        raise Failure(
            f"no plan from {summary.run_id}: no scheme's CPU per request has an interval: more generations "
            "are needed: authbench run quick"
        )
    return every


def rules_of(every: list[ArmCosts], utilisation: float) -> list[CoreRule]:
    """The rules per core of all schemes."""
    return core_rules(every, utilisation)


def slope_check(costs: ArmCosts, utilisation: float) -> SlopeCheck | None:
    """What a core carries by the line through all rates, beside the plan's; None: the run has no slope."""
    ladder = costs.arm.ladder
    slope_us, idle = ladder.demand_app_us.value, ladder.idle_cores.value
    if slope_us is None or idle is None or costs.app_us is None or slope_us <= 0:
        return None
    planned = float(formulas.core_carries_rps(costs.app_us.value, utilisation))
    by_slope = (utilisation - idle) / slope_us * 1e6
    return SlopeCheck(
        arm=costs.arm.arm,
        planned_rps=planned,
        by_slope_rps=by_slope,
        differs=by_slope / planned - 1,
        straight=ladder.straight,
    )


def contradictions(summary: Summary, schemes: list[SchemePlan]) -> list[str]:
    """Pairs that the plan orders against a verdict of the same run: neither of them is to be preferred."""
    busy = {one.arm: found.value for one in schemes if (found := one.of("busy_cores"))}
    told = []
    for c in summary.comparisons:
        a, b = busy.get(c.a), busy.get(c.b)
        if c.metric != "cpu_app_us" or a is None or b is None or c.verdict not in ("slower", "faster"):
            continue
        if (a > b) != (c.verdict == "slower"):
            told.append(
                f"the plan has {c.a} and {c.b} the other way round than this run's comparison ({c.verdict}): "
                "it ranks neither"
            )
    return told


def _reservations(summary: Summary) -> list[str]:
    """What the run says against its own cost figures, on which all cores rest."""
    return [
        f"cost of this run is {one.status}: {one.reason or 'no reason was recorded'}"
        for one in summary.answers
        if one.answer == "cost" and one.status != "VALID"
    ]


def _refusals(schemes: list[SchemePlan]) -> list[str]:
    """Why figures are refused: one line for each reason."""
    return _by_reason(
        (reason, one.arm)
        for one in schemes
        for reason in dict.fromkeys(found.refused for found in one.quantities if found.refused)
    )


def _gaps(schemes: list[SchemePlan]) -> list[str]:
    """What could not be planned: one line for each reason."""
    return _by_reason((reason, one.arm) for one in schemes for reason in one.missing.values())


def _by_reason(told: Iterable[tuple[str, str]]) -> list[str]:
    arms: dict[str, list[str]] = {}
    for reason, arm in told:
        arms.setdefault(reason, []).append(arm)
    return [f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in arms.items()]


def what_decides(
    summary: Summary,
    pair: Pair | None,
    demand: Demand,
    schemes: list[SchemePlan],
    breaks: list[BreakEven],
) -> str:
    """Say whether CPU decides between a session and a token at this demand, and if not, what may."""
    at = fill(WORDS["at"], rate=demand.planned_rps)
    if pair is None:
        return fill(WORDS["no_pair"], at=at)
    plans = {one.arm: one for one in schemes}
    a, b = pair.session.arm.arm, pair.token.arm.arm
    nodes = [plans[arm].of("nodes") for arm in (a, b)]
    saved = measured_difference(summary, pair)
    found = comparison_of(summary, a, b, "cpu_total_us")
    if saved is None or found is None or any(one is None or one.refused for one in nodes):
        return fill(WORDS["not_compared"], at=at, a=a, b=b)
    low, high = (end or 0.0 for end in (saved.shown.low, saved.shown.high))
    cores = [demand.planned_rps * us / 1e6 for us in (saved.value, low, high)]
    if found.verdict not in ("slower", "faster"):
        said = fill(WORDS["not_shown"], at=at, a=a, b=b, cores=cores[0], low=cores[1], high=cores[2])
    else:
        more, less = (a, b) if saved.value > 0 else (b, a)
        low, high = sorted(abs(core) for core in cores[1:])
        said = fill(WORDS["shown"], at=at, more=more, less=less, cores=abs(cores[0]), low=low, high=high)
    rest = _rest(pair, demand)
    counts = [int(one.value or 0) for one in nodes if one]
    if counts[0] != counts[1]:
        ends = [(int(one.low or 0), int(one.high or 0)) for one in nodes if one]
        shown = [
            fill(WORDS["nodes"], nodes=n, low=low, high=high)
            for n, (low, high) in zip(counts, ends, strict=True)
        ]
        overlap = max(low for low, _ in ends) <= min(high for _, high in ends)
        decides = WORDS["overlap" if overlap else "argument"]
        return fill(WORDS["other_nodes"], said=said, a=shown[0], b=shown[1], decides=decides, rest=rest)
    same = fill(WORDS["same_nodes" if counts[0] != 1 else "one_node"], nodes=counts[0])
    first = next((one for one in breaks if one.name == "node_rps" and one.distance), None)
    far = ""
    if first and first.at and first.at.value:
        far = fill(WORDS["first"], rate=first.at.value, times=first.distance)
    return fill(WORDS["no_argument"], said=said, same=same, first=far, rest=rest)


def _rest(pair: Pair, demand: Demand) -> str:
    """What may decide instead of CPU: revocation where the two differ in it."""
    both = pair.session, pair.token
    a_s, b_s = windows = [revocation_window_s(one, demand) for one in both]
    if a_s == b_s:
        return WORDS["alike"]
    said = fill(WORDS["revocation"], a=pair.session.arm.arm, a_s=a_s, b=pair.token.arm.arm, b_s=b_s)
    within = demand.revoke_within_s
    if within is None:
        return said
    failing = [one.arm.arm for one, window in zip(both, windows, strict=True) if window > within]
    verdict = f"{' and '.join(failing)} {'does' if len(failing) == 1 else 'do'} not meet"
    if not failing:
        verdict = "both meet"
    return f"{said}; you ask for {within:.9g} s, which {verdict}"
