"""How many statements went to a database, by their first word: what Redis counts by itself."""

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

HOUSEKEEPING = {"authbench_housekeeping": True}
"""Execution options of a statement that no operation asks for and that is not counted: of a sweep.

What expires in Redis goes without a command, too.
"""


class StatementCounter:
    """Counts from `listen` on. BEGIN, COMMIT and ROLLBACK are no statements here: drivers send them."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def listen(self, engine: "AsyncEngine") -> None:
        """Count what this engine sends."""
        from sqlalchemy import event

        event.listen(engine.sync_engine, "before_cursor_execute", self._sent)

    def _sent(self, _: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
        if not HOUSEKEEPING.keys() <= context.execution_options.keys():
            self.counted[statement.split(None, 1)[0].lower()] += 1
