"""Every identifier of ours has 128 bits that look like chance; a counter has none."""

import ast
from pathlib import Path

import servers
from loadtests.attacks.identifier_entropy import IdentifierEntropy
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(IdentifierEntropy)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "opaque-redis": REJECTED,
        "session-signed-cookie": REJECTED,
    }
    assert attacked.outcomes(IdentifierEntropy, *expected) == expected


def test_servers_draw_from_the_operating_system_only() -> None:
    """The source, which no statistics can judge: only what is broken on purpose uses `random`."""
    for path in Path(servers.__file__).parent.rglob("*.py"):
        if "vulnerable" in path.parts:
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
