"""A real primary with a replica and a sentinel that watches them, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.drills.site.sentinel import SERVICE, DrillSentinel
from loadtests.drills.site.site import open_site
from loadtests.drills.site.store import DrillStore
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.store_proxy import StoreProxy


@dataclass(frozen=True)
class Watched:
    """All of it. `link` is what the replica hears its primary through."""

    store: DrillStore
    replica: DrillStore
    link: StoreProxy
    sentinel: DrillSentinel

    @property
    def url(self) -> str:
        """By way of the sentinel."""
        return self.sentinel.url

    def url_with(self, service: str = SERVICE, *, before: str = "", password: str | None = None) -> str:
        """The same with another service, with a host before the sentinel, or with its password as given."""
        head, _, query = self.url.partition("?")
        account, _, place = head.partition("@")
        host = place.partition("/")[0]
        query = query if password is None else f"sentinel_password={password}"
        return f"{account}@{before}{host}/{service}/0?{query}"


@contextmanager
def watched_store(folder: Path) -> Iterator[Watched]:
    """Start it in `folder`, whose path must be short; end all of it."""
    with open_site(
        (), plan_layout(available_processors()), folder, workers=1, replicas=1, watched=True
    ) as site:
        assert site.link is not None
        assert site.sentinel is not None
        yield Watched(site.store, site.replicas[0], site.link, site.sentinel)
