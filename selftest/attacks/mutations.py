"""The mutations: servers with one thing broken, the server that they would be without it, and the rows that
must turn red because of it.

Most stand in servers/vulnerable/ and declare their rows themselves. A listed scheme that has a weakness of
its own serves as one beside another listed scheme that has not.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

from authbench.system.discovery import find_classes
from loadtests.attacks.attack import find_attacks
from loadtests.attacks.bound_tokens.replay import REPLAY_STORE
from loadtests.attacks.laboratory.condition import Control
from servers import vulnerable
from servers.discovery import known_schemes
from servers.vulnerable.vulnerable import Vulnerable

WITHOUT_MUTATION: Mapping[str, str] = {
    "C4": "script in the page may do what the user may, under every scheme: no server resists it",
}
"""Rows that nothing can turn red, and why."""


@dataclass(frozen=True)
class Mutation:
    """One thing broken, and what must notice."""

    name: str
    broken: Control
    sound: Control
    """The same server without it."""
    falls_to: frozenset[str]


def all_mutations() -> list[Mutation]:
    """Those of servers/vulnerable/ by name, then the listed schemes.

    Servers that declare no row are none: their docstrings name the other command that must notice them.
    """
    return [*_vulnerable(), *_LISTED]


def _vulnerable() -> list[Mutation]:
    found = {
        name: scheme
        for folder in pkgutil.iter_modules(vulnerable.__path__, f"{vulnerable.__name__}.")
        if folder.ispkg
        for name, scheme in find_classes(importlib.import_module(folder.name), Vulnerable).items()
    }
    return [_mutation(name, scheme) for name, scheme in sorted(found.items()) if scheme.falls_to]


def _mutation(name: str, scheme: type[Vulnerable]) -> Mutation:
    path = f"{scheme.__module__}:{scheme.__name__}"
    listed = known_schemes()
    sound = next(base.name for base in scheme.__mro__ if listed.get(getattr(base, "name", "")) is base)
    controls = (attack.control for attack in find_attacks().values() if attack.control.scheme == path)
    settings = {field: value for control in controls for field, value in control.settings.items()}
    return Mutation(name, Control(path, settings), Control(sound), frozenset(scheme.falls_to))


def _instead(broken: str, sound: str, *falls_to: str) -> Mutation:
    """A listed scheme with a weakness, and one without it."""
    return Mutation(f"{broken} for {sound}", Control(broken), Control(sound), frozenset(falls_to))


_LISTED = (
    _instead("session-signed-cookie", "session-redis", "A3", "D3", "E1", "E5", "E6", "E7", "F1", "I2"),
    _instead("session-redis-rewrite", "session-redis", "E4"),
    _instead("jwt-refresh-static", "jwt-hs256", "H1", "H4", "H9", "H11"),
    _instead("jwt-hs256", "jwt-denylist", "C5", "E1", "E5", "E6", "H5"),
    _instead("jwt-hs256", "jwt-rs256", "I2"),
    _instead("jwt-hs256", "jwt-refresh-grace", "H3"),
    _instead("jwt-hs256", "jwt-cookie", "C1", "C2", "C3", "C5", "C6", "H3", "H5"),
    Mutation(
        "jwt-dpop that forgets used proofs",
        Control("jwt-dpop", {REPLAY_STORE: False}),
        Control("jwt-dpop", {REPLAY_STORE: True}),
        frozenset({"L2", "L5"}),
    ),
)
