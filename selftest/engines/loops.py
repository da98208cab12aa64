"""Open loops with a fault, by the arm they are sent to. Locust is not imported: it patches the process."""

import time
from typing import ClassVar

import gevent
import numpy as np
import numpy.typing as npt
from gevent.monkey import get_original

from authbench.contracts.generator_protocol import SliceOrder
from authbench.contracts.records import Outcome
from loadtests.generator.arm import Arm
from loadtests.generator.open_loop import IN_FLIGHT_CAP, OpenLoop
from loadtests.generator.rows import Columns
from loadtests.http.request import LaidOutRequest

_MS = 1_000_000
_blocking_sleep = get_original("time", "sleep")
"""Locust has gevent replace time.sleep by one that lets others run."""
_Times = npt.NDArray[np.int64]
_Requests = list[LaidOutRequest]


class FaultyLoop(OpenLoop):
    """An open loop, and where a fault can get in: before it is planned, when it begins, in its rows."""

    cap: ClassVar[int] = IN_FLIGHT_CAP

    def __init__(self, arm: Arm, order: SliceOrder, due_ns: _Times, requests: _Requests) -> None:
        self.honest_due_ns = due_ns
        planned_ns, planned = self.planned(order, due_ns, requests)
        super().__init__(arm.pool, planned, planned_ns, order.duration_s, self.cap, order.drain_s)

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        """What is really sent, and when."""
        del order
        return due_ns, requests


class DropsSends(FaultyLoop):
    """Does not send one request in fifty, and says so."""

    told: ClassVar[Outcome] = Outcome.UNSENT

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        self._kept = np.arange(len(due_ns)) % 50 != 25
        return due_ns[self._kept], [requests[row] for row in np.flatnonzero(self._kept)]

    def columns(self) -> Columns:
        sent = super().columns()
        whole = {name: np.empty(len(self._kept), np.int64) for name in sent}
        for name, column in sent.items():
            whole[name][self._kept] = column
        missing = ~self._kept
        for name, value in self._made_up(sent).items():
            whole[name][missing] = value
        whole["due_ns"][missing] = self.honest_due_ns[missing]
        whole["operation"][missing] = sent["operation"][0]
        if self.told is Outcome.ACCEPTED:
            whole["sent_ns"][missing] = whole["due_ns"][missing] + _MS // 10
            whole["done_ns"][missing] = whole["due_ns"][missing] + 2 * _MS
        return whole

    def _made_up(self, sent: Columns) -> dict[str, int]:
        nothing = {"sent_ns": -1, "done_ns": -1, "status": 0, "bytes_out": 0, "bytes_in": 0}
        if self.told is Outcome.ACCEPTED:
            nothing |= {name: int(sent[name][0]) for name in ("status", "bytes_out", "bytes_in")}
        return {**nothing, "outcome": int(self.told)}


class InventsReplies(DropsSends):
    """Does not send one request in fifty, and tells a reply all the same."""

    told = Outcome.ACCEPTED


class LosesRows(FaultyLoop):
    """Sends everything, and loses one row in ten of what came back."""

    def columns(self) -> Columns:
        rows = super().columns()
        kept = np.arange(len(rows["due_ns"])) % 10 != 5
        return {name: column[kept] for name, column in rows.items()}


class ConstantGaps(FaultyLoop):
    """A metronome."""

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        ticks = (np.arange(len(due_ns)) + 0.5) * order.duration_s * 1e9 / len(due_ns)
        return ticks.astype(np.int64), requests


class CapOfTen(FaultyLoop):
    """Never more than ten requests in flight."""

    cap = 10


class WholeMilliseconds(FaultyLoop):
    """A clock as coarse as the percentiles of many tools."""

    def columns(self) -> Columns:
        rows = super().columns()
        service_ms = np.maximum(1, np.round((rows["done_ns"] - rows["sent_ns"]) / _MS)).astype(np.int64)
        return {**rows, "done_ns": rows["sent_ns"] + service_ms * _MS}


class SendsLate(FaultyLoop):
    """Sends everything three milliseconds after it is due."""

    late_ns: ClassVar[int] = 3 * _MS

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        return due_ns + self.late_ns, requests

    def columns(self) -> Columns:
        rows = super().columns()
        return {**rows, "due_ns": rows["due_ns"] - self.late_ns}


class SendsInBunches(FaultyLoop):
    """Sends what is due in forty milliseconds at once, at their end."""

    bunch_ns: ClassVar[int] = 40 * _MS

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        del order
        return -(-due_ns // self.bunch_ns) * self.bunch_ns, requests

    def columns(self) -> Columns:
        return {**super().columns(), "due_ns": self.honest_due_ns}


class _Disturbed(FaultyLoop):
    """Something else runs between the callbacks of gevent's loop, until the slice has ended."""

    def begin(self, start_ns: int) -> None:
        super().begin(start_ns)
        gevent.spawn(self._disturb)

    def _disturb(self) -> None:
        while not self.ended:
            self.hold_up()
            gevent.sleep(0.0002)

    def hold_up(self) -> None:
        raise NotImplementedError


class BurnsCpu(_Disturbed):
    """Computes for four milliseconds at a time."""

    def hold_up(self) -> None:
        until_ns = time.thread_time_ns() + 4 * _MS
        while time.thread_time_ns() < until_ns:
            pass


class LooksLate(_Disturbed):
    """Blocks for four milliseconds at a time: replies wait on the socket before their time is taken."""

    def hold_up(self) -> None:
        _blocking_sleep(0.004)


class OneToken(FaultyLoop):
    """Sends the same credential in every request."""

    def planned(self, order: SliceOrder, due_ns: _Times, requests: _Requests) -> tuple[_Times, _Requests]:
        return due_ns, [requests[0]] * len(requests)


FAULTS: dict[str, type[FaultyLoop]] = {
    "drops-sends": DropsSends,
    "invents-replies": InventsReplies,
    "loses-rows": LosesRows,
    "constant-gaps": ConstantGaps,
    "cap-of-ten": CapOfTen,
    "whole-milliseconds": WholeMilliseconds,
    "sends-late": SendsLate,
    "sends-in-bunches": SendsInBunches,
    "burns-cpu": BurnsCpu,
    "looks-late": LooksLate,
    "one-token": OneToken,
}
"""Arm -> what is wrong with its load."""
