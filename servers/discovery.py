"""Find schemes: every scheme class in `servers/schemes/`, or `module:Class` from outside the tree."""

import importlib
import inspect
import os
import pkgutil
import sys
from types import ModuleType

from authbench.contracts.failure import Failure
from servers import schemes
from servers.contract.scheme import Scheme


def known_schemes(package: ModuleType = schemes) -> dict[str, type[Scheme]]:
    """Name -> scheme, for all that the package's modules define. Failure if two have the same name."""
    found: dict[str, type[Scheme]] = {}
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        for candidate in vars(module).values():
            if not _is_scheme(candidate) or candidate.__module__ != module.__name__:
                continue
            if candidate.name in found:
                first = found[candidate.name]
                raise Failure(
                    f"two schemes are called {candidate.name!r}: "
                    f"{first.__module__}:{first.__name__} and {module.__name__}:{candidate.__name__}"
                )
            found[candidate.name] = candidate
    return dict(sorted(found.items()))


def find_scheme(name: str) -> type[Scheme]:
    """The scheme of that name, or the class at `module:Class`. Failure in one line."""
    known = known_schemes()
    if name in known:
        return known[name]
    if ":" not in name:
        raise Failure(
            f"unknown scheme {name!r}: known are {', '.join(known)}; or module:Class for one of your own"
        )
    scheme = _load(name)
    if scheme.name in known and known[scheme.name] is not scheme:
        raise Failure(f"{name} calls itself {scheme.name!r}, which is taken: give it another name")
    return scheme


def _load(path: str) -> type[Scheme]:
    module_name, _, class_name = path.partition(":")
    # As `python -m` does, so that a module in the working directory is found.
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise Failure(f"{path}: cannot be imported: {type(error).__name__}: {error}") from None
    candidate = getattr(module, class_name, None)
    if candidate is None:
        raise Failure(f"{path}: {module_name} has no {class_name or 'class name after the colon'}")
    if not _is_scheme(candidate):
        raise Failure(
            f"{path}: not a scheme: subclass servers.contract.scheme.Scheme, implement it and set its name"
        )
    return candidate  # type: ignore[no-any-return]


def _is_scheme(candidate: object) -> bool:
    return (
        isinstance(candidate, type)
        and issubclass(candidate, Scheme)
        and not inspect.isabstract(candidate)
        and isinstance(getattr(candidate, "name", None), str)
    )
