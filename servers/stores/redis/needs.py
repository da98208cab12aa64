"""What a part of the server asks of its Redis, tried once at the start without leaving anything behind."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from servers.stores.redis.scripts import Script

_KEPT_S = 10
"""The key that is tried with ends by itself, should the last command not be carried out."""
_ONE = "return 1"
# Redis names scripts so; nothing is protected by it.
_ONE_SHA = hashlib.sha1(_ONE.encode(), usedforsecurity=False).hexdigest()

Command = tuple[str | int, ...]


@dataclass(frozen=True)
class Needs:
    """Commands that are sent, scripts that are run (with the commands inside them), and keys' first part."""

    prefix: str
    commands: tuple[str, ...]
    scripts: tuple[Script, ...] = ()


def _tried(key: str) -> Iterable[Command]:
    """Every command the stores know, in a form that only ever touches a string under `key`.

    Rights, slots, replicas and memory are looked at before a command is carried out, so one that then finds
    a value of the wrong type has shown what was to be shown, and has made nothing. What removes the key
    comes last.
    """
    now_s = int(time.time())
    yield "SET", key, "0", "EX", _KEPT_S
    yield "INCR", key
    yield "GET", key
    yield "GETEX", key, "EX", _KEPT_S
    yield "MGET", key
    yield "EXISTS", key
    yield "EXPIRE", key, _KEPT_S
    yield "EXPIREAT", key, now_s + _KEPT_S
    yield "PEXPIREAT", key, (now_s + _KEPT_S) * 1000
    yield "HSET", key, "field", "value"
    yield "HGET", key, "field"
    yield "HMGET", key, "field"
    yield "HGETALL", key
    yield "ZADD", key, 0, "member"
    yield "ZREM", key, "member"
    yield "ZRANGE", key, 0, 0
    yield "ZRANGEBYSCORE", key, 0, 0
    yield "ZREMRANGEBYSCORE", key, 0, 0
    yield "PUBLISH", key, ""
    yield "GETDEL", key
    yield "DEL", key


async def first_refusal(redis: "Redis", needs: Needs) -> RedisError | None:
    """Load the scripts and try every needed command once, in one round trip; the first refusal, if any."""
    key = f"{needs.prefix}start:{secrets.token_urlsafe(8)}"
    needed = {*needs.commands, *(name for script in needs.scripts for name in script.commands)}
    tries: list[Command] = [("SCRIPT LOAD", script.source) for script in needs.scripts]
    if needs.scripts:
        # Two keys: in a cluster they are in two slots. EVAL is what a restarted Redis gets in its place.
        keys = (2, key, f"{key}:2")
        tries += [("EVAL", _ONE, *keys), ("EVALSHA", _ONE_SHA, *keys)]
    tries += [command for command in _tried(key) if command[0] in needed]
    async with redis.pipeline(transaction=False) as pipeline:
        for command in tries:
            pipeline.execute_command(*command)
        # Who may not remove the key waits until it ends: that is no refusal of what is needed.
        pipeline.execute_command("DEL", key)
        *replies, _ = await pipeline.execute(raise_on_error=False)
    return next((reply for reply in replies if isinstance(reply, RedisError) and not _harmless(reply)), None)


def _harmless(error: RedisError) -> bool:
    """Whether the command was let through and only did not like what it found."""
    return str(error).startswith("WRONGTYPE")
