"""Hold one scheme against a context. Each rule yields its reasons; what was not asked yields none.

A measurement decides before a declaration, in one direction only: it can refute what a card declares, and
cannot show that a window is shorter than its bound.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.advice.advice import Effect, Reason
from analysis.advice.context import Context
from analysis.records.summary import ArmSummary
from analysis.security.comparison import drills_of, read_commands
from analysis.security.evidence import Evidence
from analysis.security.outcomes import RESISTED, cell_of
from analysis.security.windows import WindowOf, seconds, windows_of
from authbench.contracts.card import Card, ClientDuty, Operation, StoreEmptied, StoreLoss
from authbench.contracts.security.attack import AttackOutcome
from authbench.contracts.security.timeline import Revocation
from authbench.words.counting import counted


@dataclass(frozen=True)
class Known:
    """What is known of one scheme: its card, what was measured of its security, and its arm in a run."""

    card: Card
    evidence: Evidence
    arm: ArmSummary | None = None
    run_id: str = ""

    def declared(self, effect: Effect, asked: str, words: str) -> Reason:
        return Reason(effect=effect, asked=asked, source="declared", by="card", words=words)


Rule = Callable[[Context, Known], Iterator[Reason]]


def _browser(context: Context) -> bool:
    return any(client in ("browser", "spa") for client in context.service.clients)


def clients(context: Context, known: Known) -> Iterator[Reason]:
    """Whether each client can carry the credential. A browser that opens a page sends no token."""
    asked, header = "service.clients", known.card.carrier == "authorization"
    wanted = context.service.clients
    if "browser" in wanted and header:
        yield known.declared(
            "excludes", asked, "a browser that opens a page sends no Authorization header by itself"
        )
    elif "spa" in wanted and header and not context.threats.xss_likely:
        yield known.declared("reservation", asked, "script holds the credential, so other script can take it")
    others = [client for client in wanted if client in ("mobile", "service")]
    if others and known.card.client is ClientDuty.CSRF_TOKEN:
        words = f"a client that is no browser ({', '.join(others)}) keeps cookies and repeats the CSRF token"
        yield known.declared("reservation", asked, words)


def processes(context: Context, known: Known) -> Iterator[Reason]:
    """A session in one process's memory exists nowhere else."""
    if known.card.store == "memory" and not context.service.one_process:
        words = "its logins are in the memory of one process: a second one knows none, a restart ends all"
        yield known.declared("excludes", "service.one_process", words)


def regions(context: Context, known: Known) -> Iterator[Reason]:
    """A request that asks a store asks it from every region."""
    asks = any(known.card.store_commands.get(Operation.READ, {}).values())
    if context.service.regions > 1 and asks:
        words = (
            f"each read asks the store, {read_commands(known.card)}: a round trip between "
            f"{counted(context.service.regions, 'region')}, or a replica whose lag is a window"
        )
        yield known.declared("reservation", "service.regions", words)


@dataclass(frozen=True)
class _Threat:
    """Attacks that show a threat, and what a card says where the first of them was not run."""

    rows: Sequence[str]
    open_to: Callable[[Card], bool]
    words: str
    applies: Callable[[Context], bool] = lambda _: True


def _one_secret(card: Card) -> bool:
    """Whether what verifies a read also signs: a MAC (RFC 7515 section 10.5)."""
    return any(name.startswith(("HS", "HMAC")) for name in card.crypto_operations.get(Operation.READ, {}))


_THREATS: Mapping[str, _Threat] = {
    "xss_likely": _Threat(
        ("C1",),
        lambda card: card.carrier == "authorization" and card.client is not ClientDuty.DPOP_PROOF,
        "script in the page can take the credential away and use it elsewhere",
        _browser,
    ),
    "sibling_hosts": _Threat(
        ("B5", "B7"),
        lambda card: card.carrier == "cookie" and card.client is not ClientDuty.CSRF_TOKEN,
        "SameSite does not keep sibling hosts apart, and no CSRF token is repeated",
        _browser,
    ),
    "untrusted_verifiers": _Threat(
        ("I2",), _one_secret, "what verifies a credential can also make one: one secret does both"
    ),
    "regulated": _Threat(
        ("E1", "E2", "E4", "E5", "E6", "E8"),
        lambda card: not card.logout_ends_credential or card.revived_by_requests_in_flight,
        "a credential is accepted after its login has ended (OWASP ASVS 5.0 7.4.1, 7.4.2)",
    ),
}
"""By key of the context. Rows are those of the threat matrix."""

THREAT_ROWS = {key: threat.rows for key, threat in _THREATS.items()}


def threats(context: Context, known: Known) -> Iterator[Reason]:
    """A declared threat excludes a scheme on which its attack succeeded, or that is open by its card."""
    for key, threat in _THREATS.items():
        if not getattr(context.threats, key) or not threat.applies(context):
            continue
        asked = f"threats.{key}"
        tried = dict(_outcomes(known, threat.rows))
        fell = [row for row, outcome in tried.items() if outcome is AttackOutcome.SUCCEEDED]
        if fell:
            yield _measured(known, "excludes", asked, f"{threat.words}: succeeded: {_named(known, fell)}")
        elif threat.open_to(known.card) and threat.rows[0] not in tried:
            yield known.declared("excludes", asked, threat.words)
        elif tried:
            yield _measured(known, "meets", asked, f"withstood {_named(known, tried)}")


def _named(known: Known, rows: Iterable[str]) -> str:
    names = {row.id: row.name for row in known.evidence.attack.rows} if known.evidence.attack else {}
    return ", ".join(f"{names[row]} ({row})" for row in rows)


def _outcomes(known: Known, rows: Sequence[str]) -> Iterator[tuple[str, AttackOutcome]]:
    """Those of the rows that showed something of the scheme, with what they showed."""
    report = known.evidence.attack
    for row in report.rows if report else []:
        cell = cell_of(row, known.card.name) if row.id in rows and row.void is None else None
        if cell is not None and (cell.outcome is AttackOutcome.SUCCEEDED or cell.outcome in RESISTED):
            yield row.id, cell.outcome


def _measured(known: Known, effect: Effect, asked: str, words: str) -> Reason:
    report = known.evidence.attack
    by = report.header.run_id if report else ""
    return Reason(effect=effect, asked=asked, source="measured", by=by, words=words)


def windows(context: Context, known: Known) -> Iterator[Reason]:
    """Hold each declared window against what is allowed, and what was measured of it."""
    card, needed = known.card, context.requirements
    measured = windows_of(known.evidence.revocation, card.name)
    ends = [Revocation.LOGOUT, Revocation.LOGOUT_EVERYWHERE, Revocation.PASSWORD_CHANGE]
    for key, allowed_s, declared_s, what, kinds in (
        ("max_revocation_s", needed.max_revocation_s, card.revocation_window_s, "after its logout", ends),
        (
            "max_role_change_s",
            needed.max_role_change_s,
            card.role_change_window_s,
            "with a role that was taken away",
            [Revocation.ROLE_DOWNGRADE],
        ),
        (
            "max_disabled_s",
            needed.max_disabled_s,
            card.disabled_window_s,
            "of a disabled account",
            [Revocation.ACCOUNT_DISABLED],
        ),
    ):
        if allowed_s is None:
            continue
        # A report of other lifetimes says nothing of these.
        seen = [one for kind in kinds if (one := measured.get(kind)) and one.declared_s == declared_s]
        yield _window(known, f"requirements.{key}", allowed_s, declared_s, what, seen)
    if needed.max_revocation_s is not None and card.store_emptied is StoreEmptied.REVOKED_WORK_AGAIN:
        words = "once the store has lost everything, revoked credentials work again until they expire"
        yield known.declared("reservation", "requirements.max_revocation_s", words)


def _window(
    known: Known, asked: str, allowed_s: float, declared_s: float, what: str, seen: Sequence[WindowOf]
) -> Reason:
    """Excluded: the card's bound is too long, or a window was seen that is, and broke its card's promise."""
    report = known.evidence.revocation
    longest = max((one.longest_s for one in seen if one.longest_s is not None), default=0.0)
    kept, allowed = all(one.kept for one in seen), f"({seconds(allowed_s)} are allowed)"
    # What was seen within its card's promise is as long as a clock can tell: 6 ms refute no "at once".
    too_long = longest > allowed_s and (declared_s > allowed_s or not kept)
    effect: Effect = "excludes" if too_long or declared_s > allowed_s else "meets"
    shorter = "" if effect == "meets" or not kept else _shorter(known.card, allowed_s)
    if report and seen and (too_long or (effect == "meets" and kept)):
        words = f"a credential was accepted for at most {seconds(longest)} {what} {allowed}{shorter}"
        return Reason(effect=effect, asked=asked, source="measured", by=report.header.run_id, words=words)
    at_most = "never accepted" if declared_s == 0 else f"accepted for up to {seconds(declared_s)}"
    return known.declared(effect, asked, f"a credential is {at_most} {what} {allowed}{shorter}")


def _shorter(card: Card, allowed_s: float) -> str:
    """A token's window is its lifetime, and a lifetime can be chosen: it costs refreshes."""
    if card.logout_ends_credential or not card.refreshes or allowed_s < 1:
        return ""
    return f"; a token lifetime of {seconds(allowed_s)} would do, at a refresh as often"


def store(context: Context, known: Known) -> Iterator[Reason]:
    """Whether requests are answered while the store is away."""
    if not context.requirements.serves_without_store or known.card.store_loss is None:
        return
    asked, loss = "requirements.serves_without_store", known.card.store_loss
    shown = [said for said in drills_of(known.evidence, known.card.name) if said.startswith("store-")]
    source = f"; {'; '.join(shown)}" if shown else ""
    if loss is StoreLoss.KEEPS_SERVING:
        yield known.declared("meets", asked, f"keeps serving while the store is away{source}")
    elif loss is StoreLoss.UNTIL_CACHE_ENDS:
        yield known.declared("reservation", asked, f"keeps serving only until its cache ends{source}")
    else:
        words = "a credential is answered 503" if loss is StoreLoss.REFUSES else "every login is lost"
        yield known.declared("excludes", asked, f"while the store is away, {words}{source}")


def objective(context: Context, known: Known) -> Iterator[Reason]:
    """Hold the p99 of response times, at the run's rate, against the objective."""
    wanted, arm = context.requirements.p99_ms, known.arm
    if wanted is None or arm is None:
        return
    p99 = arm.response_ms.get("p99")
    if p99 is None or p99.value is None:
        return
    marked = bool(arm.marks.get("response") or arm.marks.get("latency") or arm.marks.get("all"))
    low, high = p99.low or p99.value, p99.high or p99.value
    ends = f" [{low:.2f}, {high:.2f}]" if p99.low is not None else ""
    words = f"p99 of the response time {p99.value:.2f}{ends} ms at the run's rate, {wanted:g} ms wanted"
    effect: Effect = (
        "meets" if high <= wanted else "excludes" if low > wanted and not marked else "reservation"
    )
    words += ", and a rule objects to it" if marked and effect != "meets" else ""
    yield Reason(effect=effect, asked="requirements.p99_ms", source="measured", by=known.run_id, words=words)


RULES: tuple[Rule, ...] = (clients, processes, regions, threats, windows, store, objective)
