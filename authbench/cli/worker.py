"""`authbench worker`: send a share of the load of a run that somebody started elsewhere."""

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from authbench.contracts.failure import Failure
from authbench.contracts.workers.hub_protocol import WORKER_MODULE
from authbench.system.interruption import hold_signals
from authbench.system.join_key import read_join_key
from loadtests.harness.load.meeting import address


def worker(
    master: Annotated[str, typer.Option(metavar="HOST:PORT", help="where the run listens: its --workers-at")],
    join_key_file: Annotated[Path, typer.Option(help="copy of the run's key file, mode 0600")],
    name: Annotated[
        str, typer.Option(help="what the run calls it; the host's name unless given", show_default=False)
    ] = "",
) -> None:
    """Wait for the run, send its share of the load, and end with the run.

    Exit 0: the run is over. 2: the run has its workers already, or no file can be written here. 3: the hub or
    the load generator is lost. 130: stopped by a signal.

    Example: authbench worker --master 10.0.0.5:5557 --join-key-file join.key
    """
    hub = address(master)
    if not name.isprintable():
        raise Failure("--name: only characters that can be printed on one line are wanted")
    read_join_key(join_key_file)  # a mistake is told before anything is started
    # Locust patches the process it is imported in: this command becomes another one.
    module = [sys.executable, "-m", WORKER_MODULE, hub.host, str(hub.port), str(join_key_file)]
    hold_signals()
    os.execv(sys.executable, [*module, name or socket.gethostname()])  # noqa: S606 - our own interpreter
