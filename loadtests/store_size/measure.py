"""Measure the memory of one scheme after the other, each on a store of its own that begins empty."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from authbench.contracts.store_size.report import Added, Evicted, SizedScheme
from authbench.words.counting import counted
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import start_engines
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.placement import Layout, available_processors, plan_layout
from loadtests.harness.processes.processes import Start
from loadtests.harness.processes.redis_server import check_store
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.store_size.bench import KEY_PREFIX, fresh_bench
from loadtests.store_size.costs import operation_costs
from loadtests.store_size.counts import counts_for
from loadtests.store_size.evictions import evictions
from loadtests.store_size.growth import ended_logins, enough_for, indexes, logins, two_logins
from loadtests.store_size.readings import fragmentation, key_kinds

_PART = 4
"""Users who log in twice, and whose index is taken away: this part of all of them."""
_ENDED_MOST = 200_000
"""Ended logins are added one user at a time; more take longer than all the rest."""


@dataclass(frozen=True)
class StoreSizeRequest:
    """What is to be measured."""

    schemes: Sequence[str]
    payloads: Sequence[int]
    """Bytes of session data; schemes whose store has none are measured once."""
    logins: int
    evicting: str | None
    """The scheme whose logins a full store loses; None: that is not measured."""
    store_config: Sequence[str] = ()
    """Lines for the configuration of every store."""


@dataclass
class StoreSizes:
    """What was read."""

    schemes: list[SizedScheme] = field(default_factory=list)
    evictions: list[Evicted] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    store: str | None = None
    """Name, version and allocator of the store."""


def measure_store_sizes(request: StoreSizeRequest, say: Callable[[str], None]) -> StoreSizes:
    """Measure all that is asked for. Failure if store, server or load generator fails."""
    check_store(None)  # a mistake is reported before anything is started
    layout, found = plan_layout(available_processors()), StoreSizes()
    with contextlib.ExitStack() as stack:
        stack.enter_context(one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")))
        scratch = stack.enter_context(scratch_directory())
        generators = Generators(start_engines(1, layout.generator, scratch), scratch)
        stack.callback(generators.stop)
        # Only the memory of stores is measured: servers need no second of imports each.
        start = stack.enter_context(ForkServer()).start
        generators.wait_until_ready()
        for scheme in request.schemes:
            for payload in request.payloads:
                say(
                    f"{scheme}, {payload} bytes of session data: {counted(request.logins, 'login', form=',')}"
                )
                sized = _measure(scheme, payload, request, layout, generators, scratch, start, found)
                if sized is not None:
                    found.schemes.append(sized)
                if sized is None or not sized.payload_stored:
                    break
        if request.evicting is not None:
            say(f"{request.evicting}: a store that is full")
            found.evictions = evictions(request.evicting, layout, scratch, start, request.store_config)
    return found


def _measure(
    scheme: str,
    payload_bytes: int,
    request: StoreSizeRequest,
    layout: Layout,
    generators: Generators,
    scratch: Path,
    start: Start,
    found: StoreSizes,
) -> SizedScheme | None:
    """One scheme with one payload; None where it keeps nothing in Redis."""
    count, config = request.logins, request.store_config
    with fresh_bench(scheme, payload_bytes, layout, scratch, start, config) as bench:
        found.store = str(bench.store.server)
        if bench.card.store != "redis":
            found.left_out.append(f"{scheme}: it keeps nothing in Redis")
            return None
        client, began_s = bench.store.client, time.monotonic()
        counts = counts_for(count)
        series = [logins(bench, counts)]
        fill_s = time.monotonic() - began_s
        fragmented, kinds = fragmentation(client), key_kinds(client, KEY_PREFIX)
        costs, part = operation_costs(bench, generators, layout), count // _PART
        bench.rest()
        more = [indexes(bench, Added.INDEX, part)]
    with fresh_bench(scheme, payload_bytes, layout, scratch, start, config) as bench:
        series.append(two_logins(bench, counts_for(2 * part)[:-1]))
        more.append(indexes(bench, Added.INDEX_OF_TWO, part))
    with fresh_bench(scheme, payload_bytes, layout, scratch, start, config) as bench:
        more.append(ended_logins(bench, enough_for(min(count, _ENDED_MOST))))
    return SizedScheme(
        scheme=scheme,
        payload_bytes=payload_bytes,
        # A family of refresh tokens says whose login it is; the data is in the token.
        payload_stored=not bench.card.refreshes,
        series=[*series, *(one for one in more if one is not None)],
        kinds=kinds,
        costs=costs,
        fragmentation=fragmented,
        fill_s=round(fill_s, 3),
    )
