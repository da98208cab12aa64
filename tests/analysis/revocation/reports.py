"""Reports of `authbench revoke`, made by hand."""

from collections.abc import Sequence

from analysis.revocation.judge import Measured, Promise, judge_control, judge_scaling, judge_scheme
from authbench.contracts.security.report import Kind
from authbench.contracts.security.revocation import RevocationReport
from authbench.contracts.security.timeline import Revocation, RevokedCredential
from loadtests.harness.security_header import begin_header
from tests.analysis.revocation.histories import every, revoked

KEEPS = revoked(every("+++") + every("+--", start=10))
CAME_BACK = revoked(every("+++") + every("-+--", start=10))


def report(
    *seen: RevokedCredential,
    declared_s: float = 1,
    control: Sequence[RevokedCredential] = (KEEPS,),
    failed: Sequence[str] = (),
    scaled: bool = False,
) -> RevocationReport:
    promises = {Revocation.LOGOUT: Promise(declared_s, 900, False)}
    measured = [Measured(1, 0, seen, failed), Measured(2, 2, seen)]
    kind = Revocation.LOGOUT
    return RevocationReport(
        header=begin_header(Kind.REVOCATION, "authbench revoke a-scheme", seed=1),
        every_ms=20,
        load_rps=100,
        load_accepted=1,
        store_added_ms={"0": 0, "2": 2.01},
        settings={"a-scheme": {"token_lifetime_s": 2}},
        left_out=["none: it authenticates nobody"],
        rows=judge_scheme("a-scheme", promises, measured),
        controls=[judge_control("Vulnerable", kind, "longer than declared", 0, control)],
        scaling=judge_scaling("a-scheme", [({}, 2, []), ({}, 4, [])]) if scaled else None,
    )
