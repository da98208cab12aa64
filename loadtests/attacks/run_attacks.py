"""Run attacks: each server is started once for all attacks that need it so, the controls in the same run."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import describe_store
from authbench.contracts.security.attack import AttackOutcome, AttackReport, Cell, Row
from authbench.contracts.security.report import Kind
from authbench.system.certificate import Certificate, make_certificate
from authbench.system.discovery import unknown
from authbench.words.counting import counted
from loadtests.attacks.attack import Attack, find_attacks
from loadtests.attacks.laboratory.condition import Condition, Control, StandIn
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.target import BROWSER_NOTE, Target, start_target
from loadtests.harness.processes.fork_server import MODULE, ForkServer
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.redis_server import RunningRedis, check_store, start_redis
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.security_header import begin_header, end_header

_AT_ONCE = 2 * len(available_processors())
"""Servers that are attacked at a time: while one waits for a credential to expire, others are busy."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class AttackRequest:
    """What the command line asks for."""

    schemes: Sequence[str]
    """Names, or module:Class."""
    rows: Sequence[str]
    """Of the matrix: 'E4'. Empty: all that are quick."""
    slow: bool
    """The slow ones too."""
    cards: Mapping[str, Card]
    """Of the schemes, under default settings."""
    command: str
    say: Say


@dataclass(frozen=True)
class Job:
    """One server, and the attacks on it, in the order of the matrix."""

    scheme: str
    condition: Condition
    attacks: list[type[Attack]]
    control: Control | None = None
    """None: the scheme is not there as a control."""


@dataclass(frozen=True)
class Laboratory:
    """What all servers under attack share; `fork_server` is what they are forked from."""

    store: RunningRedis
    certificate: Certificate
    scratch: Path
    fork_server: ForkServer
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the command is interrupted: no attack goes on."""
    browsers: set[str] = field(default_factory=set)
    """That took part: 'Chromium 156.0.8078.108'."""

    @contextlib.contextmanager
    def target(self, scheme: str, condition: Condition, control: Control | None = None) -> Iterator[Target]:
        """A running server. Failure in one line if it cannot be started under this condition."""
        settings = control.settings if control else None
        with start_target(
            scheme,
            condition,
            self.store.url,
            self.scratch,
            self.certificate,
            settings,
            self.fork_server.start,
        ) as target:
            target.stopping = self.stopping
            yield target
            if BROWSER_NOTE in target.notes:
                self.browsers.add(target.notes[BROWSER_NOTE])


@contextlib.contextmanager
def open_laboratory(forks: str = MODULE) -> Iterator[Laboratory]:
    """Start a store, make a certificate; nothing of it is left at the end. `forks`: see `ForkServer`."""
    check_store(None)
    with scratch_directory() as scratch, contextlib.ExitStack() as stack:
        store = start_redis(scratch, available_processors())
        stack.callback(store.stop)
        fork_server = stack.enter_context(ForkServer(forks))
        yield Laboratory(store, make_certificate(scratch), scratch, fork_server)


def choose_attacks(rows: Sequence[str], *, slow: bool) -> list[type[Attack]]:
    """The attacks of these rows, or all; slow ones only if they are named or asked for."""
    known = find_attacks()
    for row in rows:
        if row not in known:
            raise unknown("row", row, known)
    if rows:
        return [known[row] for row in known if row in rows]
    return [attack for attack in known.values() if slow or not attack.slow]


def run_attacks(request: AttackRequest) -> AttackReport:
    """Run the attacks against each scheme, and against their controls: servers started here, on loopback."""
    attacks = choose_attacks(request.rows, slow=request.slow)
    header = begin_header(Kind.ATTACK, request.command)
    with (
        one_measurement_at_a_time(lambda: request.say("waiting: a run is measuring here")),
        open_laboratory() as laboratory,
    ):
        jobs = _plan(attacks, request.schemes, request.cards)
        request.say(
            f"{counted(len(attacks), 'attack')} on {counted(len(request.schemes), 'scheme')}: "
            f"{counted(len(jobs), 'server')} to start"
        )
        found = {
            (cell.row, cell.scheme, job.control is not None): cell
            for job, cells in carry_out(jobs, laboratory, request.say)
            for cell in cells
        }
        server = laboratory.store.server
        store = describe_store(server.name, server.version, server.allocator)
    rows = [_row(attack, request.schemes, request.cards, found) for attack in attacks]
    return AttackReport(
        header=end_header(header, store, ", ".join(sorted(laboratory.browsers)) or None),
        schemes=list(request.schemes),
        cards=dict(request.cards),
        rows=rows,
    )


def _plan(attacks: Sequence[type[Attack]], schemes: Sequence[str], cards: Mapping[str, Card]) -> list[Job]:
    """One job for each scheme and condition; then one for each control and condition."""
    conditions = dict.fromkeys(attack.condition for attack in attacks)
    jobs = [
        Job(
            scheme,
            condition,
            [each for each in attacks if each.condition == condition and not _stand_in(each, scheme, cards)],
        )
        for condition in conditions
        for scheme in schemes
    ]
    controls: dict[tuple[str, str, str], Job] = {}
    for attack in attacks:
        control = attack.control
        key = (control.scheme, repr(dict(control.settings)), attack.condition.name)
        job = controls.setdefault(key, Job(control.scheme, attack.condition, [], control))
        job.attacks.append(attack)
    return [*(job for job in jobs if job.attacks), *controls.values()]


def _stand_in(attack: type[Attack], scheme: str, cards: Mapping[str, Card]) -> StandIn | None:
    """The scheme on which this is tried instead; a scheme without a card is always tried itself."""
    return attack.stand_in(scheme, cards[scheme]) if scheme in cards else None


_Found = dict[tuple[str, str, bool], Cell]
"""(row, scheme, whether it is there as a control) -> what came of it."""


def carry_out(jobs: Sequence[Job], laboratory: Laboratory, say: Say) -> list[tuple[Job, list[Cell]]]:
    """Start the server of each job, some at a time, and run its attacks; what came of them, as jobs end."""
    found: list[tuple[Job, list[Cell]]] = []
    executor = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="attack")
    try:
        futures: dict[Future[list[Cell]], Job] = {
            executor.submit(_attack_one, job, laboratory): job for job in jobs
        }
        for done, future in enumerate(as_completed(futures), start=1):
            job = futures[future]
            found.append((job, future.result()))
            say(f"{done} of {counted(len(jobs), 'server')} attacked: {job.scheme}, {job.condition.name}")
    except BaseException:
        laboratory.stopping.set()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return found


def _attack_one(job: Job, laboratory: Laboratory) -> list[Cell]:
    """Start the server of a job and run its attacks on it."""
    try:
        with laboratory.target(job.scheme, job.condition, job.control) as target:
            return [attack_target(attack(), target, job.scheme) for attack in job.attacks]
    except Failure as failure:
        # For instance sessions in memory, which two processes cannot share.
        if laboratory.stopping.is_set() or failure.exit_code is not ExitCode.USAGE:
            raise
        reason = f"the server does not start so ({job.condition.name}): {failure}"
        return [
            Cell(row=attack.row, scheme=job.scheme, outcome=AttackOutcome.NOT_RUN, reason=reason)
            for attack in job.attacks
        ]


def attack_target(attack: Attack, target: Target, scheme: str) -> Cell:
    """Run one attack on a running server. Where it gives nobody a credential, nothing is shown."""
    if target.card.authenticates:
        with target.connect() as connection:
            lab = AttackLab(target, connection)
            try:
                result = attack.run(lab)
            except Failure as failure:
                if failure.exit_code is not ExitCode.VERIFICATION:
                    raise
                result = AttackResult(AttackOutcome.NOT_RUN, str(failure), tuple(lab.evidence))
    else:
        reason = "it believes everybody: there is nothing to attack"
        result = AttackResult(AttackOutcome.NOT_RUN, reason, (), nothing_there=True)
    return Cell(
        row=attack.row,
        scheme=scheme,
        outcome=result.outcome,
        reason=result.reason,
        evidence=list(result.evidence),
        figures=list(result.figures),
        worked_before=result.worked_before,
        worked_after=result.worked_after,
        denied_by_card=result.denied_by_card,
        same_as=result.same_as,
        nothing_there=result.nothing_there,
    )


def _row(attack: type[Attack], schemes: Sequence[str], cards: Mapping[str, Card], found: _Found) -> Row:
    control = found.get((attack.row, attack.control.scheme, True))
    cells = [
        Cell(
            row=attack.row,
            scheme=scheme,
            outcome=AttackOutcome.NOT_RUN,
            reason=other.reason,
            same_as=other.scheme,
        )
        if (other := _stand_in(attack, scheme, cards))
        else found[attack.row, scheme, False]
        for scheme in schemes
    ]
    void = None
    if control is not None and all(each.outcome is AttackOutcome.NOT_RUN for each in (control, *cells)):
        pass  # nothing was tried, as where there is no browser: each cell says why
    elif control is None or control.outcome is not AttackOutcome.SUCCEEDED:
        came = f"{control.outcome}: {control.reason}" if control else "it was not tried"
        void = f"the attack did not succeed on {attack.control.scheme}, where it must ({came})"
    else:
        # It breaks what its card says: that is what it is for.
        control = control.model_copy(update={"denied_by_card": None})
    return Row(
        id=attack.row,
        group=attack.row[0],
        name=attack.name,
        question=attack.question,
        sources=list(attack.sources),
        control=control,
        cells=cells,
        void=void,
    )
