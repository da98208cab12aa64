"""How a user's mistake, or the machine's, is told: one line and an exit code, never a traceback."""

from authbench.contracts.exitcodes import ExitCode
from authbench.contracts.masking import masked


class Failure(Exception):
    """Ends the verb. `str(failure)` is one line: what, where, what to do; no password of a URL is in it."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(masked(" ".join(message.split())))
        self.exit_code = exit_code
