"""Users are logged in with a credential each, renewed before it expires, and dealt so that none is shared."""

from typing import Any

import pytest

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.target.check import check_variant
from loadtests.harness.target.crowd import Crowd
from loadtests.harness.target.users import User
from tests.loadtests.harness.target.shop import (
    HERE,
    PASSWORD,
    USERS,
    Shop,
    running,
    session_variant,
    token_variant,
)
from tests.loadtests.harness.target.test_check import target_of

ALL = [User(name, PASSWORD) for name in USERS]


def crowd_of(shop: Shop, variant: dict[str, Any], users: list[User], slice_s: float = 2) -> Crowd:
    target = target_of(shop.url, variant, run={"slice_s": slice_s})
    return Crowd("arm", check_variant(target, target.variants[0], users[0], HERE), users)


def test_every_user_has_requests_of_its_own_with_the_body_that_is_right_for_it() -> None:
    endpoints = [{"path": "/me"}, {"path": "/moving", "body": "any"}]
    with running(Shop()) as shop:
        reads = crowd_of(shop, session_variant(endpoints=endpoints), ALL).reads()
    assert len(reads) == 2 * len(ALL)
    assert [read.path for read in reads[:: len(ALL)]] == ["/me", "/moving"]
    assert reads[3].expect == '{"name":"user-003"}'
    assert reads[len(ALL)].expect is None
    assert len({read.headers["Cookie"] for read in reads}) == len(ALL)
    one, other = ({read.headers["Cookie"] for read in reads[number::2]} for number in range(2))
    assert not one & other, "what one load generator presents, the other does not"


def test_a_credential_is_renewed_before_a_slice_that_it_would_not_outlive() -> None:
    with running(Shop(token_s=20)) as shop:
        crowd = crowd_of(shop, token_variant(), ALL[:5])
        before = [read.headers for read in crowd.reads()]
        assert crowd.renew(1) is None
        renewal = crowd.renew(12)
        assert renewal is not None
        assert (renewal.by, renewal.sent, renewal.renewed, len(renewal.took_ns)) == ("refresh", 5, 5, 5)
        after = [read.headers for read in crowd.reads()]
        assert all(old != new for old, new in zip(before, after, strict=True))
        crowd.require_alive()
        assert [canary.as_expected for canary in crowd.canaries()] == [True, True, True]


def test_a_refresh_that_is_refused_ends_the_run() -> None:
    with running(Shop(token_s=20)) as shop:
        crowd = crowd_of(shop, token_variant(), ALL[:2])
        shop.refresh_tokens.clear()
        with pytest.raises(
            Failure, match="a credential was not renewed: token: POST /refresh answers 401"
        ) as told:
            crowd.renew(12)
        assert told.value.exit_code is ExitCode.INVALID


def test_a_service_that_keeps_one_login_of_a_user() -> None:
    with running(Shop()) as shop:
        crowd = crowd_of(shop, session_variant(), ALL[:2])
        shop.sessions.clear()
        with pytest.raises(Failure, match="the service keeps one login of a user"):
            crowd.require_alive()


def test_a_service_that_is_gone_is_told_as_such() -> None:
    with running(Shop()) as shop:
        crowd = crowd_of(shop, session_variant(), ALL[:2])
        crowd.require_up()
    for asked, told in ((crowd.require_up, "stopped answering"), (crowd.require_alive, "is the service up")):
        with pytest.raises(Failure, match=told) as failure:
            asked()
        assert failure.value.exit_code is ExitCode.INVALID


def test_users_who_may_not_log_in() -> None:
    with running(Shop()) as shop, pytest.raises(Failure, match="POST /login answers 401 instead of 200"):
        crowd_of(shop, session_variant(), [*ALL[:2], User("nobody", PASSWORD)])
