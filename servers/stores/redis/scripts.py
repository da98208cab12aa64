"""The Lua scripts in `lua/`: each runs in Redis as one step, and each says in its head what it does."""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Script:
    """A script's source, and the SHA-1 by which EVALSHA calls it."""

    name: str
    source: str
    sha: str

    @property
    def commands(self) -> frozenset[str]:
        """What it calls whatever its arguments are, those of `index.lua` among them: Redis asks for the right
        to each.
        """
        return frozenset(_CALLED.findall(self.source)) - _CALLED_IF_ASKED


_CALLED_IF_ASKED = {"PUBLISH", "INCR"}
"""Only for who gives a channel, or the key of a version: they name the command among their own."""
_CALLED = re.compile(r"(?:redis\.call|in_portions)\('([A-Z]+)'")


def _read(name: str) -> Script:
    folder = files("servers.stores.redis") / "lua"
    source = "\n".join((folder / part).read_text("utf-8") for part in ("index.lua", f"{name}.lua"))
    # Redis names scripts so; nothing is protected by it.
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


END_ALL = _read("end_all")
END_ONE = _read("end_one")
CREATE_SESSION = _read("create_session")
END_SESSION = _read("end_session")
REPLACE_SESSIONS = _read("replace_sessions")
RESCOPE_SESSIONS = _read("rescope_sessions")
CREATE_HASH = _read("create_hash")
END_HASH = _read("end_hash")
REPLACE_HASHES = _read("replace_hashes")
RESCOPE_HASHES = _read("rescope_hashes")
CREATE_FAMILY = _read("create_family")
ROTATE_FAMILY = _read("rotate_family")
END_FAMILY = _read("end_family")
RESCOPE_FAMILIES = _read("rescope_families")
END_FAMILIES = _read("end_families")
DENY = _read("deny")
TAKE_CODE = _read("take_code")
