"""A flood of wrong logins: hashing a password is dear on purpose, so it can be used up."""

import itertools
import secrets
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from loadtests.attacks.attack import Attack
from loadtests.attacks.guessing.accounts import Guesser, many_accounts
from loadtests.attacks.guessing.flood import Flood
from loadtests.attacks.guessing.login_paths import spared
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person

_ACCOUNTS = 3000
"""Enough for a flood that seldom names one twice."""
_FLOODED = 5
"""Accounts that the first flood guesses at."""
_NOTICED = 5 * _FLOODED
"""Guesses put off after which the free ones are used up: ours are ten for each account."""
_GIVE_UP_S = 10.0
_HONEST = 10
_PUT_OFF = 0.5
"""Share of the guesses, tried and put off, that must be put off then. Without a throttle it is nothing; with
ours, which tries a guess for each account once in some seconds, it is nearly all."""
_EVERY_S = 0.05


@dataclass
class _Felt:
    """What honest people felt: the status of each login and each read, and how many ms it took."""

    logins: list[tuple[int, float]] = field(default_factory=list)
    reads: list[tuple[int, float]] = field(default_factory=list)

    @property
    def let_in(self) -> int:
        return sum(status == 200 for status, _ in self.logins)

    @property
    def failed_reads(self) -> int:
        return sum(status != 200 for status, _ in self.reads)

    @property
    def refused_reads(self) -> int:
        """Reads that the server refused itself: it was not just too slow."""
        return sum(status not in (0, 200) for status, _ in self.reads)


class LoginFlood(Attack):
    """Two dozen connections guess at five accounts; meanwhile others log in, and one who is logged in reads.

    Whether the flood is put off decides, and whether a live login is refused. What honest people feel is told
    in figures, because it depends on the machine: each is somebody else, on a device that nobody knows, and
    tries once. A second flood names another account with each guess, which no count for each account notices:
    what comes of it are figures too.
    """

    row = "J3"
    name = "flood of logins"
    question = "Is every password of a flood of wrong logins tried, or a live login refused meanwhile?"
    sources = ("OWASP ASVS 5.0 6.1.1", "OWASP ASVS 5.0 6.3.1", "OWASP Authentication: Login Throttling")
    control = Control("servers.vulnerable.logins.login_endpoint:VulnerableUnthrottledLogin")

    def run(self, lab: AttackLab) -> AttackResult:
        stand_in = spared(lab.target.scheme, lab.card)
        if stand_in is not None:
            return lab.left_to(stand_in)
        reader = lab.logged_in()
        lab.check_before(reader)
        password = secrets.token_urlsafe(16)
        everybody = many_accounts(lab, _ACCOUNTS, password)
        others, guessed_at = iter(everybody[: 3 * _HONEST]), everybody[3 * _HONEST :]
        with lab.target.connect() as connection:
            honest = Guesser(lab, connection)
            calm, slowed, everywhere = _Felt(), _Felt(), _Felt()
            for _ in range(_HONEST):
                _look(lab, honest, (next(others), password), reader, calm)
            if calm.let_in < _HONEST:
                return lab.not_run("the server was too busy for honest logins before the flood")
            began_s = time.monotonic()
            with Flood(lab, itertools.cycle(guessed_at[:_FLOODED])) as flood:
                while flood.answered(429) < _NOTICED and time.monotonic() - began_s < _GIVE_UP_S:
                    lab.wait(_EVERY_S)
                noticed_s, before = time.monotonic() - began_s, (flood.answered(401), flood.answered(429))
                _meanwhile(lab, honest, others, password, reader, slowed)
                tried, put_off = flood.answered(401) - before[0], flood.answered(429) - before[1]
            with Flood(lab, itertools.cycle(guessed_at)):
                _meanwhile(lab, honest, others, password, reader, everywhere)
        lab.send_login(Person(guessed_at[0], "wrong", lab.new_client()))
        lab.check_after(reader)
        self._tell(lab, calm, slowed, everywhere)
        lab.figure("the flood is noticed after", noticed_s, "s")
        lab.figure("guesses put off from then on", put_off, f"of {tried + put_off} answered")
        felt = f"{slowed.let_in} of {_HONEST} others got in at their first try"
        if slowed.refused_reads or put_off <= _PUT_OFF * (tried + put_off):
            return lab.succeeded(
                f"{put_off} of {tried + put_off} guesses were put off, {slowed.refused_reads} requests of a "
                f"live login refused; {felt}"
            )
        return lab.rejected(
            f"{put_off} of {tried + put_off} guesses were put off, and no live login was refused; {felt}; "
            f"of a flood that names another account each time nothing is put off: {everywhere.let_in} got in"
        )

    @staticmethod
    def _tell(lab: AttackLab, calm: _Felt, slowed: _Felt, everywhere: _Felt) -> None:
        for title, felt in (
            ("before", calm),
            ("during the flood", slowed),
            ("during one with other accounts each time", everywhere),
        ):
            lab.figure(f"honest logins let in, {title}", felt.let_in, f"of {len(felt.logins)}")
            if felt.let_in:
                taken = statistics.median(taken_ms for status, taken_ms in felt.logins if status == 200)
                lab.figure(f"an honest login takes, in the median, {title}", taken, "ms")
            lab.figure(
                f"a read takes, in the median, {title}",
                statistics.median(taken_ms for _, taken_ms in felt.reads),
                "ms",
            )
            lab.figure(f"reads that failed, {title}", felt.failed_reads, f"of {len(felt.reads)}")


def _meanwhile(
    lab: AttackLab, honest: Guesser, names: Iterator[str], password: str, reader: Person, felt: _Felt
) -> None:
    for _ in range(_HONEST):
        lab.wait(_EVERY_S)
        _look(lab, honest, (next(names), password), reader, felt)


def _look(lab: AttackLab, honest: Guesser, account: tuple[str, str], reader: Person, felt: _Felt) -> None:
    """One login of somebody else, and one read of who is logged in."""
    headers = honest.headers()
    began_s = time.monotonic()
    status = honest.guess(*account, headers).status
    felt.logins.append((status, (time.monotonic() - began_s) * 1e3))
    sent = reader.client.headers("GET", "/me", reader.credential)
    began_s = time.monotonic()
    status = lab.connection.request("GET", "/me", sent).status
    felt.reads.append((status, (time.monotonic() - began_s) * 1e3))
