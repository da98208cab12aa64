"""Thieves with a copy of a refresh token: when they refresh, and how long nobody notices."""

from collections.abc import Callable, Sequence

from loadtests.attacks.refreshes.policy_trial import PolicyTrial, Session

Pairs = list[tuple[Session, Session]]
"""Owners, each with its thief; neither has been refused."""
Habit = Callable[[PolicyTrial, Pairs], None]
"""What happens between two refreshes of the owners, theirs included."""


def survived_cycles(trial: PolicyTrial, count: int, cycles: int, habit: Habit) -> list[int]:
    """For each of `count` thieves the refreshes of its owner, of `cycles`, after which both still work."""
    pairs = [(owner, Session(owner.token, owner.headers)) for owner in trial.sessions(count)]
    survived = [0] * count
    for cycle in range(1, cycles + 1):
        habit(trial, [pair for pair in pairs if not any(session.refused for session in pair)])
        for number, (owner, thief) in enumerate(pairs):
            if not (owner.refused or thief.refused) and trial.works(thief):
                survived[number] = cycle
    return survived


def keep_pace(trial: PolicyTrial, pairs: Pairs) -> None:
    """Each owner refreshes, and its thief right after it."""
    for owner, thief in pairs:
        trial.refresh(owner)
        trial.refresh(thief)


def refresh_at_once(trial: PolicyTrial, pairs: Pairs, wait: Callable[[], None]) -> None:
    """All thieves refresh; `wait` lets every grace pass; then all owners do."""
    for _, thief in pairs:
        trial.refresh(thief)
    if pairs:
        wait()
    for owner, _ in pairs:
        trial.refresh(owner)


def mean_unnoticed_s(survived: Sequence[int], cycles: int, interval_s: float, absolute_s: float) -> float:
    """Seconds from a thief's first refresh to the end of the login, on the average.

    Each refreshes first in the middle of its own share of the interval between two refreshes of the owner,
    and is found out at a refresh of the owner. Who survives all `cycles` is counted to the absolute end.
    """
    shares = [(number + 0.5) / len(survived) for number in range(len(survived))]
    each_s = [
        absolute_s if count == cycles else (count + 1 - share) * interval_s
        for count, share in zip(survived, shares, strict=True)
    ]
    return sum(each_s) / len(each_s)
