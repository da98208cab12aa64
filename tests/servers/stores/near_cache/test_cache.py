"""What may be kept, for how long, and what makes it go."""

from collections.abc import Callable

from servers.contract.claims import Claims, new_claims
from servers.stores.near_cache.cache import NearCache


class Times:
    """Both clocks of a cache, moved by hand."""

    def __init__(self) -> None:
        self.monotonic_s = 100.0
        self.wall_s = 1_000_000.0

    def cache(self, limit: int = 100, keep_s: float = 10) -> NearCache:
        return NearCache(limit, keep_s, lambda: self.monotonic_s, lambda: self.wall_s)

    def claims(self, sub: str = "alice", lifetime_s: int = 3600) -> Claims:
        return new_claims(sub, "user", lifetime_s, int(self.wall_s))


def put(cache: NearCache, key: str, claims: Claims) -> None:
    cache.keep(cache.begin(key), claims)


def test_what_was_read_is_kept_until_its_time_is_over() -> None:
    times = Times()
    cache, claims = times.cache(), times.claims()
    assert cache.get("a") is None
    put(cache, "a", claims)
    assert cache.get("a") is claims
    times.monotonic_s += 9.99
    assert cache.get("a") is claims
    times.monotonic_s += 0.01
    assert cache.get("a") is None
    assert len(cache) == 0


def test_the_time_counts_from_the_beginning_of_the_read() -> None:
    """What a slow store answers may be as old as the question."""
    times = Times()
    cache = times.cache()
    reading = cache.begin("a")
    times.monotonic_s += 4
    cache.keep(reading, times.claims())
    times.monotonic_s += 6
    assert cache.get("a") is None


def test_using_it_does_not_prolong_it() -> None:
    times = Times()
    cache = times.cache()
    put(cache, "a", times.claims())
    for _ in range(9):
        times.monotonic_s += 1
        assert cache.get("a") is not None
    times.monotonic_s += 1
    assert cache.get("a") is None


def test_never_past_its_own_expiry() -> None:
    times = Times()
    cache = times.cache(keep_s=float("inf"))
    put(cache, "a", times.claims(lifetime_s=5))
    times.wall_s += 4.9
    assert cache.get("a") is not None
    times.wall_s += 0.1
    assert cache.get("a") is None


def test_a_drop_reaches_what_is_being_read() -> None:
    times = Times()
    drops: list[Callable[[NearCache], None]] = [
        lambda cache: cache.drop(["other", "a"]),
        lambda cache: cache.drop_user("anybody"),
        lambda cache: cache.clear(),
    ]
    for drop in drops:
        cache = times.cache()
        reading = cache.begin("a")
        drop(cache)
        cache.keep(reading, times.claims())
        assert cache.get("a") is None
        # A read that begins afterwards is another matter.
        put(cache, "a", times.claims())
        assert cache.get("a") is not None


def test_a_drop_before_another_read_began_is_remembered_against_the_first() -> None:
    times = Times()
    cache = times.cache()
    old, stale, fresh = cache.begin("a"), times.claims(), times.claims()
    cache.drop(["a"])
    new = cache.begin("a")
    cache.keep(old, stale)
    assert cache.get("a") is None
    cache.keep(new, fresh)
    cache.keep(old, stale)
    assert cache.get("a") is fresh


def test_of_reads_at_once_the_last_to_begin_is_kept() -> None:
    times = Times()
    cache, claims = times.cache(), times.claims()
    first, second = cache.begin("a"), cache.begin("a")
    cache.keep(first, times.claims())
    assert cache.get("a") is None
    # The first one's end is not the second one's.
    cache.abandon(first)
    cache.keep(second, claims)
    assert cache.get("a") is claims


def test_a_read_that_gave_nothing_leaves_nothing() -> None:
    times = Times()
    cache = times.cache()
    reading = cache.begin("a")
    cache.abandon(reading)
    cache.keep(reading, times.claims())
    assert cache.get("a") is None


def test_it_is_bounded_and_keeps_what_is_used() -> None:
    times = Times()
    cache = times.cache(limit=3)
    for key in "abc":
        put(cache, key, times.claims(sub=key))
    assert cache.get("a") is not None
    put(cache, "d", times.claims(sub="d"))
    assert len(cache) == 3
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]
    put(cache, "d", times.claims(sub="d"))
    assert len(cache) == 3


def test_a_users_go_together_and_nobody_elses() -> None:
    times = Times()
    cache = times.cache()
    for key, sub in (("a1", "alice"), ("b1", "bob"), ("a2", "alice")):
        put(cache, key, times.claims(sub))
    cache.drop_user("alice")
    cache.drop_user("nobody")
    assert [key for key in ("a1", "a2", "b1") if cache.get(key)] == ["b1"]


def test_a_key_that_changed_hands_belongs_to_the_new_user_only() -> None:
    times = Times()
    cache = times.cache()
    put(cache, "a", times.claims("alice"))
    put(cache, "a", times.claims("bob"))
    cache.drop_user("alice")
    assert cache.get("a") is not None
    cache.drop_user("bob")
    assert cache.get("a") is None


def test_a_cache_of_no_entries_forgets_at_once() -> None:
    times = Times()
    cache = times.cache(limit=0)
    put(cache, "a", times.claims())
    assert cache.get("a") is None
    assert len(cache) == 0
