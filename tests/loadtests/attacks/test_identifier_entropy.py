"""Every identifier of ours has 128 bits that look like chance; a counter has none."""

import ast
from pathlib import Path

import pytest

import servers
from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.identifier_entropy import IdentifierEntropy
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, IdentifierEntropy)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("session-redis", AttackOutcome.REJECTED),
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("opaque-redis", AttackOutcome.REJECTED),
        ("session-signed-cookie", AttackOutcome.REJECTED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, IdentifierEntropy, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False


def test_servers_draw_from_the_operating_system_only() -> None:
    """The source, which no statistics can judge: nothing of servers uses `random`, but what is broken on
    purpose.
    """
    for path in Path(servers.__file__).parent.rglob("*.py"):
        if path.parent.name == "vulnerable":
            continue
        imported = {
            name.name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import)
            for name in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not imported & {"random", "uuid", "numpy"}, path
