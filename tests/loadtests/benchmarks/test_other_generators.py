import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.benchmarks.other_generators import cpu_us_per_request, installed
from loadtests.harness.processes.generator import LineReader
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child

ASK_TWENTY_TIMES = "import sys, urllib.request as r\nfor _ in range(20): r.urlopen(sys.argv[1]).read()"


def test_a_command_is_charged_by_what_the_server_answered(tmp_path: Path) -> None:
    cpu = max(available_processors())
    command = [sys.executable, "-m", "loadtests.null_server"]
    with Child("null_server", command, [cpu], tmp_path / "log") as server:
        lines = LineReader(server)
        ports = lines.read(20)
        counts = []

        def answered() -> int:
            server.send(b"\n")
            counts.append(int(lines.read(20)["answered"]))
            return counts[-1]

        for port in ports.values():
            url = f"http://127.0.0.1:{port}/me"
            assert cpu_us_per_request([sys.executable, "-c", ASK_TWENTY_TIMES], url, cpu, answered) > 0
        assert counts == [0, 20, 20, 40]
        with pytest.raises(subprocess.CalledProcessError):
            cpu_us_per_request([sys.executable, "-c", "raise SystemExit(3)"], url, cpu, answered)


def test_what_is_not_on_the_path_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed(64, 1.0) == {}
    (tmp_path / "wrk").write_text("#!/bin/sh\n")
    (tmp_path / "wrk").chmod(0o755)
    assert installed(64, 0.1) == {"wrk": ["wrk", "-t1", "-c64", "-d1s"]}
