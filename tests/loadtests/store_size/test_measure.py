"""A few logins of real schemes in a real store. What a user starts is in tests/integration."""

import pytest

from authbench.contracts.store_size.report import Added, SizedScheme
from loadtests.store_size.measure import StoreSizeRequest, StoreSizes, measure_store_sizes


@pytest.fixture(scope="module")
def found() -> StoreSizes:
    request = StoreSizeRequest(["session-redis", "jwt-denylist", "none"], [0, 512], 2000, "session-redis")
    return measure_store_sizes(request, lambda _: None)


def of(found: StoreSizes, scheme: str, payload_bytes: int = 0) -> SizedScheme:
    return next(one for one in found.schemes if (one.scheme, one.payload_bytes) == (scheme, payload_bytes))


def per_entry(sized: SizedScheme, added: Added) -> float:
    series = sized.series_of(added)
    assert series is not None
    assert series.counts[0] == 0
    grown, entries = (each[-1] - each[1] for each in (series.sizes_bytes, series.counts))
    return grown / entries


def test_session_data_is_in_the_store_and_a_tokens_is_not(found: StoreSizes) -> None:
    small, large = of(found, "session-redis"), of(found, "session-redis", 512)
    assert per_entry(large, Added.LOGIN) - per_entry(small, Added.LOGIN) == pytest.approx(512, rel=0.2)
    assert [one.payload_bytes for one in found.schemes if one.scheme == "jwt-denylist"] == [0]
    assert found.left_out == ["none: it keeps nothing in Redis"]
    assert found.store is not None


def test_another_login_takes_less_than_a_users_first(found: StoreSizes) -> None:
    for scheme in ("session-redis", "jwt-denylist"):
        sized = of(found, scheme)
        first, two = per_entry(sized, Added.LOGIN), per_entry(sized, Added.TWO_LOGINS)
        assert first < two < 2 * first
        assert 0 < per_entry(sized, Added.INDEX) < per_entry(sized, Added.INDEX_OF_TWO) < two


def test_only_a_deny_list_keeps_what_was_ended(found: StoreSizes) -> None:
    denying = of(found, "jwt-denylist")
    assert 50 < per_entry(denying, Added.ENDED) < per_entry(denying, Added.LOGIN)
    assert of(found, "session-redis").series_of(Added.ENDED) is None


def test_the_store_counts_the_commands_of_an_operation(found: StoreSizes) -> None:
    session = {cost.operation: cost for cost in of(found, "session-redis").costs}
    assert session["read"].calls == {"getex": session["read"].requests}
    assert session["read"].failed == session["logout"].failed == 0
    token = {cost.operation: cost for cost in of(found, "jwt-denylist").costs}
    assert token["read"].calls == {"exists": token["read"].requests}
    assert token["refresh"].calls["evalsha"] == token["refresh"].requests


def test_keys_are_described_by_a_sample(found: StoreSizes) -> None:
    kinds = {kind.kind: kind for kind in of(found, "jwt-denylist").kinds}
    assert set(kinds) == {"family", "families-of"}
    assert (kinds["family"].type, kinds["families-of"].type) == ("hash", "zset")
    assert all(kind.usage_bytes > 0 for kind in kinds.values())


def test_a_full_store_logs_users_out_or_refuses_logins(found: StoreSizes) -> None:
    by_policy = {one.policy: one for one in found.evictions}
    dropped = by_policy["allkeys-lru"]
    assert 0 < dropped.logged_out < dropped.presented
    assert dropped.evicted_keys > dropped.logged_out, "records and indexes"
    refusing = by_policy["noeviction"]
    assert (refusing.logged_out, refusing.evicted_keys) == (0, 0)
    assert refusing.refused_logins == refusing.logins
    assert all(one.unanswered == 0 for one in found.evictions)
