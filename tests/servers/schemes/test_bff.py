"""A session at the edge and a token behind it: the session decides, the token only stands for it."""

import time
from pathlib import Path

import jwt
import pytest

from servers.contract.claims import new_claims
from servers.contract.errors import Unauthenticated
from servers.keys.key_directory import replace_keys
from servers.schemes import bff
from servers.schemes.bff import BackendForFrontend
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import started
from tests.servers.stores.session_stores import run


def test_one_token_serves_many_requests_and_says_what_the_session_says(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        async with started(BackendForFrontend, redis_server) as scheme:
            (credential,) = await scheme.seed([new_claims("alice", "user audit", 3600)])
            asking = request(*credential.headers.items())
            for _ in range(3):
                assert (await scheme.authenticate(asking)).scopes == ("user", "audit")
            ((token, _, _),) = scheme._inside._tokens.values()
            said = jwt.decode(token, options={"verify_signature": False})
            assert 0 < said["exp"] - said["iat"] <= 60
            await scheme.role_changed("alice", "user")
            assert (await scheme.authenticate(asking)).scopes == ("user",)
            ((other, _, _),) = scheme._inside._tokens.values()
            assert other != token

    run(inside())


def test_a_token_that_is_still_good_does_not_outlive_its_session(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        async with started(BackendForFrontend, redis_server) as scheme:
            (credential,) = await scheme.seed([new_claims("alice", "user", 3600)])
            asking = request(*credential.headers.items())
            await scheme.authenticate(asking)
            await scheme.end_all("alice")
            with pytest.raises(Unauthenticated):
                await scheme.authenticate(asking)
            (short,) = await scheme.seed([new_claims("bob", "user", 5)])
            await scheme.authenticate(request(*short.headers.items()))
            token = list(scheme._inside._tokens.values())[-1][0]
            said = jwt.decode(token, options={"verify_signature": False})
            assert said["exp"] - said["iat"] <= 5

    run(inside())


def test_what_is_inside_takes_no_token_but_its_own(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        async with started(BackendForFrontend, redis_server) as scheme:
            with pytest.raises(Unauthenticated):
                scheme._inside.verified(
                    jwt.encode(new_claims("alice", "user", 60).as_dict(), "k" * 32, "HS256")
                )

    run(inside())


def test_a_session_outlives_the_key_of_its_token(redis_server: RedisProcess, tmp_path: Path) -> None:
    """Keys that have leaked are replaced: the session is in the store, and is as good as before."""
    keys = tmp_path / "keys"

    async def inside() -> None:
        async with started(BackendForFrontend, redis_server, keys_directory=str(keys)) as scheme:
            (credential,) = await scheme.seed([new_claims("alice", "user", 3600)])
            asking = request(*credential.headers.items())
            assert (await scheme.authenticate(asking)).sub == "alice"
            replace_keys(keys, time.time())
            assert scheme.keys.reread()
            scheme.prepare()
            assert (await scheme.authenticate(asking)).sub == "alice"

    run(inside())


def test_tokens_kept_are_bounded(redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    async def inside() -> None:
        monkeypatch.setattr(bff, "_TOKENS", 3)
        async with started(BackendForFrontend, redis_server) as scheme:
            for credential in await scheme.seed([new_claims(f"u{n}", "user", 3600) for n in range(6)]):
                await scheme.authenticate(request(*credential.headers.items()))
            assert len(scheme._inside._tokens) == 3

    run(inside())
