"""Find schemes: every scheme class in `servers/schemes/`, libraries of others in `servers/libraries/`, or
`module:Class` from outside the tree.
"""

import importlib
import os
import pkgutil
import sys
from types import ModuleType

from authbench.contracts.failure import Failure
from authbench.system.discovery import find_classes, is_concrete, unknown
from servers import libraries, schemes
from servers.contract.scheme import Scheme
from servers.libraries.parts.installed import version_of
from servers.libraries.parts.library_scheme import LibraryScheme


def known_schemes(package: ModuleType = schemes) -> dict[str, type[Scheme]]:
    """Name -> scheme, for all that the package's modules define. Failure if two have the same name."""
    return find_classes(package, Scheme)


def known_libraries() -> dict[str, type[LibraryScheme]]:
    """The same for libraries of others, whether they are installed or not: the card says what they do."""
    return find_classes(libraries, LibraryScheme)


def missing_libraries() -> list[str]:
    """What is not installed of what these need."""
    needed = {scheme.distribution for scheme in known_libraries().values()}
    return sorted(name for name in needed if version_of(name) is None)


def find_scheme(name: str) -> type[Scheme]:
    """The scheme of that name, or the class at `module:Class`. Failure in one line."""
    if (own := _from_its_module(name)) is not None:
        return own
    known: dict[str, type[Scheme]] = dict(sorted({**known_schemes(), **known_libraries()}.items()))
    if name in known:
        return known[name]
    if ":" not in name:
        raise unknown("scheme", name, known, "; or give module:Class for one of your own")
    scheme = _load(name)
    if scheme.name in known and known[scheme.name] is not scheme:
        raise Failure(f"{name} calls itself {scheme.name!r}, which is taken: give it another name")
    return scheme


def _from_its_module(name: str) -> type[Scheme] | None:
    """The scheme in the module that is called like it: a server loads its own, not all of them.

    None where there is no such module, or none of its schemes has that name.
    """
    stem = name.replace("-", "_")
    package = next((each for each in (schemes, libraries) if stem in _modules_of(each)), None)
    if package is None:
        return None
    module = importlib.import_module(f"{package.__name__}.{stem}")
    for candidate in vars(module).values():
        if is_concrete(candidate, Scheme) and candidate.name == name:
            found: type[Scheme] = candidate
            return found
    return None


def _modules_of(package: ModuleType) -> set[str]:
    return {info.name for info in pkgutil.iter_modules(package.__path__)}


def _load(path: str) -> type[Scheme]:
    module_name, _, class_name = path.partition(":")
    # As `python -m` does, so that a module in the working directory is found.
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise Failure(f"{path}: cannot be imported: {type(error).__name__}: {error}") from None
    candidate: type[Scheme] | None = getattr(module, class_name, None)
    if candidate is None:
        raise Failure(f"{path}: {module_name} has no {class_name or 'class name after the colon'}")
    if not is_concrete(candidate, Scheme):
        raise Failure(
            f"{path}: not a scheme: subclass servers.contract.scheme.Scheme, implement it and set its name"
        )
    return candidate
