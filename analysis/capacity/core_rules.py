"""Rules per core: what one core of the measured CPU carries of each operation behind each scheme.

Only an operation that a run measured alone has a figure: the cost of a mix cannot be told apart
(`authbench run operations` measures each alone). What hashing a password costs is measured apart in every run
with logins, and bounds their rate.
"""

from collections.abc import Iterator, Mapping, Sequence

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


def core_rules(every: Sequence[ArmCosts], utilisation: float) -> list[CoreRule]:
    """A rule for each operation that a scheme has, and one for the run's mix where it had one.

    An arm that is asked one operation alone stands for its scheme. `utilisation`: share busy.
    """
    alone = {(costs.arm.scheme, costs.alone): costs for costs in every if not costs.plannable}
    first = [costs for costs in every if costs.plannable]
    known = {costs.arm.scheme for costs in first}
    only_alone = {scheme: costs for (scheme, _), costs in alone.items() if scheme not in known}
    return [rule for costs in [*first, *only_alone.values()] for rule in _rules(costs, alone, utilisation)]


def _rules(
    costs: ArmCosts, others: Mapping[tuple[str, Operation | None], ArmCosts], utilisation: float
) -> Iterator[CoreRule]:
    arm = costs.arm.arm if costs.plannable else costs.arm.scheme
    if costs.alone is None and costs.arm.operations:
        yield _rule(costs, arm, "this run's mix", costs.app_us, utilisation)
    for operation, words in OPERATIONS.items():
        other = others.get((costs.arm.scheme, operation))
        if operation == costs.alone:
            yield _rule(costs, arm, words, _whole_us(costs), utilisation)
        elif other is not None:
            yield _rule(other, arm, words, _whole_us(other), utilisation)
        elif operation is Operation.LOGIN and costs.password_us is not None:
            yield _rule(costs, arm, "login (hashing alone: at most)", costs.password_us, utilisation)
        elif costs.card is None or operation in costs.card.store_commands:
            yield CoreRule(
                arm=arm,
                operation=words,
                carries_rps=None,
                busy_share=None,
                tested_to_rps=None,
                why_not=_NOT_MEASURED,
            )


def _whole_us(costs: ArmCosts) -> Uncertain | None:
    """CPU of a request, hashing included where the arm does nothing but log users in."""
    if costs.alone is not Operation.LOGIN or costs.app_us is None:
        return costs.app_us
    return None if costs.password_us is None else costs.app_us + costs.password_us


def _rule(costs: ArmCosts, arm: str, words: str, each_us: Uncertain | None, utilisation: float) -> CoreRule:
    if each_us is None:
        carries = None
    else:
        carried = float(formulas.core_carries_rps(each_us.value, utilisation))
        hashing = each_us is costs.password_us
        refused = "" if hashing else beyond("requests/s of one core", carried, costs.tested_rps)
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
        arm=arm,
        operation=words,
        carries_rps=carries,
        busy_share=costs.busy_share,
        tested_to_rps=costs.tested_rps,
        why_not="" if carries else "its cost has no interval",
    )
