"""What the prober decides by itself: when a credential is settled, and what it presents next."""

import pytest

from authbench.contracts.security.prober_protocol import EndOrder
from authbench.contracts.security.timeline import Verdict
from loadtests.prober import Watch, renewed

SECOND = 1_000_000_000


def watch(
    *refused_since: int | None, after: int = 0, settled: int = SECOND, until: int = 9 * SECOND
) -> Watch:
    made = Watch(1, 0, "/me", [{}], 1, [[] for _ in refused_since], refused_since_ns=list(refused_since))
    made.end = EndOrder(watch=1, after_ns=after, settled_ns=settled, until_ns=until)
    return made


def test_it_is_settled_when_every_process_has_refused_for_long_enough() -> None:
    assert watch(0, 0).settled(SECOND)
    assert not watch(0, SECOND // 2).settled(SECOND)
    assert not watch(0, None).settled(8 * SECOND), "one still accepts"
    assert not watch(0, 0, after=SECOND // 2).settled(SECOND), "counted from the call on"


def test_it_is_over_in_any_case_when_the_time_is() -> None:
    assert watch(None, None).settled(9 * SECOND)


def test_it_goes_on_until_it_is_told_to_end() -> None:
    made = watch(0)
    made.end = None
    assert not made.settled(9 * SECOND)


def test_an_acceptance_begins_the_wait_anew_and_an_unknown_one_does_not() -> None:
    made = watch(None)
    made.record(0, 0, 5, Verdict.REFUSED)
    made.record(0, 0, 6, Verdict.REFUSED)
    made.record(0, 0, 7, Verdict.UNKNOWN)
    assert made.refused_since_ns == [5]
    made.record(0, 0, 8, Verdict.ACCEPTED)
    assert made.refused_since_ns == [None]
    assert [each.verdict for each in made.probes[0]] == ["refused", "refused", "unknown", "accepted"]


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        ("Set-Cookie: snapshot=new; Path=/; HttpOnly", "session=1; snapshot=new"),
        ("set-cookie: other=2", "session=1; snapshot=old; other=2"),
        ("Set-Cookie: snapshot=; Max-Age=0", "session=1"),
        ("Content-Type: text/plain", "session=1; snapshot=old"),
    ],
)
def test_a_cookie_that_a_reply_sets_is_presented_next(line: str, cookies: str) -> None:
    head = f"HTTP/1.1 200 OK\r\n{line}\r\n\r\n".encode()
    assert renewed({"Cookie": "session=1; snapshot=old", "X": "y"}, head) == {"Cookie": cookies, "X": "y"}
