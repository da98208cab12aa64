"""Giving an application its OAuth 2 face."""

from fastapi import FastAPI

from authbench.failure import Failure
from servers.contract import Scheme
from servers.oauth.face.authorize import AuthorizationEndpoint
from servers.oauth.face.clients import Clients
from servers.oauth.face.codes import Codes
from servers.oauth.face.errors import answering
from servers.oauth.face.metadata import Metadata
from servers.oauth.face.token_endpoint import TokenEndpoint
from servers.oauth.face.tokens import TokenQuestions
from servers.schemes.jwt_dpop import DpopTokens
from servers.stores.needs import Needs
from servers.stores.redis import RedisStore
from servers.stores.scripts import TAKE_CODE
from servers.token_scheme import TokenScheme


async def install(app: FastAPI, scheme: Scheme) -> RedisStore:
    """Add the endpoints; the store they use, for the caller to stop. Failure in one line."""
    settings = scheme.settings
    if not isinstance(scheme, TokenScheme) or isinstance(scheme, DpopTokens):
        raise Failure(f"{scheme.name} has no OAuth face: choose a scheme that refreshes, such as jwt-rs256")
    if settings.redis_url is None:
        raise Failure("the OAuth face keeps codes and refresh tokens in Redis: give --redis-url")
    redis = RedisStore(settings.redis_url, settings.store_deadline_ms / 1000, settings.store_connections)
    await redis.start(1, Needs(settings.redis_key_prefix, ("SET", "GET"), (TAKE_CODE,)))
    clients = Clients.read(settings.oauth_clients_file, settings.demo_accounts)
    codes = Codes(redis, settings.redis_key_prefix)
    authorization = AuthorizationEndpoint(clients, codes, settings.public_origin)
    grants = TokenEndpoint(scheme, clients, codes)
    questions = TokenQuestions(scheme, clients)
    metadata = Metadata(scheme)
    for path, methods, handler in (
        ("/oauth/authorize", ["GET", "POST"], authorization.answer),
        ("/oauth/token", ["POST"], answering(grants.answer)),
        ("/oauth/revoke", ["POST"], answering(questions.revoke)),
        ("/oauth/introspect", ["POST"], answering(questions.introspect)),
        ("/.well-known/oauth-authorization-server", ["GET"], metadata.server),
        ("/.well-known/jwks.json", ["GET"], metadata.keys),
    ):
        # HEAD comes with GET; any other method is 405, with Allow.
        app.add_route(path, handler, methods=methods, include_in_schema=False)
    return redis
