"""The engine of a worker with a fault in what it gives back: which one, the arm's label says.

`python -m tests.loadtests.harness.load.sabotaged_engine` is the real engine but for that.
"""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

from authbench.contracts.generator_protocol import FilePart, SliceOrder
from authbench.contracts.workers.file_parts import split_file
from loadtests.generator import engine, held_files
from loadtests.generator.arm import Arm
from loadtests.generator.closed_loop import ClosedLoop
from loadtests.generator.rows import Columns, save_columns
from loadtests.generator.window import MeasuredLoop

_LATE_NS = 300_000_000
_slice = SimpleNamespace(fault="")
_measured_loop = engine.measured_loop


class _Late(ClosedLoop):
    """Its process got no processor at the common start."""

    def begin(self, start_ns: int) -> None:
        super().begin(start_ns)
        self._timer.arm(start_ns + _LATE_NS)


def measured_loop(arm: Arm, order: SliceOrder) -> MeasuredLoop:
    _slice.fault = order.arm
    loop = _measured_loop(arm, order)
    if order.arm == "begins-late":
        loop.__class__ = _Late
    return loop


def save_cut_columns(columns: Columns, place: Path | BytesIO) -> None:
    if _slice.fault == "loses-rows":
        columns = {name: column[1:] for name, column in columns.items()}
    whole = BytesIO()
    save_columns(columns, whole)
    content = whole.getvalue()
    assert isinstance(place, BytesIO)
    place.write(content[: len(content) // 2] if _slice.fault == "cuts-file" else content)


def split_and_cut(name: str, content: bytes) -> list[FilePart]:
    parts = split_file(name, content)
    if _slice.fault == "cuts-part":
        parts[-1] = parts[-1].model_copy(update={"content": parts[-1].content[:-1]})
    return parts


if __name__ == "__main__":
    vars(engine).update(measured_loop=measured_loop, save_columns=save_cut_columns)
    vars(held_files).update(split_file=split_and_cut)
    engine.main()
