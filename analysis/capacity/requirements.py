"""Hold a scheme against the requirements of a demand: meets, does not meet, or open with its reason."""

from collections.abc import Iterator

from analysis.capacity.demand import Demand
from analysis.capacity.measured import ArmCosts, StoreTested
from analysis.capacity.plan_record import Quantity, Requirement
from analysis.validity.decimals import decimals
from authbench.contracts.card import Operation

NEAR = 0.8
"""Share of the target utilisation from which on a measurement is near it. To calibrate."""


def requirements(
    costs: ArmCosts, store: StoreTested, demand: Demand, relogin_s: Quantity | None
) -> list[Requirement]:
    """Every requirement that the demand has. `relogin_s`: as it is planned; None: it is not."""
    return list(_requirements(costs, store, demand, relogin_s))


def revocation_window_s(costs: ArmCosts, demand: Demand) -> float:
    """How long a revoked credential lives: the demand's token lifetime where nothing but expiry ends it."""
    lifetime_s = demand.token_lifetime_s
    if lifetime_s is not None and lives_until_expiry(costs):
        return lifetime_s
    return costs.arm.revocation_window_s


def lives_until_expiry(costs: ArmCosts) -> bool:
    """Whether nothing but its expiry ends a credential of the scheme."""
    card = costs.card
    return card is not None and card.refreshes and not card.logout_ends_credential


def _requirements(
    costs: ArmCosts, store: StoreTested, demand: Demand, relogin_s: Quantity | None
) -> Iterator[Requirement]:
    if demand.revoke_within_s is not None:
        window_s = revocation_window_s(costs, demand)
        yield Requirement(
            what=f"revoked within {demand.revoke_within_s:.9g} s",
            meets="meets" if window_s <= demand.revoke_within_s else "does not meet",
            because=f"up to {window_s:.9g} s, as its card declares",
        )
    if demand.p99_objective_ms is not None:
        yield _objective(costs, store, demand, demand.p99_objective_ms)
    within_s = demand.relogin_within_s
    if within_s is not None and relogin_s is not None:
        in_time = relogin_s.high is not None and relogin_s.high <= within_s
        after = "never" if relogin_s.value is None else f"after {decimals(relogin_s.value)} s"
        yield Requirement(
            what=f"everybody in again within {within_s:.9g} s",
            meets="open" if relogin_s.refused else "meets" if in_time else "does not meet",
            because=f"{after} with the planned nodes",
        )


def _objective(costs: ArmCosts, store: StoreTested, demand: Demand, objective_ms: float) -> Requirement:
    """Judge it by the p99 of responses at the run's rate, on a store as far away as the demand's."""
    p99, busy, what = (
        costs.arm.response_ms.get("p99"),
        costs.busy_share or 0,
        f"p99 at most {objective_ms:.9g} ms",
    )
    if p99 is None or p99.value is None or p99.low is None or p99.high is None:
        return Requirement(what=what, meets="open", because="p99 has no interval in this run")
    words = f"p99 {p99.value:.1f} ms [{p99.low:.1f}, {p99.high:.1f}] at {busy:.0%} busy"
    farther_ms = _farther_store_ms(costs, store, demand)
    if farther_ms:
        words += f", and {farther_ms:.1f} ms for your store's distance"
    if p99.low + farther_ms > objective_ms:
        return Requirement(what=what, meets="does not meet", because=words)
    if busy < NEAR * demand.target_utilisation:
        return Requirement(what=what, meets="open", because=f"{words}: less than planned, so it says little")
    met = p99.high + farther_ms <= objective_ms
    return Requirement(what=what, meets="meets" if met else "open", because=words)


def _farther_store_ms(costs: ArmCosts, store: StoreTested, demand: Demand) -> float:
    """What a request waits longer because the demand's store is farther away than the run's."""
    if demand.store_rtt_ms is None or store.round_trip_ms is None or costs.arm.store in ("none", "memory"):
        return 0.0
    return max(0.0, demand.store_rtt_ms - store.round_trip_ms) * costs.commands(Operation.READ).value
