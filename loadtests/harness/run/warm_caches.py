"""Read every credential of an arm of hits before anything is measured, so that no read of it is a miss."""

from collections.abc import Callable

from authbench.contracts.failure import ExitCode, Failure

_ROUNDS = 4
_SPARE = 1.3
"""More requests than credentials: several generators do not get exactly the same number of them."""


def load_until_warm(
    label: str, credentials: int, seconds: float, load: Callable[[float], float], *, all_of_them: bool
) -> None:
    """Load an arm for a moment, and go on until each of its credentials was read where `all_of_them`.

    `load` runs a closed loop for so many seconds and returns replies a second. Its requests carry every
    credential once before any comes again (`loadtests.schedule.arrivals.draw_credentials`), so as many
    replies as there are credentials are enough. Failure if an arm does not get that far in four rounds.
    """
    for _ in range(_ROUNDS):
        replies_per_s = load(seconds)
        if not all_of_them or replies_per_s * seconds >= credentials * _SPARE:
            return
        seconds = max(seconds, 1.2 * _SPARE * credentials / max(replies_per_s, 1.0))
    raise Failure(
        f"{label}: its {credentials} credentials were not all read within {seconds:.0f} s, so its cache is "
        "not warm: give the experiment fewer credentials",
        ExitCode.INVALID,
    )
