"""What a run on these hosts could not do, told before anything is started."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from authbench.contracts.experiment import Experiment
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.records import HostRecord, Manifest
from authbench.words.counting import counted

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def require_same_hosts(manifest: Manifest, hosts: Hosts | None) -> None:
    """Failure for a run that was begun on other hosts and goes on without them, or the other way round."""
    asked = hosts.elsewhere if hosts is not None else []
    if asked != manifest.elsewhere:
        was = ", ".join(manifest.elsewhere) or "nothing"
        raise Failure(
            f"{manifest.run_id} was begun with {was} on other hosts: give --hosts with the same file, or "
            "leave it out where it was left out"
        )
    if hosts is not None and hosts.generators and len(hosts.generators) != manifest.generators:
        raise Failure(
            f"{manifest.run_id} was begun with {counted(manifest.generators, 'generator')}, and the "
            f"hosts file names "
            f"{len(hosts.generators)}: name as many"
        )


def require_possible(experiment: Experiment, hosts: Hosts | None, redis_url: str | None) -> None:
    """Failure for an experiment or a store that needs what these hosts do not have."""
    if hosts is None or "application" not in hosts.elsewhere:
        return
    for arm in experiment.arms:
        if arm.condition.store_rtt_ms or arm.condition.store_tls:
            raise Failure(
                f"arm {arm.label!r}: store_rtt_ms and store_tls put a proxy on this machine, which an "
                "application on another host does not pass: measure it here, or without"
            )
        if arm.condition.own_environment:
            raise Failure(
                f"arm {arm.label!r}: its packages are installed on this machine, and the application is on "
                "another host: measure it here, or install them there and leave packages out"
            )
    if redis_url is not None and (urlsplit(redis_url).hostname or "localhost") in _LOOPBACK:
        raise Failure(
            "--redis-url leads to the loopback of whoever uses it, and the application is on another host: "
            "give an address that both reach"
        )


def require_same_machines(manifest: Manifest, found: Sequence[HostRecord]) -> None:
    """Failure for a run that was begun when these hosts were other machines, or had other processors."""
    for before, now in zip(manifest.hosts, found, strict=False):
        if (before.name, before.machine, before.processors) != (now.name, now.machine, now.processors):
            raise Failure(
                f"{now.name}: it is not the host that {manifest.run_id} was begun on: start a new run"
            )
