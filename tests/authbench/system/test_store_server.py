"""INFO as servers answer it, and error replies as redis-py hands them on."""

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    NoPermissionError,
    ResponseError,
)

from authbench.system.store_server import StoreServer, advice, evicts, identify, refusal, told


@pytest.mark.parametrize(
    ("info", "server"),
    [
        (
            {"redis_version": "7.0.15", "mem_allocator": "jemalloc-5.3.0"},
            ("Redis", "7.0.15", "jemalloc-5.3.0"),
        ),
        (
            {
                "redis_version": "7.2.4",
                "server_name": "valkey",
                "valkey_version": "9.1.2",
                "mem_allocator": "libc",
            },
            ("Valkey", "9.1.2", "libc"),
        ),
        ({"redis_version": "7.4.0", "dragonfly_version": "df-v1.40.1"}, ("Dragonfly", "1.40.1", None)),
        ({"garnet_version": "2.1.5"}, ("Garnet", "2.1.5", None)),
        # KeyDB says nothing that a Redis would not say: it is not guessed at.
        (
            {
                "redis_version": "6.3.4",
                "executable": "/usr/bin/keydb-server",
                "mem_allocator": "jemalloc-5.2.1",
            },
            ("Redis", "6.3.4", "jemalloc-5.2.1"),
        ),
        ({}, ("Redis", "", None)),
    ],
)
def test_a_server_is_called_what_it_calls_itself(
    info: dict[str, object], server: tuple[str, str, str | None]
) -> None:
    assert identify(info) == StoreServer(*server)


def test_it_is_named_with_version_and_allocator() -> None:
    assert str(StoreServer("Valkey", "9.1.2", "libc")) == "Valkey 9.1.2, allocator libc"
    assert str(StoreServer("Redis", "", None)) == "Redis of unknown version, allocator unknown"


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ({"redis_mode": "sentinel"}, "a sentinel"),
        ({"server_mode": "sentinel"}, "a sentinel"),
        ({"redis_mode": "cluster"}, "cluster mode"),
        ({"server_mode": "cluster", "cluster_enabled": 1}, "cluster mode"),
        ({"redis_mode": "standalone", "cluster_enabled": 1}, "cluster mode"),
        ({"role": "slave", "master_host": "10.0.0.1", "master_port": 6379}, "its primary, 10.0.0.1:6379"),
    ],
)
def test_what_keeps_no_login_is_refused(info: dict[str, object], says: str) -> None:
    assert says in str(refusal(info))


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"redis_mode": "standalone", "role": "master", "cluster_enabled": 0},
        {"server_mode": "standalone", "role": "master"},
    ],
)
def test_what_keeps_logins_is_not(info: dict[str, object]) -> None:
    assert refusal(info) is None


@pytest.mark.parametrize(
    ("info", "policy"),
    [
        ({"maxmemory": 1024, "maxmemory_policy": "allkeys-lru"}, "allkeys-lru"),
        ({"maxmemory": 1024, "maxmemory_policy": "volatile-ttl"}, "volatile-ttl"),
        ({"maxmemory": 0, "maxmemory_policy": "allkeys-lru"}, None),
        ({"maxmemory": 1024, "maxmemory_policy": "noeviction"}, None),
        ({}, None),
    ],
)
def test_what_drops_keys(info: dict[str, object], policy: str | None) -> None:
    assert evicts(info) == policy


def wrapped(cause: Exception) -> Exception:
    """As redis-py raises what is refused while it connects."""
    error = ConnectionError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "line", "what_to_do"),
    [
        (
            ResponseError("MISCONF Redis is unable to persist to disk. Commands that may modify ..."),
            "MISCONF Redis is unable to persist to disk",
            "stop-writes-on-bgsave-error",
        ),
        (
            NoPermissionError("User a has no permissions to run the 'get' command", status_code="NOPERM"),
            "NOPERM User a has no permissions to run the 'get' command",
            "ACL SETUSER",
        ),
        (
            wrapped(AuthenticationError("invalid username-password pair", status_code="WRONGPASS")),
            "WRONGPASS invalid username-password pair",
            "refuses these credentials",
        ),
        (
            BusyLoadingError("Redis is loading the dataset in memory", status_code="LOADING"),
            "LOADING Redis is loading the dataset in memory",
            "start again when it has",
        ),
        (
            ResponseError("BUSY Redis is busy running a script. You can only"),
            "BUSY Redis is busy",
            "SCRIPT KILL",
        ),
        (
            ResponseError("DENIED Redis is running in protected mode because. In this"),
            "DENIED Redis is running in protected mode because",
            "requirepass",
        ),
        (ResponseError("CLUSTERDOWN Hash slot not served"), "CLUSTERDOWN Hash slot", "cluster-enabled no"),
        (
            ResponseError("unknown command 'AUTH', with args beginning with: 's3cret' 'key'"),
            "unknown command 'AUTH'",
            "6.2",
        ),
        (ConnectionError("Error 111 connecting to 127.0.0.1:1. Refused."), "Error 111 connecting", ""),
        (
            ConnectionError("Error 1 connecting. certificate verify failed: self-signed"),
            "Error 1",
            "--redis-ca-file",
        ),
        (
            ConnectionError("certificate verify failed: certificate is not valid for 'x'"),
            "certificate verify",
            "by a name that its certificate has",
        ),
        (ConnectionError("certificate verify failed: certificate has expired"), "certificate", "renew"),
        (ConnectionError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "[SSL", "redis:// in place of"),
        (ConnectionError("Timeout connecting to server"), "Timeout", "correct its address"),
        (ConnectionError("(104, 'Connection reset by peer')"), "(104", "rediss:// in place of"),
        (ConnectionError("EOF occurred in violation of protocol"), "EOF", "ssl_certfile=FILE"),
        (ResponseError("two\r\nlines"), "two lines", ""),
    ],
)
def test_a_refusal_is_one_line_with_what_to_do_and_without_what_was_sent(
    error: Exception, line: str, what_to_do: str
) -> None:
    assert told(error).startswith(line)
    assert "\n" not in told(error)
    assert "s3cret" not in told(error)
    assert "You can only" not in told(error)
    assert what_to_do in advice(error)
    assert bool(advice(error)) == bool(what_to_do)
