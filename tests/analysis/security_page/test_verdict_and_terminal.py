"""The verdict in sentences, the terminal's lines, and the same as JSON."""

import io
import json
from pathlib import Path

from rich.console import Console

from analysis.security.evidence import Evidence
from analysis.security_page.terminal import as_json, print_security
from analysis.security_page.verdict import verdict
from authbench.contracts.security.drill_history import Effect
from tests.analysis.security.reports import (
    REJECTED,
    SUCCEEDED,
    attack_report,
    cell,
    drill_report,
    drilled,
    every_outcome,
    revocation_report,
    revoked,
    row,
    windows,
)

DRILL = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
WHOLE = Evidence(every_outcome(), revocation_report(), (DRILL,))


def test_the_verdict_counts_and_names_what_is_void() -> None:
    assert verdict(WHOLE) == [
        "Attacks: 4 on 2 schemes: 1 SUCCEEDED, 3 resisted, 1 not run. 3 of 4 servers that are broken on "
        "purpose fell, as each must; 1 VOID: E2.",
        "Revocation: 2 of 2 windows as declared.",
        "Failures: 1 kind; cards held in 1 of 1 case where they promise something; 0 requests wrongly let "
        "in, 1 acknowledged write lost.",
    ]


def test_what_no_kind_resists_and_what_cards_deny_is_said() -> None:
    both = row("C4", cell("session-redis", SUCCEEDED, "C4"), cell("jwt-hs256", SUCCEEDED, "C4"))
    denied = row("E1", cell("session-redis", SUCCEEDED, denied_by_card="logout_ends_credential: true"))
    late = revoked("jwt-hs256", 2, 900, windows(3, 3.1), "longer than declared")
    said = verdict(Evidence(attack_report(both, denied), revocation_report(late, red=False)))
    assert "DENIED BY ITS CARD: E1 session-redis." in said
    assert "No kind of scheme resists: attack C4 (C4)." in said
    assert any("NOT KEPT: jwt-hs256 logout (longer than declared); VOID" in line for line in said)
    assert not any(
        "No kind" in line for line in verdict(Evidence(attack_report(row("E1", cell("a", REJECTED)))))
    )


def test_the_terminal_has_a_line_for_each_scheme() -> None:
    out = io.StringIO()
    print_security(WHOLE, Path("results/security/security.html"), console=Console(file=out, width=100))
    lines = out.getvalue().splitlines()
    session = next(line for line in lines if line.startswith("session-redis"))
    token = next(line for line in lines if line.startswith("jwt-hs256"))
    assert "0 s / 0.006 s" in session
    assert "E1" in token
    assert "900 s / 810 s" in token
    assert lines[-1] == "matrix, evidence, requirements: results/security/security.html"
    assert max(map(len, lines)) <= 150


def test_json_has_the_same() -> None:
    told = json.loads(as_json(WHOLE))
    assert told["void"] == ["E2: it did not succeed on VulnerableLogout"]
    assert told["schemes"]["jwt-hs256"]["succeeded"] == ["E1"]
    assert told["schemes"]["jwt-hs256"]["kind"] == "self-contained token"
    assert told["schemes"]["session-redis"]["server state"] == "in Redis, asked about each request"
