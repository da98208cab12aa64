"""A scheme that refuses to start with more than one process."""

from authbench.contracts.failure import Failure
from servers.schemes.session_memory import MemorySessionScheme


class AloneScheme(MemorySessionScheme):
    """Sessions in memory, where somebody thought of it."""

    name = "alone"

    def prepare(self) -> None:
        """Failure with several processes."""
        if self.settings.workers > 1:
            raise Failure(f"{self.name} runs in one process")
        super().prepare()
