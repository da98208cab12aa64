"""No browser process outlives the command that opened it, whatever ends the command."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadtests.browser.chromium import NoBrowserError, find_chromium
from tests.chromium import need_chromium

_OPEN = """
import signal, sys, time
from pathlib import Path
from loadtests.browser.scene import open_scene
signal.signal(signal.SIGTERM, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.default_int_handler)
with open_scene(1, Path(sys.argv[1])) as scene:
    with scene.page() as page:
        page.goto("about:blank")
        print("open", flush=True)
        time.sleep(60)
"""


def processes_of(folder: Path) -> list[int]:
    """Those whose command line names the folder: each process of a browser names its profile."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            try:
                if str(folder).encode() in (path / "cmdline").read_bytes():
                    found.append(int(path.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("group", [False, True])
def test_nothing_is_left_after_a_signal(tmp_path: Path, number: signal.Signals, group: bool) -> None:
    """`group`: as Ctrl-C on a terminal, which reaches every process in the foreground."""
    need_chromium("there is nothing to leave behind")
    with subprocess.Popen(
        [sys.executable, "-c", _OPEN, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "open\n"
        assert processes_of(tmp_path)
        if group:
            os.killpg(command.pid, number)
        else:
            command.send_signal(number)
        command.wait(30)
    deadline = time.monotonic() + 60
    while (left := processes_of(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NoBrowserError, match="install Chromium"):
        find_chromium()


def test_without_playwright_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    with pytest.raises(NoBrowserError, match="pip install playwright"):
        find_chromium()
