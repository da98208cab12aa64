"""A process says which kernel it runs on, and which of its processors it may use."""

import os
import subprocess
import sys

from authbench.system.kernel import read_host_facts


def test_two_processes_of_one_kernel_say_the_same() -> None:
    facts = read_host_facts("1.2.3")
    assert facts.authbench_version == "1.2.3"
    assert facts.processors == sorted(os.sched_getaffinity(0))
    assert facts.boot
    code = "from authbench.system.kernel import read_host_facts; print(read_host_facts('').boot)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == facts.boot
