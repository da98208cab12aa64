"""A sentinel fails the store over to a replica, a second behind: what is lost, without WAIT and with it?"""

from collections.abc import Mapping
from typing import Any, ClassVar

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.sentinel import DrillSentinel
from loadtests.drills.site.site import Site


class StoreSentinel(StoreDrill):
    """The primary is killed, and nobody helps: a sentinel promotes a replica, and servers ask for it.

    Both replicas have heard nothing for a second. What was acknowledged then is lost: replication is
    asynchronous. The other replica follows the promoted one afterwards.
    """

    name = "store-sentinel"
    summary = "kill the primary, a sentinel promotes a replica, a second behind: what is lost?"
    effect = Effect.LOSES_SOME
    failure_s = 0.4
    lead_s = 1.0
    replicas = 2
    watched = True

    def prepare(self, site: Site) -> list[Proof]:
        found = super().prepare(site)
        assert site.link is not None  # noqa: S101 - with replicas
        site.link.hold(True)
        return found

    def begin(self, site: Site) -> None:
        written = site.store.number("replication", "master_repl_offset")
        heard = [replica.number("replication", "slave_repl_offset") for replica in site.replicas]
        self._behind_bytes = written - max(heard)
        site.store.kill()

    def during(self, site: Site) -> list[Proof]:
        behind = self._behind_bytes
        return [
            site.silent(),
            Proof(what="bytes no replica had heard", seen=str(behind), acted=behind > 0),
        ]

    def outlast(self, site: Site) -> int | None:
        return _sentinel(site).wait_until_promoted(site.store.port)

    def end(self, site: Site) -> None:
        """Nothing: the sentinel has ended it."""

    def after(self, site: Site) -> list[Proof]:
        named = _sentinel(site).primary_port
        roles = {replica.port: replica.role for replica in site.replicas}
        role = roles.get(named, "not a replica of before")
        return [
            *super().after(site),
            Proof(what="role of the one that the sentinel names", seen=role, acted=role == "master"),
        ]


class StoreSentinelWait(StoreSentinel):
    """The same with `redis_wait_replicas = 1`: what no replica has heard was not acknowledged.

    Both have heard the same, so nothing that was acknowledged may be lost, whichever is promoted. While they
    hear nothing, logins, logouts and refreshes are answered with 503.
    """

    name = "store-sentinel-wait"
    summary = "the same, and a replica is waited for (WAIT 1): is nothing lost that was acknowledged?"
    effect = Effect.UNREACHABLE
    settings: ClassVar[Mapping[str, Any]] = {"redis_wait_replicas": 1}


def _sentinel(site: Site) -> DrillSentinel:
    assert site.sentinel is not None  # noqa: S101 - watched
    return site.sentinel
