"""The comparison of sessions and tokens, from cards and measurements: what a table of both must say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.records.summary import ArmSummary, Summary
from analysis.security.evidence import Evidence
from analysis.security.kinds import SchemeKind, kind_of
from analysis.security.matrix import row_order
from analysis.security.outcomes import RESISTED, cell_of
from analysis.security.windows import KIND_WORDS, WindowOf, declared_words, windows_of
from authbench.contracts.card import Card, ClientDuty, Operation, StoreLoss
from authbench.contracts.security.attack import AttackOutcome, Row
from authbench.contracts.security.drill import SchemeOutcome
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.security.timeline import Revocation
from authbench.words.counting import counted

_READABLE_ROW = "C1"
"""The attack that lets script read the credential where it is kept."""
_LOST_STORE = {
    StoreLoss.KEEPS_SERVING: "is accepted as ever",
    StoreLoss.UNTIL_CACHE_ENDS: "is accepted until caches end, then answered 503",
    StoreLoss.REFUSES: "is answered 503",
    StoreLoss.LOGGED_OUT: "is over with the process",
}
_CARRIER = {"cookie": "in a cookie", "authorization": "in the Authorization header", "none": ""}
_STORE = {"redis": "Redis", "sql": "SQL", "memory": "the process's memory", "none": "none"}


@dataclass(frozen=True)
class SchemeFacts:
    """Everything a comparison says of one scheme."""

    scheme: str
    kind: SchemeKind | None
    summary: str
    state: str
    lives: str
    travels: str
    fell_to: tuple[Row, ...]
    """Attacks that succeeded, void rows left out."""
    resisted: int
    tried: int
    """Attacks that were run, void rows left out."""
    declared: str
    windows: Mapping[Revocation, WindowOf]
    commands: str
    store_failure: str
    store_emptied: str
    fits: str
    cost: str
    """Empty: no run was given, or it has no such arm."""


def scheme_facts(evidence: Evidence, scheme: str, card: Card, summary: Summary | None = None) -> SchemeFacts:
    """Put together what the card declares and what was measured. `summary`: a run that measured costs."""
    rows = [row for row in evidence.attack.rows if row.void is None] if evidence.attack else []
    outcomes = {row.id: cell.outcome for row in rows if (cell := cell_of(row, scheme)) is not None}
    fell = [row for row in rows if outcomes.get(row.id) is AttackOutcome.SUCCEEDED]
    resisted = sum(outcome in RESISTED for outcome in outcomes.values())
    return SchemeFacts(
        scheme=scheme,
        kind=kind_of(card),
        summary=card.summary,
        state=_state(card),
        lives=_lives(card, outcomes.get(_READABLE_ROW)),
        travels=f"{card.travels}, {_CARRIER[card.carrier]}{_added(card)}".rstrip(", "),
        fell_to=tuple(sorted(fell, key=lambda row: row_order(row.id))),
        resisted=resisted,
        tried=resisted + len(fell),
        declared=declared_words(card),
        windows=windows_of(evidence.revocation, scheme),
        commands=read_commands(card),
        store_failure=_store_failure(evidence, scheme, card, Effect.UNREACHABLE),
        store_emptied=_store_failure(evidence, scheme, card, Effect.EMPTIED),
        fits=card.reason,
        cost=cost_words(arm_of(summary, scheme)),
    )


def all_facts(evidence: Evidence, summary: Summary | None = None) -> list[SchemeFacts]:
    """Facts of each scheme that has a card and authenticates somebody, kind after kind."""
    cards = evidence.cards
    found = [
        scheme_facts(evidence, name, cards[name], summary)
        for name in evidence.schemes
        if name in cards and kind_of(cards[name]) is not None
    ]
    order = list(SchemeKind)
    return sorted(found, key=lambda facts: order.index(facts.kind) if facts.kind else len(order))


def _state(card: Card) -> str:
    if card.store == "none":
        return "none: the server keeps keys and no logins"
    read = any(card.store_commands.get(Operation.READ, {}).values())
    where = _STORE[card.store]
    if read or card.store == "memory":
        return f"in {where}, asked about each request"
    if card.logout_ends_credential:
        return f"in {where}; a request is decided from what each process knows of it"
    return f"in {where} for refresh and logout; a request asks nothing" if card.refreshes else f"in {where}"


def _lives(card: Card, read_by_script: AttackOutcome | None) -> str:
    """Where a browser keeps it, and whether script in the page could read it when that was tried."""
    place = {
        "cookie": "the browser's cookie jar, HttpOnly",
        "authorization": "wherever the client's code keeps it: storage or a variable",
        "none": "nowhere",
    }[card.carrier]
    if card.client is ClientDuty.DPOP_PROOF:
        place += "; its key where no script can read it"
    measured = {
        AttackOutcome.SUCCEEDED: f"; script took it away ({_READABLE_ROW})",
        AttackOutcome.REJECTED: f"; script could not use it elsewhere ({_READABLE_ROW})",
        AttackOutcome.UNAUTHENTICATED: f"; script found nothing to take ({_READABLE_ROW})",
        AttackOutcome.BLOCKED: f"; the browser kept script from it ({_READABLE_ROW})",
    }
    return place + (measured.get(read_by_script, "") if read_by_script else "")


def _added(card: Card) -> str:
    return {
        ClientDuty.NONE: "",
        ClientDuty.CSRF_TOKEN: "; the browser adds it by itself, so a state change repeats a CSRF token",
        ClientDuty.DPOP_PROOF: "; with a fresh proof for each request",
    }[card.client]


def read_commands(card: Card, operation: Operation = Operation.READ) -> str:
    """'1 (GETEX)', '0 or 1 (GET)', 'none': what one request asks the store, by the card, which is exact."""
    if operation not in card.store_commands:
        return "not offered"
    least, most = card.commands_between(operation)
    low, high = sum(least.values()), sum(most.values())
    if not high:
        return "none"
    written = dict.fromkeys((*card.store_commands[operation], *card.repeated_commands.get(operation, {})))
    counted = [(most[name], name.upper()) for name in written if most[name]]
    names = ", ".join(f"{n} {name}" if n > 1 else name for n, name in counted)
    return f"{low if low == high else f'{low} or {high}'} ({names})"


def _store_failure(evidence: Evidence, scheme: str, card: Card, effect: Effect) -> str:
    """What the card says of a store that is gone, or emptied, and what drills of that kind have shown."""
    declared = _LOST_STORE.get(card.store_loss, "") if card.store_loss else ""
    if effect is Effect.EMPTIED:
        declared = str(card.store_emptied or "")
    drilled = list(_drilled(evidence, scheme, effect))
    words = declared or "not declared"
    held = [name for name, one in drilled if one.card_held]
    broken = [drill_words(name, one) for name, one in drilled if one.card_held is False]
    if broken:
        return f"{words} (declared; NOT HELD by drills: {'; '.join(broken)})"
    return f"{words} (declared; held in {', '.join(held)})" if held else f"{words} (declared)"


def _drilled(evidence: Evidence, scheme: str, effect: Effect) -> Iterable[tuple[str, SchemeOutcome]]:
    """The newest outcome of each drill with that effect, by the drill's name."""
    newest: dict[str, SchemeOutcome] = {}
    for report in evidence.drills:
        for drill in report.drills:
            shown = drill.schemes if drill.effect is effect and not drill.not_shown else ()
            for one in shown:
                if one.scheme == scheme and one.not_run is None:
                    newest[drill.drill] = one
    return newest.items()


def drill_words(name: str, one: SchemeOutcome) -> str:
    """'store-killed: 42 of 300 requests failed, 3 of 20 users logged out, well again after 0.4 s'."""
    words = [f"{one.failed} of {one.requests} requests failed"] if one.failed else []
    if one.wrongly_accepted:
        words.append(f"{one.wrongly_accepted} wrongly let in")
    if one.wrongly_rejected:
        words.append(f"{one.wrongly_rejected} wrongly refused")
    if one.logged_out:
        lost = one.after_lost_refresh
        because = f" ({lost} by a refresh whose answer was lost)" if lost else ""
        words.append(f"{one.logged_out} of {counted(one.logins, 'user')} logged out{because}")
    if one.lost.total:
        words.append(f"{counted(one.lost.total, 'acknowledged write')} lost")
    if words and one.recover_s is not None:
        after_s = round(one.recover_s, 1)
        words.append(f"well again after {after_s} s" if after_s else "well again at once")
    return f"{name}: {', '.join(words) or 'nobody noticed'}"


def arm_of(summary: Summary | None, scheme: str) -> ArmSummary | None:
    """The arm that measured a scheme: of that name, else the first of that scheme. None: there is none."""
    arms = summary.arms if summary else []
    named = [arm for arm in arms if arm.arm == scheme]
    return next(iter([*named, *(arm for arm in arms if arm.scheme == scheme and arm.role == "arm")]), None)


def cost_words(arm: ArmSummary | None) -> str:
    """'CPU 144 us above the control, p50 0.82 ms'; empty: not measured."""
    if arm is None:
        return ""
    words = []
    if arm.cpu_minus_control_us.value is not None:
        words.append(f"CPU {arm.cpu_minus_control_us.value:.0f} us above the control")
    p50 = arm.service_ms.get("p50")
    if p50 is not None and p50.value is not None:
        words.append(f"p50 {p50.value:.2f} ms")
    return ", ".join(words)


Criterion = tuple[str, Callable[[SchemeFacts], str]]


def _fell_words(facts: SchemeFacts) -> str:
    if not facts.tried:
        return "no attack was run"
    names = "; ".join(f"{row.name} ({row.id})" for row in facts.fell_to)
    return f"{names or 'none'}: {len(facts.fell_to)} of {counted(facts.tried, 'attack')} that were run"


def measured_of(evidence: Evidence | None, scheme: str) -> dict[str, str]:
    """What was measured of a scheme's security, by what it is, in words; empty where nothing was."""
    if evidence is None:
        return {}
    found = {
        f"accepted after {KIND_WORDS[kind]}": window.measured
        for kind, window in windows_of(evidence.revocation, scheme).items()
    }
    card = evidence.cards.get(scheme)
    if card is not None and (facts := scheme_facts(evidence, scheme, card)).tried:
        found["attacks that succeeded"] = _fell_words(facts)
    return found


def drills_of(evidence: Evidence | None, scheme: str) -> list[str]:
    """What each drill that has shown something did to the users of a scheme, in words."""
    if evidence is None:
        return []
    return [drill_words(*one) for effect in Effect for one in _drilled(evidence, scheme, effect)]


def _logout_words(facts: SchemeFacts) -> str:
    found = facts.windows.get(Revocation.LOGOUT)
    measured = found.measured if found else "not measured"
    return f"declared {facts.declared}; measured {measured}"


CRITERIA: Sequence[Criterion] = (
    ("server state", lambda facts: facts.state),
    ("where the credential lives", lambda facts: facts.lives),
    ("how it travels", lambda facts: facts.travels),
    ("attacks that succeeded", _fell_words),
    ("accepted after logout", _logout_words),
    ("store commands of a read", lambda facts: facts.commands),
    ("while the store is away, a credential", lambda facts: facts.store_failure),
    ("once the store has lost everything", lambda facts: facts.store_emptied),
    ("cost of a read", lambda facts: facts.cost or "no cost run was given"),
    ("where it fits", lambda facts: facts.fits),
)
"""What the founding comparison of sessions and tokens asks, in its order."""
