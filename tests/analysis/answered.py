"""A summary in which every answer is given: what no miniature run measures is filled in by hand."""

from analysis.records.summary import (
    AnswerSummary,
    ArmSummary,
    CachedSummary,
    SoWhat,
    Summary,
    ThroughputSummary,
)
from analysis.statistics.estimate import Estimate
from analysis.validity.finding import Finding
from authbench.contracts.records import GenerationTimes, RunPlan

BOUND = "the generator was 92% busy: with more processors, start more generators"
LATE = Finding(
    rule="V06",
    severity="mark",
    subject="jwt-hs256",
    number=0.6,
    limit=0.33,
    unit="share of slices",
    sentence="the generator was late",
    next_action="leave its processor to it alone",
    refuses="latency",
)
SO_WHAT = "At 3000 requests/s session-redis needs 0.16 of a core more than jwt-hs256."
_RPS = {"none": 6700.0, "session-redis": 3600.0, "session-redis (twin)": 3580.0}


def throughput(arm: str) -> ThroughputSummary:
    """Of jwt-hs256, 'at least 4,450'; of the others a figure with its interval."""
    value, least = _RPS.get(arm, 4450.0), arm == "jwt-hs256"
    return ThroughputSummary(
        rps=Estimate(value=value) if least else Estimate(value=value, low=0.96 * value, high=1.05 * value),
        at_least=least,
        reason=BOUND if least else "",
        app_busy=0.81 if least else 0.97,
        generator_busy=0.92 if least else 0.6,
        store_busy=0.21 if arm.startswith("session") else None,
        cpu_app_us=Estimate(value=200.0, low=190.0, high=210.0),
        cpu_total_us=Estimate(value=240.0, low=230.0, high=250.0),
    )


def _arm(arm: ArmSummary) -> ArmSummary:
    return arm.model_copy(
        update={
            "throughput": throughput(arm.arm),
            "store_busy": 0.08,
            "marks": {"latency": ["V06"]} if arm.arm == "jwt-hs256" else {},
            "clean_cycles": 3,
            "clean_service_ms": {name: Estimate(value=0.31) for name in arm.service_ms},
        }
    )


def answered(summary: Summary) -> Summary:
    """Give the same summary with throughput, marks, status of the answers, cached schemes and times."""
    answers = [
        AnswerSummary(answer="cost", status="VALID"),
        AnswerSummary(answer="latency", status="INDICATIVE", reason="the generator was late"),
        AnswerSummary(answer="throughput", status="VALID"),
        AnswerSummary(answer="store load", status="NOT MEASURED", reason="the store cannot be read"),
    ]
    so_what = SoWhat(
        a="session-redis",
        b="jwt-hs256",
        rate_rps=3000.0,
        rate_source="as given",
        cores=0.16,
        cores_low=0.1,
        cores_high=0.22,
        node_cores=4,
        node_busy=0.5,
        nodes_a=2,
        nodes_b=2,
        node_more_from_rps=22000.0,
        sentence=SO_WHAT,
    )
    cached = CachedSummary(
        scheme="jwt-cached",
        hit="jwt-cached (hit)",
        miss="jwt-cached (miss)",
        window_s=60.0,
        hit_us=Estimate(value=20.0, low=15.0, high=25.0),
        miss_us=Estimate(value=120.0, low=110.0, high=130.0),
    )
    plan = RunPlan(
        cycles=6,
        after_generations=3,
        within_log=0.11,
        between_log=0.02,
        start_s=9.5,
        cycle_s=2.2,
        unclamped=5.3,
    )
    times = [
        GenerationTimes(
            generation=generation,
            arms=len(summary.arms),
            start_s={"processes": 2.0, "seeding": 1.5},
            cycles_s=4.0,
            elapsed_s=10.0 * (generation + 1),
        )
        for generation in range(summary.generations)
    ]
    return summary.model_copy(
        update={
            "arms": [_arm(arm) for arm in summary.arms],
            "answers": answers,
            "so_what": so_what,
            "cached": [cached],
            "plan": plan,
            "times": times,
            "findings": [*summary.findings, LATE],
        }
    )
