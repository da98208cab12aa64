"""What sessions in a table ask the database for. A card needs it without loading a database library."""

from servers.stores.sessions import Asks

ASKS = Asks(
    read={"select": 1, "update": 1},
    again={"select": 1},
    # The user's epoch; its row, which is held; the session.
    login={"select": 1, "insert": 2},
    end={"delete": 1},
    end_all={"insert": 1, "delete": 1},
)
