"""The tree of rooms: no package is a heap of modules, folders do not import each other in circles, and the
layers of pyproject.toml are really enforced. No sign is printed before a zero.
"""

import copy
import graphlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.layers import LayersContract

HOUSE = Path(__file__).parent.parent
ROOMS = ("authbench", "servers", "loadtests", "analysis")
MODULES_MAX = 12
DISCOVERED = {
    "analysis.rules",
    "authbench.cli",
    "loadtests.attacks",
    "loadtests.drills",
    "servers.schemes",
}
"""Packages in which one file is one more section, rule, verb, attack, drill, reading or scheme."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOMS, cache_dir=None)


def folder_of(module: str, packages: set[str]) -> str:
    return module if module in packages else module.rpartition(".")[0]


def folder_imports(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """Folder -> folders that its own modules import. `__init__` belongs to its package."""
    packages = {parent for module in graph.modules if (parent := module.rpartition(".")[0])} | set(ROOMS)
    found: dict[str, set[str]] = {}
    for importer in graph.modules:
        folder = folder_of(importer, packages)
        imported = {folder_of(each, packages) for each in graph.find_modules_directly_imported_by(importer)}
        found.setdefault(folder, set()).update(imported - {folder})
    return found


def layers_contracts() -> list[dict[str, Any]]:
    contracts = read_configuration(str(HOUSE / "pyproject.toml"))["contracts_options"]
    return [contract for contract in contracts if contract["type"] == "layers"]


def is_kept(graph: grimp.ImportGraph, contract: dict[str, Any]) -> bool:
    options = {key: value for key, value in contract.items() if key not in ("name", "type")}
    return (
        LayersContract(contract["name"], {"root_packages": list(ROOMS)}, options)
        .check(copy.deepcopy(graph), verbose=False)
        .kept
    )


def test_no_package_has_too_many_modules() -> None:
    files = [file for room in ROOMS for file in (HOUSE / room).rglob("*.py") if file.stem != "__init__"]
    sizes = Counter(".".join(file.relative_to(HOUSE).parent.parts) for file in files)
    assert not {name: size for name, size in sizes.items() if size > MODULES_MAX and name not in DISCOVERED}


def test_a_change_that_rounds_to_zero_has_no_sign_of_its_own() -> None:
    """Without z, a float's last bit decides between -0.0% and +0.0%, on each machine anew (PEP 682)."""
    sign_without_z = re.compile(r"\{[^{}]*:\+[^zd{}][^{}]*[f%eg]\}|\{[^{}]*:\+\.\{")
    files = [file for room in ROOMS for file in (HOUSE / room).rglob("*.py")]
    found = {str(file.relative_to(HOUSE)): sign_without_z.findall(file.read_text("utf-8")) for file in files}
    assert {name: formats for name, formats in found.items() if formats} == {}
    assert sign_without_z.findall('f"{change:+.0%}, {step:+.{digits}f}"') == ["{change:+.0%}", "{step:+.{"]


def test_folders_import_each_other_in_no_circle(graph: grimp.ImportGraph) -> None:
    graphlib.TopologicalSorter(folder_imports(graph)).prepare()  # CycleError names the circle


def test_a_circle_of_folders_is_found(graph: grimp.ImportGraph) -> None:
    circled = copy.deepcopy(graph)
    circled.add_import(importer="servers.parsing.usernames", imported="servers.process.server")
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(folder_imports(circled)).prepare()


@pytest.mark.parametrize("contract", layers_contracts(), ids=lambda contract: contract["name"])
def test_an_import_up_the_layers_fails(graph: grimp.ImportGraph, contract: dict[str, Any]) -> None:
    assert is_kept(graph, contract)
    layers = [layer.strip("( )") for line in contract["layers"] for layer in re.split("[|:]", line)]
    container = next(iter(contract.get("containers", ())), "")
    top, bottom = (f"{container}.{layer}".lstrip(".") for layer in (layers[0], layers[-1]))
    graph = copy.deepcopy(graph)
    graph.add_import(importer=bottom, imported=top)
    assert not is_kept(graph, contract)
