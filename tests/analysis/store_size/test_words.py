from analysis.data.store_sizes import StoreSizes
from analysis.store_size.words import (
    answer,
    cost_rows,
    eviction_rows,
    need,
    need_rows,
    sentences,
    size_rows,
)
from authbench.contracts.store_size.report import Added, OperationCost
from tests.analysis.store_size.reports import report, sized


def test_the_answer_is_first_what_the_readers_logins_take() -> None:
    assert answer(report(), 2000) == (
        "2,000 live logins take in the store: session-redis 2.48 MiB [2.48 MiB, 2.48 MiB]; "
        "jwt-denylist 800,000 bytes [800,000 bytes, 800,000 bytes] [95 %]."
    )


def test_beyond_twice_what_was_measured_nothing_is_said() -> None:
    assert need(sized(), 2000).refused == ""
    assert "2.0 times the 1,000 measured" in need(sized(), 2001).refused
    assert "No answer for 2,001 live logins" in answer(report(), 2001)
    assert need_rows(report(sized()), 2001) == [
        ["session-redis", "0 B", "refused", "refused", "refused: not measured so far"]
    ]


def test_each_kind_of_entry_has_its_bytes() -> None:
    session, deny = size_rows(report())
    assert session[:5] == ["session-redis", "0 B", "1,300 [1,300, 1,300]", "900", "500"]
    assert session[5:] == ["100 [100, 100]", "-", "+0.0%"]
    assert deny[:2] == ["jwt-denylist", "in the token"]
    assert deny[6] == "100 [100, 100]"


def test_a_store_is_charged_by_command_and_by_operation() -> None:
    free = OperationCost(operation="read", requests=100, failed=3, calls={}, usec={}, cpu_ns=1000)
    rows = cost_rows(report(sized(), sized("jwt-hs256", costs=[free])))
    assert rows[0] == ["session-redis", "0 B", "read", "getex 1", "40.0", "40.0"]
    assert rows[1][3:] == ["none", "-", "-"]
    told = list(sentences(report(sized("jwt-hs256", costs=[free])), 1000))
    assert "jwt-hs256: 3 of 100 read requests failed: their cost says little." in told


def test_who_is_logged_out_by_a_full_store_is_told() -> None:
    assert [row[2] for row in eviction_rows(report())] == ["200 of 400", "0 of 400"]
    told = "\n".join(sentences(report(), 1000))
    assert "allkeys-lru (session-redis): 50% of the users are answered with 401" in told
    assert "noeviction (session-redis): nobody is logged out, and 10 of 10 new logins are refused" in told
    assert "Left out: none: it keeps nothing in Redis." in told


def test_an_index_larger_than_its_login_is_named() -> None:
    (told,) = [one for one in sentences(report(sized()), 1000) if "first login" in one]
    assert told.startswith(
        "session-redis: 69% of a user's first login is the user's index, which the store keeps as a "
        "skiplist, because its members are longer than the store packs (zset-max-listpack-value"
    )


def test_a_store_that_was_configured_otherwise_is_told_and_no_plan_rests_on_it() -> None:
    made = report().model_copy(update={"store_config": ["zset-max-listpack-value 128"]})
    assert any("configured otherwise: zset-max-listpack-value 128" in one for one in sentences(made, 1000))
    assert StoreSizes([made]).entry("session-redis", 0, Added.LOGIN) is None
