"""Measure how late a sleeping generator wakes up: `python -m loadtests.generator.wake_ups COUNT`.

It sets the generator's own alarm (`loadtests.http.timer`) again and again, prints a line of JSON, and waits
for the end of its standard input, so that its clocks can be read.
"""

import json
import sys
import time

from gevent.event import Event

from loadtests.http.timer import Timer

_GAP_NS = 2_500_000
"""From one to the next: about 400 requests a second."""
_PATIENCE_S = 20.0


def wake_up_lateness_ns(count: int, gap_ns: int = _GAP_NS) -> list[int]:
    """Nanoseconds from when each alarm was due to when its callback ran; never negative.

    Shorter than `count` if the alarm stayed silent for 20 s.
    """
    late: list[int] = []
    done = Event()
    due = time.monotonic_ns() + gap_ns

    def ring() -> None:
        nonlocal due
        now = time.monotonic_ns()
        late.append(now - due)
        if len(late) == count:
            timer.disarm()
            done.set()
        else:
            due = now + gap_ns
            timer.arm(due)

    timer = Timer(ring)
    timer.arm(due)
    done.wait(_PATIENCE_S)
    timer.close()
    return late


if __name__ == "__main__":
    print(json.dumps({"lateness_ns": wake_up_lateness_ns(int(sys.argv[1]))}), flush=True)
    sys.stdin.read()
