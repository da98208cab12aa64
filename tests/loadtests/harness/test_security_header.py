from authbench.contracts.security.report import Kind
from loadtests.harness.security_header import begin_header, end_header


def test_a_header_tells_when_where_and_with_what() -> None:
    begun = begin_header(Kind.ATTACK, "authbench attack", libraries=["PyJWT", "no such library"])
    ended = end_header(begun, "Valkey 9.1.2, allocator libc", "Chromium 156")
    assert begun.kind is Kind.ATTACK
    assert list(begun.libraries) == ["PyJWT"]
    assert ended.finished_at >= begun.started_at
    assert (ended.run_id, ended.seed) == (begun.run_id, begun.seed)
    assert (ended.store, ended.browser) == ("Valkey 9.1.2, allocator libc", "Chromium 156")


def test_a_seed_that_is_given_is_kept() -> None:
    assert begin_header(Kind.DRILL, "authbench drill", seed=7).seed == 7
