"""The tables of sessions in SQL, and every statement about them."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Delete,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)

from servers.stores.sql.statement_counter import HOUSEKEEPING

SCHEMA = MetaData()
SESSIONS = Table(
    "sessions",
    SCHEMA,
    # The SHA-256 of the id: who reads the table cannot use what is found there.
    Column("key", String(64), primary_key=True),
    Column("sub", String(255), nullable=False),
    Column("jti", String(64), nullable=False),
    Column("claims", Text, nullable=False),
    # That of the claims, unless it was changed since.
    Column("scope", String(255), nullable=False),
    Column("used_at", BigInteger),
    # The sooner of its two ends, idle or absolute, so that one index serves the sweep.
    Column("ends_at", BigInteger, nullable=False),
    Index("sessions_of", "sub", "jti"),
    Index("sessions_end", "ends_at"),
)
"""Times in Unix seconds; `used_at` is null before the first use."""
EPOCHS = Table(
    "session_epochs",
    SCHEMA,
    Column("sub", String(255), primary_key=True),
    Column("epoch", Integer, nullable=False),
)
"""How often all sessions of a user were ended. Whoever makes or ends them holds this row until the end of
the transaction, so the two happen one after the other."""

_C = SESSIONS.c
_KEY: BindParameter[str] = bindparam("by_key")
_SUB: BindParameter[str] = bindparam("by_sub")
_NOW: BindParameter[int] = bindparam("now")
_ALIVE = _C.ends_at > _NOW

READ = select(_C.claims, _C.scope, _C.used_at).where(_C.key == _KEY, _ALIVE)
TOUCH = update(SESSIONS).where(_C.key == _KEY).values(used_at=bindparam("used"), ends_at=bindparam("ends"))
CREATE = insert(SESSIONS)
END = delete(SESSIONS).where(_C.key.in_(bindparam("by_keys", expanding=True)))
OF_USER = select(_C.claims, _C.scope).where(_C.sub == _SUB, _ALIVE)
END_ONE = delete(SESSIONS).where(_C.sub == _SUB, _C.jti == bindparam("by_jti"), _ALIVE)
END_ALL = delete(SESSIONS).where(_C.sub == _SUB)
TAKE = delete(SESSIONS).where(_C.key == _KEY, _ALIVE).returning(_C.scope)
RESCOPE = update(SESSIONS).where(_C.sub == _SUB).values(scope=bindparam("new_scope"))
EPOCH = select(EPOCHS.c.epoch).where(EPOCHS.c.sub == _SUB)
# Core has ON CONFLICT for each database apart; SQLite and PostgreSQL write it alike.
HOLD_EPOCH = text(
    "INSERT INTO session_epochs (sub, epoch) VALUES (:by_sub, 0) "
    "ON CONFLICT (sub) DO UPDATE SET epoch = session_epochs.epoch RETURNING epoch"
)
NEXT_EPOCH = text(
    "INSERT INTO session_epochs (sub, epoch) VALUES (:by_sub, 1) "
    "ON CONFLICT (sub) DO UPDATE SET epoch = session_epochs.epoch + 1"
)


def _portion(*which: Any) -> Delete:
    """A portion of the sessions: the transaction that removes them has a deadline."""
    keys = select(_C.key).where(*which).limit(bindparam("portion"))
    return delete(SESSIONS).where(_C.key.in_(keys)).execution_options(**HOUSEKEEPING)


SWEEP = _portion(_C.ends_at <= _NOW)
CLEAR = _portion()
CLEAR_EPOCHS = delete(EPOCHS).execution_options(**HOUSEKEEPING)
