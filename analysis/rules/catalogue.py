"""Every validity rule by its number: the lie it refuses, and where it is judged.

A rule is a small pure function in the module named after it. `make selftest` injects a fault for each of
them and fails if one stays silent, or if a rule of this list has no fault.
"""

from typing import Literal, NamedTuple

Judged = Literal["slice", "run", "figure", "comparison", "plan", "drill", "runs", "selftest", "absent"]
"""slice: while measuring. run: afterwards, on all of it. figure: one figure is refused. comparison: of two
arms. plan: of what is concluded for other rates. drill: of an injected failure. runs: of two runs.
selftest: of the rules themselves. absent: nothing of this project could tell the lie yet."""


class Rule(NamedTuple):
    """One rule."""

    code: str
    lie: str
    judged: Judged
    note: str = ""
    """Why it is absent; otherwise empty."""


_ALL = (
    Rule("V01", "we offered that rate", "slice"),
    Rule("V02", "arrivals were Poisson", "run"),
    Rule("V03", "it was an open loop", "slice"),
    Rule("V04", "there is no coordinated omission", "drill"),
    Rule("V05", "times are as fine as printed", "run"),
    Rule("V06", "the server was slow (it was the generator's lateness)", "slice"),
    Rule("V07", "the server was slow (it was the generator's load)", "slice"),
    Rule("V08", "the generator's clock tells the truth", "run"),
    Rule("V09", "we measured a steady state", "run"),
    Rule("V10", "the machine was quiet", "slice"),
    Rule("V11", "it was a session, or a token", "run"),
    Rule("V12", "it authenticates", "run"),
    Rule("V13", "the endpoints are identical", "run"),
    Rule("V14", "every arm did the same work", "run"),
    Rule("V15", "errors do not matter", "run"),
    Rule("V16", "that percentile exists", "figure"),
    Rule("V17", "averaged percentiles are a percentile", "figure"),
    Rule("V18", "requests are replicates", "comparison"),
    Rule("V19", "a difference below the noise", "comparison"),
    Rule("V20", "no difference, from a wide interval", "comparison"),
    Rule("V21", "the A/A test passed in silence", "run"),
    Rule("V22", "the order does not matter", "run"),
    Rule("V23", "nothing was left out", "run"),
    Rule("V24", "we stopped when we were done", "run"),
    Rule("V25", "it goes on like that", "plan"),
    Rule("V26", "maximum throughput is a point", "absent", "no verb searches for a maximum throughput"),
    Rule("V27", "the counts agree (Little, utilisation, flow)", "run"),
    Rule("V28", "that was all the work on the processors", "run"),
    Rule("V29", "the loopback is a network", "run"),
    Rule("V30", "colocation does not matter", "run"),
    Rule("V31", "the stages add up", "figure"),
    Rule("V32", "algorithms and keys are the same", "run"),
    Rule("V33", "it was a production build", "run"),
    Rule("V34", "the clock ran evenly", "slice"),
    Rule("V35", "the revocation window is 0", "absent", "windows are declared by schemes, not measured"),
    Rule("V36", "the drill was survived", "drill"),
    Rule("V37", "memory per session, from one key", "figure"),
    Rule("V38", "costs in money", "absent", "no figure is in money: there are no prices"),
    Rule("V39", "two runs can be compared", "runs"),
    Rule("V40", "the rules work", "selftest"),
    Rule("STALL", "averages hide nothing", "slice"),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _ALL}
"""Code -> rule, in their order."""
