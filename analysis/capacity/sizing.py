"""Compute cores, nodes, store operations and store memory from a scheme's measured slope and a demand.

Bottleneck bound (Denning & Buzen 1978): a resource that each request keeps busy for D seconds carries at
most 1 / D requests a second. The upper end of the slope's interval is used: a plan may be too large,
and should not be too small.
"""

import math
from dataclasses import dataclass

from analysis.capacity.demand import Demand
from analysis.records.summary import ArmSummary, Summary
from analysis.rules.v25_extrapolation import Extrapolation
from analysis.statistics.estimate import Estimate
from authbench.contracts.failure import Failure

FILL = "[owner to fill]"


@dataclass(frozen=True)
class Sizing:
    """What one scheme needs at the planned peak. None: the run does not say."""

    arm: str
    slope_us: Estimate
    """CPU of the application for one more user request, with its 95 % interval."""
    saturated_us: Estimate | None
    """CPU of the application per request at saturation, hashing passwords left out: the plan's upper point,
    shown beside the slope. None: not measured."""
    demand_us: float
    """What is planned with: the slope's upper end, and hashing passwords."""
    password_us: float
    """Of it, hashing passwords."""
    cores: int
    nodes: int
    """With the spare ones."""
    core_rps: float
    """Requests a second that one core is planned to carry."""
    measured_rps: tuple[float, float]
    """Lowest and highest rate a core was measured at."""
    store_ops: float
    """Store commands a second."""
    store_share: float | None
    """Of the store's one main thread, at the slope's upper end."""
    store_bytes: float | None
    """Memory to provide, with fragmentation and reserve."""
    warnings: tuple[str, ...]


def plan(summary: Summary, demand: Demand) -> list[Sizing]:
    """Size each scheme of the run; control, twin and sensitivity arms are left out.

    So are arms with a rate of their own: one rate gives no slope. Failure where the run is INVALID, or no
    scheme has a slope.
    """
    if summary.status == "INVALID":
        raise Failure(f"the run is INVALID ({summary.reasons[0]}): nothing can be planned from it")
    schemes = [arm for arm in summary.arms if arm.role == "arm" and arm.offered_rps is None]
    for arm in schemes:
        slope = arm.ladder.demand_app_us
        if slope.high is None:
            reason = slope.reason or "its slope has no interval: more generations needed"
            raise Failure(f"no plan: {arm.arm} has no slope: {reason}")
    return [_size(arm, demand) for arm in schemes]


def _size(arm: ArmSummary, demand: Demand) -> Sizing:
    """Size one scheme. Its application's slope must have an upper end."""
    slope, store_slope = arm.ladder.demand_app_us, arm.ladder.demand_store_us.high
    assert slope.high is not None  # noqa: S101 - `plan` refused it
    password_us = arm.cpu_password_us.value or 0.0
    demand_us = slope.high + password_us
    planned = demand.planned_rps
    cores = max(1, math.ceil(planned * demand_us / 1e6 / demand.target_utilisation))
    core_rps = demand.target_utilisation * 1e6 / demand_us
    rates = [rung.achieved_rps for rung in arm.ladder.rungs]
    ops = 0.0
    share: float | None = 0.0
    memory: float | None = 0.0
    if arm.store != "none":
        ops = planned * sum(command.per_request for command in arm.store_commands.values())
        share = None if store_slope is None else planned * store_slope / 1e6
        memory = _store_bytes(arm, demand)
    return Sizing(
        arm=arm.arm,
        slope_us=slope,
        saturated_us=arm.throughput.cpu_app_us if arm.throughput else None,
        demand_us=demand_us,
        password_us=password_us,
        cores=cores,
        nodes=math.ceil(cores / demand.cores_per_node) + demand.spare_nodes,
        core_rps=core_rps,
        measured_rps=(min(rates), max(rates)),
        store_ops=ops,
        store_share=share,
        store_bytes=memory,
        warnings=tuple(Extrapolation().check(core_rps, max(rates), arm.ladder.linearity)),
    )


def _store_bytes(arm: ArmSummary, demand: Demand) -> float | None:
    each, sessions = arm.store_memory_bytes.high, demand.planned_sessions
    if each is None or sessions is None:
        return None
    return each * sessions * (1 + demand.store_fragmentation) / (1 - demand.store_reserve_share)
