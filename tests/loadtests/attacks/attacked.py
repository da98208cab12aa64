"""Run one attack on one real server, or on its vulnerable control."""

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.attack import Attack
from loadtests.attacks.run_attacks import Laboratory, attack_target


def attacked(laboratory: Laboratory, attack: type[Attack], scheme: str) -> Cell:
    with laboratory.target(scheme, attack.condition) as target:
        return attack_target(attack(), target, scheme)


def attacked_control(laboratory: Laboratory, attack: type[Attack]) -> Cell:
    control = attack.control
    with laboratory.target(control.scheme, attack.condition, control) as target:
        return attack_target(attack(), target, control.scheme)


def outcome(laboratory: Laboratory, attack: type[Attack], scheme: str) -> AttackOutcome:
    return attacked(laboratory, attack, scheme).outcome
