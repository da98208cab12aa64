"""V33, against debug builds, access logs and --reload: the server ran as it would in production."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from authbench.contracts.records import ServerConfig


def check(arm: str, server: ServerConfig) -> Finding | None:
    """The server says itself that nothing of a development set-up is on. Void run where something is."""
    switched_on = [
        name
        for name, on in (
            ("reload", server.reload),
            ("debug", server.debug),
            ("the access log", server.access_log),
            (f"log level {server.log_level}", server.log_level.lower() in ("debug", "trace")),
            ("a debug build of Python", server.python_debug_build),
        )
        if on
    ]
    if not switched_on:
        return None
    return Finding(
        rule="V33",
        severity="void-run",
        subject=arm,
        number=len(switched_on),
        limit=0,
        unit="settings",
        sentence=f"the server ran with {', '.join(switched_on)}",
        next_action="switch it off and run again",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every server of the run."""
    found = [check(arm, server) for arm, server in run.manifest.servers.items()]
    return [finding for finding in found if finding]
