"""Find the classes of a folder: a new file there is one more class, and no list names it."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from authbench.contracts.failure import Failure


def find_classes(package: ModuleType, base: type[Any]) -> dict[str, Any]:
    """Map `name` to each concrete subclass of `base` that a module of the package defines, sorted by name.

    Failure if two have the same name.
    """
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for candidate in vars(module).values():
            if not _is_concrete(candidate, base) or candidate.__module__ != module.__name__:
                continue
            if candidate.name in found:
                first = found[candidate.name].__module__
                raise Failure(f"{first} and {module.__name__} are both named {candidate.name!r}: rename one")
            found[candidate.name] = candidate
    return dict(sorted(found.items()))


def _is_concrete(candidate: Any, base: type[Any]) -> bool:
    return inspect.isclass(candidate) and issubclass(candidate, base) and not inspect.isabstract(candidate)


def unknown(what: str, name: str, known: Iterable[str]) -> Failure:
    """The error for a name that is not known: it suggests the nearest known name, or lists all of them."""
    near = difflib.get_close_matches(name, known := list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return Failure(f"unknown {what} {name!r}: {hint}")
