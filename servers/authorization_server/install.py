"""Add the OAuth 2 endpoints to an application."""

from fastapi import FastAPI

from authbench.contracts.failure import Failure
from servers.answers.whole_paths import match_whole_paths
from servers.authorization_server.authorize import AuthorizationEndpoint
from servers.authorization_server.clients import Clients
from servers.authorization_server.codes import Codes
from servers.authorization_server.errors import answering
from servers.authorization_server.metadata import Metadata
from servers.authorization_server.revoke_introspect import TokenQuestions
from servers.authorization_server.token_endpoint import TokenEndpoint
from servers.contract.scheme import Scheme
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.part import redis_of
from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs
from servers.stores.redis.scripts import TAKE_CODE


async def install(app: FastAPI, scheme: Scheme) -> RedisStore:
    """Add the endpoints; return the store they use, which the caller stops. Failure in one line."""
    settings = scheme.settings
    credential = scheme.credential if isinstance(scheme, ComposedScheme) else None
    if (
        not isinstance(scheme, ComposedScheme)
        or not isinstance(credential, Signed)
        or credential.bound
        or credential.carrier.set_by_answers
    ):
        raise Failure(
            f"{scheme.name} does not support OAuth: choose a scheme that refreshes, such as jwt-rs256"
        )
    renewal = scheme.renewal
    if settings.redis_url is None or renewal is None:
        raise Failure("OAuth keeps codes and refresh tokens in Redis: give --redis-url")
    redis = redis_of(settings)
    await redis.start(1, Needs(settings.redis_key_prefix, ("SET", "GET"), (TAKE_CODE,)))
    clients = Clients.read(settings.oauth_clients_file, settings.demo_accounts)
    codes = Codes(redis, settings.redis_key_prefix)
    authorization = AuthorizationEndpoint(clients, codes, settings.public_origin)
    grants = TokenEndpoint(scheme, renewal, clients, codes)
    questions = TokenQuestions(credential, renewal, scheme.revocation, clients)
    metadata = Metadata(scheme, credential.signer)
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
    match_whole_paths(app)
    return redis
