"""Cards, and reports of attacks, revocations and drills that never took place, for tests of readers."""

from typing import Any, Literal

from authbench.contracts.card import Card, ClientDuty, Operation, RefreshPolicy, StoreEmptied, StoreLoss
from authbench.contracts.records import Machine
from authbench.contracts.security.attack import AttackOutcome, AttackReport, Cell, Exchange, Figure, Row
from authbench.contracts.security.drill import Counted, DrillOutcome, DrillReport, SchemeOutcome
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.security.report import Kind, SecurityHeader
from authbench.contracts.security.revocation import (
    Bounds,
    ControlRow,
    RevocationReport,
    RevocationRow,
    RowVerdict,
    Windows,
)
from authbench.contracts.security.timeline import Revocation

SUCCEEDED, REJECTED, NOT_RUN = AttackOutcome.SUCCEEDED, AttackOutcome.REJECTED, AttackOutcome.NOT_RUN
BLOCKED, UNAUTHENTICATED = AttackOutcome.BLOCKED, AttackOutcome.UNAUTHENTICATED
CONTROL = "servers.vulnerable.ends.logout:VulnerableLogout"


def header(kind: Kind, number: int = 1) -> SecurityHeader:
    return SecurityHeader(
        run_id=f"20261126T15000{number}Z-{kind}-1a2b3c",
        kind=kind,
        command=f"authbench {kind}",
        started_at="2026-11-26T15:00:00+00:00",
        finished_at="2026-11-26T15:05:00+00:00",
        seed=1,
        authbench_version="1.0",
        git_commit="abcdef0123456789",
        git_dirty=False,
        python="3.11.7",
        libraries={"pyjwt": "2.15.1"},
        store="Valkey 9.1.2",
        browser=None,
        machine=Machine(
            host="0" * 16, cpu_model="a processor", cpus=2, memory_mib=1024, kernel="6.1", virtualized=None
        ),
    )


def card(
    name: str,
    carrier: Literal["cookie", "authorization", "none"] = "cookie",
    *,
    store: Literal["none", "memory", "redis", "sql"] = "redis",
    read: dict[str, int] | None = None,
    crypto: dict[str, int] | None = None,
    window_s: float = 0,
    **more: Any,
) -> Card:
    return Card(
        name=name,
        summary=f"What {name} is.",
        authenticates=carrier != "none",
        carrier=carrier,
        travels="an id of 43 characters",
        store=store,
        store_commands={Operation.READ: {} if read is None else read},
        crypto_operations={Operation.READ: {} if crypto is None else crypto},
        logout_ends_credential=window_s == 0,
        revocation_window_s=window_s,
        reason=f"Why {name} is chosen.",
        loopback_only=False,
        **more,
    )


SESSION = card(
    "session-redis",
    read={"getex": 1},
    store_loss=StoreLoss.REFUSES,
    store_emptied=StoreEmptied.LOGGED_OUT,
    client=ClientDuty.CSRF_TOKEN,
)
TOKEN = card(
    "jwt-hs256",
    "authorization",
    crypto={"HS256 verify": 1},
    window_s=900,
    store_loss=StoreLoss.KEEPS_SERVING,
    refreshes=True,
    refresh_policy=RefreshPolicy.STRICT,
)
CARDS = {one.name: one for one in (SESSION, TOKEN)}


def exchange(title: str = "the same credential after logout", **more: Any) -> Exchange:
    given = {"request": "POST /orders", "status": 401, "effect": False, "store": ["GETEX s:abcdefgh...(43)"]}
    return Exchange(title=title, **(given | more))


def cell(scheme: str, outcome: AttackOutcome, row: str = "E1", **more: Any) -> Cell:
    given = {"reason": f"because of {outcome}", "evidence": [exchange()], "worked_before": True}
    return Cell(row=row, scheme=scheme, outcome=outcome, **(given | more))


def row(identifier: str, *cells: Cell, void: str | None = None, **more: Any) -> Row:
    fell = REJECTED if void else SUCCEEDED
    given = {
        "name": f"attack {identifier}",
        "question": f"Does {identifier} work?",
        "sources": ["OWASP ASVS 5.0 7.4.1"],
        "control": cell(CONTROL, fell, identifier),
    }
    return Row(id=identifier, group=identifier[0], cells=list(cells), void=void, **(given | more))


def attack_report(*rows: Row, cards: dict[str, Card] | None = None, number: int = 1) -> AttackReport:
    known = CARDS if cards is None else cards
    return AttackReport(
        header=header(Kind.ATTACK, number), schemes=list(known), cards=dict(known), rows=list(rows)
    )


def every_outcome() -> AttackReport:
    """A report in which each outcome stands, and a void row."""
    return attack_report(
        row("B1", cell("session-redis", BLOCKED, "B1"), cell("jwt-hs256", UNAUTHENTICATED, "B1")),
        row(
            "E1", cell("session-redis", REJECTED), cell("jwt-hs256", SUCCEEDED, reason="nothing has ended it")
        ),
        row("E10", cell("session-redis", NOT_RUN, "E10", reason="nothing to act on", evidence=[])),
        row("E2", cell("session-redis", SUCCEEDED, "E2"), void="it did not succeed on VulnerableLogout"),
    )


def policy_figures(**undetected_s: float) -> list[Figure]:
    """As the attack that tries refresh policies reports them; `undetected_s`: by thief, words joined by _."""
    shares = {(1, 0): 0.0, (1, 5): 0.4, (3, 0): 1.0, (3, 5): 1.0}
    return [
        Figure(
            name=f"owners logged out, {tabs} tab{'s' * (tabs > 1)}, {lost}% of replies lost",
            value=share,
            low=max(0.0, share - 0.1),
            high=min(1.0, share + 0.1),
        )
        for (tabs, lost), share in shares.items()
    ] + [
        Figure(name=f"thief who {name.replace('_', ' ')}, undetected", value=value, unit="s")
        for name, value in undetected_s.items()
    ]


def windows(longest_s: float, at_most_s: float | None, *, came_back: int = 0, unknown: int = 0) -> Windows:
    bounds = Bounds(at_least_s=longest_s, at_most_s=at_most_s, low_s=None, high_s=None)
    return Windows(
        revocations=8,
        unknown=unknown,
        still_accepted=0,
        came_back=came_back,
        came_back_below=0.375,
        median=bounds,
        p95=bounds,
        longest_at_least_s=longest_s,
        longest_at_most_s=at_most_s,
        longest_covers=0.69,
        probes=100,
        late=0,
        late_below=0.03,
        unanswered=0,
        longest_silence_s=0.1,
    )


def revoked(
    scheme: str,
    declared_s: float,
    usually_s: float,
    seen: Windows,
    verdict: RowVerdict = "as declared",
    kind: Revocation = Revocation.LOGOUT,
) -> RevocationRow:
    return RevocationRow(
        scheme=scheme,
        kind=kind,
        declared_s=declared_s,
        declared_usually_s=usually_s,
        declares_revival=False,
        verdict=verdict,
        windows=seen,
        conditions=[],
        failed=[],
    )


def revocation_report(*rows: RevocationRow, red: bool = True) -> RevocationReport:
    seen = rows or (
        revoked("session-redis", 0, 0, windows(0, 0.0057)),
        revoked("jwt-hs256", 2, 900, windows(1.78, 1.8)),
    )
    control = ControlRow(
        scheme="servers.vulnerable.ends.revocation:VulnerableRevocation",
        kind=Revocation.LOGOUT,
        must="longer than declared",
        red=red,
        windows=windows(0.6, None),
    )
    return RevocationReport(
        header=header(Kind.REVOCATION),
        every_ms=20,
        load_rps=100,
        load_accepted=1,
        store_added_ms={"0": 0.1},
        settings={"jwt-hs256": {"token_lifetime_s": 2}},
        left_out=["none: it authenticates nobody"],
        rows=list(seen),
        controls=[control],
        scaling=None,
    )


def drilled(scheme: str, *, failed: int = 10, held: bool | None = True, **more: Any) -> SchemeOutcome:
    return SchemeOutcome(
        scheme=scheme,
        requests=100,
        failed=failed,
        card_held=held,
        promised="refuses",
        logins=20,
        recover_s=0.4,
        lost=Counted(logins=1),
        **more,
    )


def drill_report(
    name: str, effect: Effect, *outcomes: SchemeOutcome, not_shown: tuple[str, ...] = (), number: int = 1
) -> DrillReport:
    drill = DrillOutcome(
        drill=name,
        summary=f"what {name} does",
        seed=1,
        effect=effect,
        failure_s=2,
        rate_rps=40,
        not_shown=not_shown,
        load_late_p99_ms=1,
        proofs=(),
        schemes=outcomes,
    )
    return DrillReport(header=header(Kind.DRILL, number), drills=(drill,))
