"""Orders, numbered from 1 for each user. Every operation may raise `DatabaseUnavailable`."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from servers.contract.errors import DatabaseUnavailable
from servers.database.engine import ORDERS, Database

NEWEST = 20
_ATTEMPTS = 10
"""Two simultaneous orders of one user may get the same number: one of them tries again."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, in the order of its JSON members."""

    id: int
    item: str
    quantity: int


class Orders:
    """The orders of all users of one server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, sub: str) -> list[Order]:
        """The last `NEWEST` orders of the user, the newest first."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(_LIST, {"who": sub})).all()
        return [Order(*row) for row in rows]

    async def add(self, sub: str, item: str, quantity: int) -> Order:
        values = {"who": sub, "what": item, "how_many": quantity}
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.transaction() as connection:
                    number = (await connection.execute(_ADD, values)).scalar_one()
            except IntegrityError:
                continue
            return Order(number, item, quantity)
        raise DatabaseUnavailable("too many simultaneous orders of one user")

    async def count(self) -> int:
        async with self._database.transaction() as connection:
            return int((await connection.execute(_COUNT)).scalar_one())


_LIST = (
    select(ORDERS.c.number, ORDERS.c.item, ORDERS.c.quantity)
    .where(ORDERS.c.sub == bindparam("who"))
    .order_by(ORDERS.c.number.desc())
    .limit(NEWEST)
)
# One statement: SQLite takes its write lock before it reads the greatest number.
_ADD = (
    insert(ORDERS)
    .values(
        sub=bindparam("who"),
        number=select(func.coalesce(func.max(ORDERS.c.number), 0) + 1)
        .where(ORDERS.c.sub == bindparam("who"))
        .scalar_subquery(),
        item=bindparam("what"),
        quantity=bindparam("how_many"),
    )
    .returning(ORDERS.c.number)
)
_COUNT = select(func.count()).select_from(ORDERS)
