"""Give tests a clock that they move themselves."""


class Clock:
    """Shows `now`, in seconds, until the test sets another time."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
