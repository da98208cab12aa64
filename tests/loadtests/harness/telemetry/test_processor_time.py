"""What processors spent their time on, from the kernel's text."""

from loadtests.harness.processes.placement import available_processors
from loadtests.harness.telemetry.processor_time import parse_processor_ns, read_processor_ns

_STAT = """cpu  100 0 50 1000 7 0 18 8 0 0
cpu0 60 1 20 500 7 3 4 8 5 0
cpu1 40 0 30 500 0 0 14 0 0 0
intr 12345
"""


def test_ticks_become_nanoseconds_of_the_processors_asked_for() -> None:
    found = parse_processor_ns(_STAT, [1, 7], 100)
    assert set(found) == {1}
    assert found[1]["user"] == 400_000_000
    assert found[1]["softirq"] == 140_000_000
    assert found[1]["steal"] == 0


def test_the_kernel_of_this_machine_can_be_read() -> None:
    cpus = available_processors()
    found = read_processor_ns(cpus)
    assert set(found) == cpus
    assert all(spent["user"] + spent["idle"] > 0 for spent in found.values())
