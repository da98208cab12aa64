"""The control group of a container, whom the user's own container program knows."""

import shutil
import subprocess
from pathlib import Path

from authbench.contracts.failure import Failure
from loadtests.harness.whose_cpu.control_group import ControlGroup, hierarchies, readable

_PROGRAMS = ("docker", "podman")
_ASK_S = 20.0
_FORMAT = "{{.Id}} {{.State.Pid}}"


def group_of_container(name: str, key: str) -> ControlGroup:
    """The control group that has the container's id in its name, with all that is below it.

    Not that of its first process: an init in the container makes groups of its own, and a container without
    a group is in one of others. Failure in one line if there is none.
    """
    container, pid = _ask(name, key)
    try:
        groups = [(each, each.group_of(pid)) for each in hierarchies()]
    except OSError:
        raise Failure(
            f"{key}: container {name}: its process {pid} is not on this machine, or cannot be seen from here"
        ) from None
    for hierarchy, where in groups:
        parts = Path(where or "").parts
        named = next((place for place, part in enumerate(parts) if container in part), None)
        if named is not None and ".." not in parts:
            return readable(hierarchy.top.joinpath(*parts[1 : named + 1]), key)
    told = ", ".join(dict.fromkeys(where for _, where in groups if where is not None)) or "none"
    raise Failure(
        f"{key}: container {name} has no control group of its own that can be seen from here (its process is "
        f"in {told}): give its process ids"
    )


def _ask(name: str, key: str) -> tuple[str, int]:
    """Its id, and its first process. Failure in one line if no program knows it, or it does not run."""
    refusals = []
    for program in _PROGRAMS:
        if shutil.which(program) is None:
            continue
        command = [program, "inspect", "--type", "container", "--format", _FORMAT, name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            refusals.append(f"{program} does not answer")
            continue
        told = done.stdout.split()
        if done.returncode != 0 or len(told) != 2 or not told[1].isdigit():
            refusals.append(f"{program}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
            continue
        container, pid = told[0], int(told[1])
        if pid == 0:
            raise Failure(f"{key}: container {name} does not run: start it")
        return container, pid
    if not refusals:
        raise Failure(
            f"{key}: container {name}: neither {' nor '.join(_PROGRAMS)} is on PATH to be asked for it: give "
            "cgroup or process ids"
        )
    raise Failure(f"{key}: container {name} is not known ({'; '.join(refusals)})")
