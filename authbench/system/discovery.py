"""Find the classes of a folder: a new file there is one more class, and no list names it.

Attacks, drills, telemetry readings, schemes (`servers.discovery`) and validity rules
(`analysis.rules.discovery`) are found so.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import hint


def find_classes(package: ModuleType, base: type[Any], key: str = "name") -> dict[str, Any]:
    """Map the attribute `key` of each class that a module of the package defines to the class, sorted by key.

    The classes are the subclasses of `base` that `is_concrete`. Failure if two have the same key.
    """
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for candidate in vars(module).values():
            if not is_concrete(candidate, base, key) or candidate.__module__ != module.__name__:
                continue
            value = getattr(candidate, key)
            if value in found:
                first, second = (f"{each.__module__}:{each.__name__}" for each in (found[value], candidate))
                raise Failure(f"{first} and {second} have the same {key} {value!r}: give one of them another")
            found[value] = candidate
    return dict(sorted(found.items()))


def is_concrete(candidate: object, base: type[Any], key: str = "name") -> bool:
    """Whether the candidate is a subclass of `base` without abstract methods, whose `key` is a text."""
    return (
        inspect.isclass(candidate)
        and issubclass(candidate, base)
        and not inspect.isabstract(candidate)
        and isinstance(getattr(candidate, key, None), str)
    )


def unknown(what: str, name: str, known: Iterable[str], otherwise: str = "") -> Failure:
    """The error for a name that is not known. It hints at the nearest known name, then at `otherwise`."""
    return Failure(f"unknown {what} {name!r}: {hint(name, known)}{otherwise}")
