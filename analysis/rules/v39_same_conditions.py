from collections.abc import Collection, Iterator, Mapping
from typing import Any

from analysis.rules.rule import Findings, Rule
from analysis.validity.finding import Finding
from analysis.validity.limits import MEMORY_DIFFERENCE, RATE_DIFFERENCE
from authbench.contracts.records import Manifest

_EXPERIMENT = ("control", "slice_s", "rate_share", "slowest_share", "rate_rps")
"""Keys of an experiment that change what a figure means. Cycles, generations and the seed only change how
sure it is; arms that only one run has are left out."""
_SERVER = ("python", "loop", "http", "workers", "reload", "debug", "access_log", "log_level")
"""Of what a server says of itself. Routes and middleware are code, whose changes are what is looked for."""
_STORE = ("source", "server", "version", "transport")

_TARGET = ("login", "carrier", "requests", "bodies", "renewed_by", "processes")
"""Of a service that is not part of authbench. Where it is served may change from run to run."""
_BY_OPERATION = ("store_commands", "repeated_commands", "crypto_operations")
"""Fields of a card that say something of each operation: what the workload never asks changes no figure."""
_OF_FAILURES = ("store_loss", "store_emptied")
"""Fields of a card that say what failures do: nothing fails in a run, and earlier cards do not have them."""


class SameConditions(Rule):
    """V39 refuses to compare runs whose machine, versions, placement, store, workload, experiment, cards or
    rate (beyond 10%) differ; with `--force` every table names them.
    """

    code = "V39"
    lie = "two runs can be compared"
    judged = "runs"
    limits = (RATE_DIFFERENCE, MEMORY_DIFFERENCE)
    advice = "measure both under the same conditions, or compare with --force and name the difference"

    def check(self, a: Manifest, b: Manifest) -> list[Finding]:
        """One finding for each difference of conditions between run A, the baseline, and run B; none: same.

        The authbench version and the commit are no conditions: they are what may have changed.
        """
        told = [
            self._refuse(what, f"{_shown(in_a)} in A, {_shown(in_b)} in B")
            for facts in (_machine, _experiment, _surroundings)
            for what, in_a, in_b in _unequal(facts(a), facts(b))
        ]
        return [*told, *self._allocator(a, b), *self._memory(a, b), *self._rate(a, b), *self._arms(a, b)]

    def _refuse(self, subject: str, sentence: str, share: float | None = None, limit: float = 0) -> Finding:
        held = None if share is None else limit
        return self.finding("refuse-figure", subject, sentence, share, held, unit="share", refuses="all")

    def _allocator(self, a: Manifest, b: Manifest) -> Findings:
        """Only where both runs know it: earlier ones did not ask."""
        known = [run.store.allocator for run in (a, b) if run.store and run.store.allocator]
        if len(set(known)) == 2:
            yield self._refuse("store allocator", f"{known[0]} in A, {known[1]} in B")

    def _memory(self, a: Manifest, b: Manifest) -> Findings:
        """A kernel keeps a little more or less for itself: only what exceeds that is another machine."""
        in_a, in_b = a.machine.memory_mib, b.machine.memory_mib
        share = abs(in_b / in_a - 1) if in_a else float(in_a != in_b)
        if share > MEMORY_DIFFERENCE.value:
            yield self._refuse("memory", f"{in_a} MiB in A, {in_b} MiB in B", share, MEMORY_DIFFERENCE.value)

    def _rate(self, a: Manifest, b: Manifest) -> Findings:
        """CPU per request depends on the rate: an idle server wakes up for every request."""
        in_a, in_b = (run.rate.offered_rps if run.rate else None for run in (a, b))
        if in_a is None or in_b is None:
            if in_a != in_b:
                yield self._refuse("offered rate", "known of one run only")
            return
        share = max(in_a, in_b) / min(in_a, in_b) - 1
        if share > RATE_DIFFERENCE.value:
            sentence = f"{in_a:.0f} requests/s in A, {in_b:.0f} in B: cost per request depends on it"
            yield self._refuse("offered rate", sentence, share, RATE_DIFFERENCE.value)
        both = {arm.label for arm in a.experiment.arms} & {arm.label for arm in b.experiment.arms}
        for arm in sorted(both & {*a.own_arms, *b.own_arms}):
            yield from self._own_rate(arm, a, b)

    def _own_rate(self, arm: str, a: Manifest, b: Manifest) -> Findings:
        """An arm that cannot carry the offered rate of either run has the same lower one in both."""
        in_a, in_b = (run.rate.own_rps if run.rate and arm in run.own_arms else None for run in (a, b))
        if in_a is None or in_b is None:
            which = "B" if in_a is None else "A"
            yield self._refuse(f"rate of {arm}", f"of its own in {which} only")
            return
        share = max(in_a, in_b) / min(in_a, in_b) - 1
        if share > RATE_DIFFERENCE.value:
            sentence = f"of its own: {in_a:.0f} requests/s in A, {in_b:.0f} in B"
            yield self._refuse(f"rate of {arm}", sentence, share, RATE_DIFFERENCE.value)

    def _arms(self, a: Manifest, b: Manifest) -> Findings:
        """Scheme, card, server and libraries of the arms that both have; what several share is told once."""
        told: dict[tuple[str, str], list[str]] = {}
        facts_a, facts_b = _arm_facts(a), _arm_facts(b)
        both = [arm for arm in facts_a if arm in facts_b]
        for arm in both:
            for what, in_a, in_b in _unequal(facts_a[arm], facts_b[arm]):
                told.setdefault((what, f"{_shown(in_a)} in A, {_shown(in_b)} in B"), []).append(arm)
        for (what, sentence), arms in told.items():
            yield self._refuse(what if len(arms) == len(both) else f"{what} of {', '.join(arms)}", sentence)


def _unequal(a: Mapping[str, object], b: Mapping[str, object]) -> Iterator[tuple[str, object, object]]:
    for what in dict.fromkeys([*a, *b]):
        if a.get(what) != b.get(what):
            yield what, a.get(what), b.get(what)


def _shown(value: object) -> str:
    return "none" if value is None or value in ({}, [], "") else str(value)


def _machine(run: Manifest) -> dict[str, object]:
    one = run.machine
    return {"machine": one.host, "processor": one.cpu_model, "processors": one.cpus, "kernel": one.kernel}


def _experiment(run: Manifest) -> dict[str, object]:
    keys = {f"experiment {key}": getattr(run.experiment, key) for key in _EXPERIMENT}
    workload = run.workload.model_dump(mode="json", exclude={"name"})
    return keys | {f"workload {key}": value for key, value in workload.items()}


def _surroundings(run: Manifest) -> dict[str, object]:
    """Placement, store and generator: shared by every arm."""
    placement, store = run.placement, run.store
    return {
        "placement": placement.model_dump(exclude={"shared"}) if placement else None,
        **{f"store {name}": getattr(store, name, None) for name in _STORE},
        "further stores": [[getattr(each, name) for name in _STORE] for each in run.further_stores],
        "generators": run.generators,
        "load from workers": run.load_from_workers,
        **{f"host of {host.name}": host.model_dump(exclude={"round_trip_us", "name"}) for host in run.hosts},
        **{f"generator's {name}": version for name, version in run.generator_versions.items()},
    }


def _arm_facts(run: Manifest) -> dict[str, dict[str, object]]:
    facts: dict[str, dict[str, object]] = {}
    asked = {part.operation for part in (*run.workload.operations, *run.workload.housekeeping)}
    for arm in run.experiment.arms:
        card, server = run.cards.get(arm.label), run.servers.get(arm.label)
        own: dict[str, object] = {"scheme": arm.scheme}
        if card is not None:
            own |= {f"card's {key}": value for key, value in _asked(card.model_dump(mode="json"), asked)}
        if server is not None:
            own |= {name: getattr(server, name) for name in _SERVER}
            own |= {f"crypto {key}": value for key, value in server.crypto.items()}
            own |= dict(server.versions)
        if arm.label in run.packages:
            own["packages of its own"] = run.packages[arm.label]
        if arm.condition.fresh_connections:
            own["connections"] = "one for each request"
        if run.service and (variant := run.service.variants.get(arm.scheme)):
            own |= {f"target's {key}": getattr(variant, key) for key in _TARGET}
        facts[arm.label] = own
    return facts


def _asked(card: Mapping[str, Any], operations: Collection[str]) -> Iterator[tuple[str, object]]:
    """A card's fields that say something of a run; by operation, only what these operations cost."""
    for key, value in card.items():
        if key in _BY_OPERATION:
            yield key, {each: counts for each, counts in value.items() if each in operations and counts}
        elif key not in _OF_FAILURES:
            yield key, value
