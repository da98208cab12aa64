"""Counting requests, for faults that hide from verification and begin under load."""

UNNOTICED = 300
"""Requests answered as they should be before a late fault begins: more than verification sends, and fewer
than the closed loop that warms an arm up."""


class Patience:
    """Says when so many requests were answered that nobody is looking any more."""

    def __init__(self) -> None:
        self.requests = 0

    def over(self) -> bool:
        """Count one more request; whether the fault has begun."""
        self.requests += 1
        return self.requests > UNNOTICED
