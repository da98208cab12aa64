"""Say what a run's figures hold for: a table at the end of a report, and one line under every figure."""

import statistics

from analysis.records.summary import ArmSummary, Summary
from analysis.report.calibration import calibration_words
from analysis.report.sentences import METRIC_WORDS, rate_words
from authbench.contracts.records import HostRecord, Rate, RunPlan, processors_in_words
from authbench.words.counting import counted


def conditions(summary: Summary) -> list[tuple[str, str]]:
    """List the conditions the figures hold for: (label, words)."""
    rows = [("run", f"{summary.run_id}, experiment {summary.experiment}, seed {summary.seed}")]
    if rate := summary.rate:
        rows.append(("offered rate", _offered(rate)))
    replicates = (
        f"{summary.cycles_whole} of {counted(summary.cycles_planned, 'cycle')} whole, in "
        f"{summary.generations} "
        f"generations{_resumed(summary)}; stopped because {summary.stop_reason or 'no reason was recorded'}"
    )
    rows.append(("replicates", replicates))
    if plan := summary.plan:
        rows.append(("plan", _plan(plan)))
    machine = summary.machine
    virtual = ", virtual" if machine.virtualized else ""
    rows += [
        ("machine", f"{machine.cpu_model}, {counted(machine.cpus, 'processor')}{virtual}, {machine.kernel}"),
    ]
    if summary.placement:
        placed = summary.placement.model_dump(include={"app", "generator", "store", "harness"})
        listed = {
            part: "elsewhere" if cpus is None else processors_in_words(cpus) for part, cpus in placed.items()
        }
        words = "application {app}, generator {generator}, store {store}, harness {harness}"
        rows.append(("processors", words.format_map(listed)))
    rows += [(f"host of {host.name}", _host(host)) for host in summary.hosts]
    for s in summary.stores:
        rows.append(("store", f"{s.what} ({s.source}, {s.transport}), round trip {s.round_trip_us:.0f} us"))
    rows += summary.conditions.items()
    versions = ", ".join(f"{name} {version}" for name, version in sorted(summary.versions.items()))
    rows.append(("measured", f"{versions}: not JWT and sessions as such" if versions else "unknown versions"))
    for arm, crypto in summary.crypto.items():
        rows.append((f"crypto of {arm}", ", ".join(f"{key} {value}" for key, value in crypto.items())))
    if summary.arms:
        rows.append(("slices", "; ".join(_slices(arm) for arm in summary.arms)))
    rows.append(("load", summary.load))
    floor = summary.noise_floor.get(summary.primary_metric)
    if summary.judged_by.compares and floor and floor.ratio_minus_one is not None:
        what = METRIC_WORDS[summary.primary_metric]
        rows.append(("noise floor", f"{floor.ratio_minus_one:.1%} for {what}, from {floor.source}"))
    if summary.replication:
        share, advice = summary.replication.between_share, summary.replication.advice
        rows.append(("noise", f"{share:.0%} of a generation's variance comes with its start: {advice}"))
    rows.append(("calibration", calibration_words(summary.calibration)))
    if effect := summary.order_effect:
        moved = f"the place in a cycle changed CPU per request by {effect.span:.1%}"
        rows.append(("order", f"{moved} (p = {effect.p_value:.2g})"))
    return [*rows, ("not measured", "; ".join(summary.not_measured)), ("again with", summary.command)]


def _host(host: HostRecord) -> str:
    """What a host beside the run's machine is."""
    where = processors_in_words(host.processors)
    trip = f"processors {where}, an order and its answer {host.round_trip_us:.0f} us"
    machine = host.machine
    if machine is None:
        return trip
    virtual = ", virtual" if machine.virtualized else ""
    return f"{machine.cpu_model}, {counted(machine.cpus, 'processor')}{virtual}, {machine.kernel}; {trip}"


def _plan(plan: RunPlan) -> str:
    asked = "as many as possible" if plan.unclamped is None else f"{plan.unclamped:.1f}"
    return (
        f"{counted(plan.cycles, 'cycle')} in each generation, chosen after "
        f"{counted(plan.after_generations, 'generation')} (the "
        f"formula asked for {asked}): ln(A / B) varies by {plan.within_log:.1%} from cycle to cycle and by "
        f"{plan.between_log:.1%} with a start; a start takes {plan.start_s:.1f} s, "
        f"a cycle {plan.cycle_s:.1f} s"
    )


def _offered(rate: Rate) -> str:
    """At which rate arms were measured, and where it comes from."""
    if not rate.own_arms:
        return f"{rate_words(rate.offered_rps)} for every arm, {_origin(rate)}"
    own = f"{', '.join(rate.own_arms)} cannot carry it: measured at {rate_words(rate.own_rps or 0)}"
    shared = f"{rate_words(rate.offered_rps)}, {_origin(rate)}"
    return f"{shared}; {own}, compared with the control at that rate and with no other arm"


def _origin(rate: Rate) -> str:
    if rate.share is None:
        return "as given"
    ceilings = rate.ceilings_rps
    slowest = min((rps for arm, rps in ceilings.items() if arm not in rate.own_arms), default=0.0)
    shares = f"{rate.offered_rps / statistics.median(ceilings.values()):.0%} of what the median arm can do"
    if slowest > 0:
        shares += f", {rate.offered_rps / slowest:.0%} of the slowest's"
    return shares if rate.kept_from is None else f"as in {rate.kept_from}: today {shares}"


_TAG_WORDS = {"V06": "late", "V07": "generator busy", "V10": "not quiet"}


def _resumed(summary: Summary) -> str:
    if not summary.resumed:
        return ""
    return (
        f" (interruptions: {summary.resumed}; generations cut short by them, not used: "
        f"{summary.abandoned_generations})"
    )


def _slices(arm: ArmSummary) -> str:
    shares = [f"{share:.0%} {_TAG_WORDS[code]}" for code, share in arm.tag_shares.items() if share > 0]
    return ", ".join([f"{arm.arm} {arm.void_share:.1%} void", *shares])


_LIBRARIES = {
    "pyjwt": "PyJWT",
    "cryptography": "cryptography",
    "redis": "redis-py",
    "sqlalchemy": "SQLAlchemy",
    "fastapi": "FastAPI",
    "uvicorn": "uvicorn",
}
"""What decides the figures of authentication, by the names packages have in a manifest."""


def measured_versions(summary: Summary) -> str:
    """'PyJWT 2.15.1, redis-py 8.1.0 on FastAPI 0.165.0, not JWT and sessions as such'."""
    known = {name.lower(): version for name, version in summary.versions.items()}
    named = [f"{words} {known[name]}" for name, words in _LIBRARIES.items() if name in known]
    return f"{', '.join(named)}, not JWT and sessions as such" if named else "versions unknown"


def caption(summary: Summary) -> str:
    """Make the line under every figure: versions, rate, placement, the store and its distance."""
    parts = [measured_versions(summary), summary.operation]
    if summary.rate:
        parts.append(rate_words(summary.rate.offered_rps))
    if summary.placement:
        shared = summary.placement.shared
        parts.append("; ".join(shared) if shared else "each part on processors of its own")
    else:
        parts.append("placement unknown")
    parts += [f"store {store.what}, round trip {store.round_trip_us:.0f} us" for store in summary.stores]
    return " · ".join(parts) + "."
