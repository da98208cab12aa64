"""Plan what `authbench revoke` measures, and put what was measured beside what the cards declare."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from analysis.revocation.judge import Measured, Promise, judge_control, judge_scaling, judge_scheme
from authbench.contracts.experiment import Condition
from authbench.contracts.security.declared import declared_windows
from authbench.contracts.security.report import Kind
from authbench.contracts.security.revocation import ControlRow, RevocationReport, Scaling
from authbench.contracts.security.timeline import Revocation
from loadtests.harness.security_header import begin_header, end_header
from loadtests.revocation.cell import Cell, CellResult
from loadtests.revocation.controls import CONTROLS, Control
from loadtests.revocation.event import WATCHED_MAX_S
from loadtests.revocation.measure import RevocationRequest, describe, measure_revocation
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from servers.keys.key_directory import replace_keys

_SHORT: Mapping[str, float] = {
    "token_lifetime_s": 2,
    "cookie_cache_s": 1,
    "opaque_cache_s": 1,
    "not_before_cache_s": 1,
    "keys_reread_s": 0.5,
}
"""Lifetimes that are measured: a window is as long as the lifetime behind it, and short ones show it soon."""
_SHORT_SESSIONS: Mapping[str, float] = {"session_absolute_s": 3, "session_idle_s": 3}
"""Only where a window is as long as a session: elsewhere no session may end by itself meanwhile."""
_SCALED: Mapping[str, float] = {"token_lifetime_s": 4}
_SCALING_EVENTS = 8
_DISTANCES_MS = (0.0, 2.0)
_WORKERS = (1, 2)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    schemes: Sequence[str]
    events: int
    """Revocations of each kind under each condition."""
    load_rps: float
    seed: int | None
    redis_url: str | None
    command: str
    say: Callable[[str], None]


@dataclass
class Plan:
    """What is measured, and what is compared with it."""

    cells: list[Cell] = field(default_factory=list)
    promises: dict[str, dict[Revocation, Promise]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    scaled: Cell | None = None
    controls: list[tuple[Control, Cell]] = field(default_factory=list)


def revoke_credentials(asked: Asked) -> RevocationReport:
    """Measure, judge, report. Failure in one line where a scheme does not exist or cannot be started."""
    header = begin_header(Kind.REVOCATION, asked.command, asked.seed)
    plan = plan_revocations(asked, header.seed)
    cells = [*(cell for _, cell in plan.controls), *plan.cells]
    cells += [plan.scaled] if plan.scaled else []
    request = RevocationRequest(
        cells, asked.redis_url, asked.load_rps, lambda keys: replace_keys(keys, time.time())
    )
    measured = measure_revocation(request, asked.say)
    by_cell = {id(result.cell): result for result in measured.cells}
    own = [by_cell[id(cell)] for cell in plan.cells]
    sent, accepted = (sum(getattr(each.load, name) for each in own) for name in ("sent", "accepted"))
    return RevocationReport(
        header=end_header(header, str(measured.store)),
        every_ms=measured.every_ms,
        load_rps=asked.load_rps,
        load_accepted=accepted / sent if sent else 0.0,
        store_added_ms={f"{asked_ms:g}": added for asked_ms, added in measured.store_added_ms.items()},
        settings={cell.scheme: dict(cell.settings) for cell in plan.cells},
        left_out=[
            *plan.left_out,
            *(f"{describe(each.cell)}: {each.broken}" for each in measured.cells if each.broken),
        ],
        rows=[
            row
            for scheme, promises in plan.promises.items()
            for row in judge_scheme(
                scheme, promises, [_seen(each) for each in own if each.cell.scheme == scheme]
            )
        ],
        controls=[row for one, cell in plan.controls for row in _control_rows(one, by_cell[id(cell)])],
        scaling=_scaling(plan.scaled, own, by_cell),
    )


def plan_revocations(asked: Asked, seed: int) -> Plan:
    """One cell for each scheme and condition; then the controls of every kind that is measured."""
    plan = Plan()
    for name in dict.fromkeys(asked.schemes):
        usual, scheme, settings = _with_short_lifetimes(name)
        if not scheme.card.authenticates:
            plan.left_out.append(f"{name}: it authenticates nobody, so there is nothing to revoke")
            continue
        declared, usually = _declared(scheme), _declared(usual)
        revives = scheme.card.revived_by_requests_in_flight
        plan.promises[name] = {
            kind: Promise(window_s, usually[kind], revives) for kind, window_s in declared.items()
        }
        for condition in _conditions(scheme, plan):
            # The store has no part in who knows which keys.
            kinds = {
                kind: window_s
                for kind, window_s in declared.items()
                if kind is not Revocation.KEY_ROTATION or condition.store_rtt_ms == 0
            }
            plan.cells.append(
                Cell(name, settings, condition, kinds, asked.events, _seed_of(seed, len(plan.cells)))
            )
        if plan.scaled is None and scheme.ends_with_its_keys and not scheme.card.logout_ends_credential:
            plan.scaled = _scaled(name, settings, declared[Revocation.LOGOUT], seed)
    measured = {kind for promises in plan.promises.values() for kind in promises}
    for control in CONTROLS if plan.promises else ():
        if measured.intersection(control.kinds):
            plan.controls.append((control, _control_cell(control, measured, seed)))
    return plan


def _with_short_lifetimes(name: str) -> tuple[Scheme, Scheme, dict[str, float]]:
    """The scheme as it usually is and as it is measured, and the settings that make the difference."""

    def made(settings: Mapping[str, float]) -> Scheme:
        # A URL, so that schemes which can use a store offer what they do with one; nothing is asked of it.
        given = {"scheme": name, "redis_url": "redis://127.0.0.1:0/0", **settings}
        return find_scheme(name)(ServerSettings.model_validate(given))

    settings = dict(_SHORT)
    if max(_declared(made(settings)).values(), default=0) > WATCHED_MAX_S:
        settings |= _SHORT_SESSIONS
    return made({}), made(settings), settings


def _declared(scheme: Scheme) -> dict[Revocation, float]:
    leaked_s = scheme.settings.leaked_key_window_s if scheme.ends_with_its_keys else None
    return declared_windows(scheme.card, leaked_s)


def _conditions(scheme: Scheme, plan: Plan) -> list[Condition]:
    """Worker processes and distances of the store that the scheme can have."""
    card = scheme.card
    workers = (1,) if card.store == "memory" else _WORKERS
    distances = _DISTANCES_MS if card.store == "redis" else (0.0,)
    if card.store == "memory":
        plan.left_out.append(f"{card.name}: two workers: each would know its own logins only")
    if len(distances) == 1:
        plan.left_out.append(f"{card.name}: a distant store: it asks no Redis")
    return [Condition(workers=count, store_rtt_ms=far) for count, far in product(workers, distances)]


def _scaled(name: str, settings: Mapping[str, float], window_s: float, seed: int) -> Cell | None:
    """A cell with a longer lifetime, where that is the whole window of a logout."""
    if window_s != settings["token_lifetime_s"]:
        return None
    longer = {**settings, **_SCALED}
    declared = {Revocation.LOGOUT: _SCALED["token_lifetime_s"]}
    return Cell(name, longer, Condition(), declared, _SCALING_EVENTS, _seed_of(seed, -1))


def _control_cell(control: Control, measured: set[Revocation], seed: int) -> Cell:
    settings = {**_SHORT, **control.settings}
    made = find_scheme(control.scheme)(
        ServerSettings.model_validate(
            {"scheme": control.scheme, "redis_url": "redis://127.0.0.1:0/0", **settings}
        )
    )
    declared = {kind: window_s for kind, window_s in _declared(made).items() if kind in control.kinds}
    kinds = {kind: window_s for kind, window_s in declared.items() if kind in measured}
    return Cell(
        control.scheme, settings, control.condition, kinds, control.events, _seed_of(seed, -2), attacked=True
    )


def _seed_of(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) % (1 << 32)


def _seen(result: CellResult) -> Measured:
    condition = result.cell.condition
    return Measured(condition.workers, condition.store_rtt_ms, result.revoked, result.failed)


def _control_rows(control: Control, result: CellResult) -> list[ControlRow]:
    return [
        judge_control(control.scheme, kind, control.must, declared_s, result.revoked)
        for kind, declared_s in result.cell.declared.items()
    ]


def _scaling(
    scaled: Cell | None, own: Sequence[CellResult], by_cell: Mapping[int, CellResult]
) -> Scaling | None:
    if scaled is None:
        return None
    shorter = [result for result in own if result.cell.scheme == scaled.scheme]
    longer = by_cell[id(scaled)]
    return judge_scaling(
        scaled.scheme,
        [
            (
                {"token_lifetime_s": cell.settings["token_lifetime_s"]},
                cell.declared[Revocation.LOGOUT],
                [each for result in results for each in result.revoked],
            )
            for cell, results in ((shorter[0].cell, shorter), (scaled, [longer]))
        ],
    )
