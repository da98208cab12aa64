"""Tell Redis, Valkey and others apart, and explain what their refusals mean.

They speak one protocol. INFO says which server it is; error replies begin with a code that all of them share.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authbench.contracts.records import describe_store

_NAMES = {"valkey": "Valkey", "dragonfly": "Dragonfly", "garnet": "Garnet"}
"""Servers that state a version of their own, as `<key>_version` in INFO server. What they state as
`redis_version` is the Redis they are compatible with. KeyDB states nothing: it is told by that alone."""


@dataclass(frozen=True)
class StoreServer:
    """What a store server says of itself. `version` is empty and `allocator` None where it says nothing."""

    name: str
    version: str
    allocator: str | None

    def __str__(self) -> str:
        return describe_store(self.name, self.version, self.allocator)


def identify(info: Mapping[str, object]) -> StoreServer:
    """Name the server, from the parsed sections `server` and `memory` of INFO."""
    allocator = info.get("mem_allocator")
    stated = None if allocator is None else str(allocator)
    for key, name in _NAMES.items():
        if f"{key}_version" in info:
            # Dragonfly writes df-v1.40.1.
            return StoreServer(name, str(info[f"{key}_version"]).removeprefix("df-v"), stated)
    return StoreServer("Redis", str(info.get("redis_version", "")), stated)


def refusal(info: Mapping[str, object]) -> str | None:
    """Say why the server can keep no login, and what to do, from all sections of INFO; None: no reason known.

    Such a server answers PING, and fails the first request that writes.
    """
    # Valkey renamed the field; it keeps the old name where extended-redis-compatibility is on.
    mode = info.get("server_mode", info.get("redis_mode"))
    if mode == "sentinel":
        return "it is a sentinel, which keeps no data: give redis+sentinel://HOST:PORT/SERVICE/0"
    if mode == "cluster" or str(info.get("cluster_enabled")) == "1":
        return _ADVICE["CROSSSLOT"]
    if info.get("role") == "slave":
        primary = f"{info.get('master_host')}:{info.get('master_port')}"
        return f"it is a replica and takes no writes: give the URL of its primary, {primary}"
    return None


def evicts(info: Mapping[str, object]) -> str | None:
    """The policy by which the server drops keys once its memory is full; None: it never does."""
    policy = str(info.get("maxmemory_policy", "noeviction"))
    return policy if str(info.get("maxmemory", 0)) != "0" and policy != "noeviction" else None


IN_A_CLUSTER = (
    "it runs in cluster mode, and one login has keys in several slots (Lua scripts change them in one step): "
    "give one that has cluster-enabled no; for failover, sentinels (redis+sentinel://)"
)
"""Why none is used, and what to do. A script may only touch keys of one slot (the cluster specification)."""
_PASSWORD = "name a user and a password that it knows, redis://USER:PASSWORD@HOST:PORT/0"  # noqa: S105
_ADVICE = {
    "NOAUTH": f"it wants a password: {_PASSWORD}",
    "WRONGPASS": f"it refuses these credentials: {_PASSWORD}",
    "NOPERM": "let this user run every command on the keys and channels of its prefix (ACL SETUSER)",
    "DENIED": "it is in protected mode, with no password and for its own machine only: set requirepass there",
    "READONLY": "it is a replica and takes no writes: give the URL of its primary",
    "MASTERDOWN": "it is a replica that has lost its primary: give the URL of one that is up",
    "NOREPLICAS": "it takes no writes while it has too few replicas: start more, or min-replicas-to-write 0",
    "LOADING": "it is still loading its data: start again when it has",
    "BUSY": "a script runs there and does not end: SCRIPT KILL, then start again",
    "MISCONF": "it cannot save and takes no writes: mend its disk, or set stop-writes-on-bgsave-error no",
    "OOM": "its memory is full: raise maxmemory",
    **dict.fromkeys(("MOVED", "ASK", "TRYAGAIN", "CROSSSLOT", "CLUSTERDOWN"), IN_A_CLUSTER),
}
"""What to do, by the code that an error reply begins with (the server's source: `shared` in server.c, ACLs in
acl.c)."""
_NO_TLS = "where it does not speak TLS, give redis:// in place of rediss://"
_CERTIFICATE = "where it wants a certificate of its clients, add ?ssl_certfile=FILE&ssl_keyfile=FILE"
_TLS = f"where it speaks TLS, give rediss:// in place of redis://; {_CERTIFICATE}"
_ADVICE_BY_WORDS = {
    "certificate is not valid for": "give the host by a name that its certificate has",
    "certificate has expired": "renew its certificate",
    "certificate verify failed": "name the authority that signed its certificate: --redis-ca-file FILE, or "
    "?ssl_ca_certs=FILE in the URL",
    "certificate required": _CERTIFICATE,
    "wrong version number": _NO_TLS,
    "record layer failure": _NO_TLS,
    **dict.fromkeys(("connection closed by server", "reset by peer", "eof occurred in violation"), _TLS),
    "timeout connecting to server": f"start it, or correct its address; {_NO_TLS}",
    "unknown command": "Redis 6.2 or newer is needed, or Valkey: GETEX and GETDEL came with it",
    "without any password configured": "leave the password out of the URL, or set one there",
    "no password is set": "leave the password out of the URL, or set one there",
}
"""The same for replies whose code is only ERR, or was taken off, and for what redis-py and OpenSSL say. The
first one counts."""


def advice(error: Exception) -> str:
    """What to do about a refusal; empty where the error says all that is known.

    An error may know it itself, as `what_to_do`.
    """
    known = (getattr(each, "what_to_do", "") for each in (error, error.__cause__))
    text = str(error).lower()
    by_words = (what_to_do for words, what_to_do in _ADVICE_BY_WORDS.items() if words in text)
    return next(filter(None, known), "") or _ADVICE.get(_code(error)) or next(by_words, "")


def told(error: Exception) -> str:
    """The cause of a failure in one line, without what was sent: a command's arguments may be secret."""
    text = " ".join(str(error).split())
    # ERR unknown command 'AUTH', with args beginning with: 'secret'
    text = text.partition(", with args beginning with")[0]
    code = _code(error)
    if code not in _ADVICE:
        return text
    # The sentences after the first are advice for another reader.
    return f"{code} {text.removeprefix(code).strip().partition('. ')[0]}"


def _code(error: Exception) -> str:
    """What an error reply begins with.

    redis-py takes codes that it knows off the text, to `status_code`, and wraps a refusal while it connects.
    """
    codes = (getattr(one, "status_code", None) for one in (error, error.__cause__))
    return str(next(filter(None, codes), None) or str(error).partition(" ")[0])
