"""starsessions with its Redis store, and a new session id at every login."""

from starlette.requests import Request

from servers.libraries.starsessions_redis import StarsessionsRedis


class RegeneratedStarsessions(StarsessionsRedis):
    """The application calls `regenerate_session_id`, which leaves the session of the old id in the store."""

    name = "starsessions-redis-regenerated"
    shape = "Redis store, a new id at login: GET and SET per read."
    reason = (
        "As starsessions-redis, and an id that somebody planted before a login is worth nothing after it. "
        "Who logs in anew leaves the session before behind: a copy of its id is good until it expires."
    )

    def at_login(self, request: Request) -> None:
        self._starsessions.regenerate_session_id(request)
