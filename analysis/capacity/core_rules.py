"""Rules per core: what one core of the measured CPU carries of each operation behind each scheme.

Only an operation that a run measured alone has a figure: the cost of a mix cannot be told apart. What hashing
a password costs is measured apart in every run with logins, and bounds their rate.
"""

from collections.abc import Iterator

from analysis.capacity import formulas
from analysis.capacity.measured import ArmCosts
from analysis.capacity.plan_record import CoreRule
from analysis.capacity.uncertain import Uncertain, quantity
from analysis.validity.extrapolation import beyond
from authbench.contracts.card import Operation

OPERATIONS = {
    Operation.READ: "read",
    Operation.ADD_ORDER: "write",
    Operation.LOGIN: "login",
    Operation.REFRESH: "refresh",
    Operation.LOGOUT: "logout",
}
_NOT_MEASURED = "not measured"


def core_rules(costs: ArmCosts, utilisation: float) -> list[CoreRule]:
    """A rule for each operation, and one for the run's mix where it had one. `utilisation`: share busy."""
    return list(_rules(costs, utilisation))


def _rules(costs: ArmCosts, utilisation: float) -> Iterator[CoreRule]:
    asked = list(costs.arm.operations)
    alone = asked[0] if len(asked) == 1 else None
    if alone is None and asked:
        yield _rule(costs, "this run's mix", costs.app_us, utilisation)
    for operation, words in OPERATIONS.items():
        if operation == alone:
            yield _rule(costs, words, costs.app_us, utilisation)
        elif operation is Operation.LOGIN and costs.password_us is not None:
            yield _rule(costs, "login (hashing alone: at most)", costs.password_us, utilisation)
        else:
            yield CoreRule(
                arm=costs.arm.arm,
                operation=words,
                carries_rps=None,
                busy_share=None,
                tested_to_rps=None,
                why_not=_NOT_MEASURED,
            )


def _rule(costs: ArmCosts, words: str, each_us: Uncertain | None, utilisation: float) -> CoreRule:
    if each_us is None:
        carries = None
    else:
        carried = float(formulas.core_carries_rps(each_us.value, utilisation))
        refused = (
            beyond("requests/s of one core", carried, costs.tested_rps) if each_us is costs.app_us else ""
        )
        carries = quantity(
            "core_carries",
            f"{words}, requests/s of one core",
            "requests/s",
            lambda cpu_us: formulas.core_carries_rps(cpu_us, utilisation),
            {"cpu_us": each_us},
            words=f"{utilisation:g} x 1,000,000 us / CPU per request",
            refused=refused,
        )
    return CoreRule(
        arm=costs.arm.arm,
        operation=words,
        carries_rps=carries,
        busy_share=costs.busy_share,
        tested_to_rps=costs.tested_rps,
        why_not="" if carries else "its cost has no interval",
    )
