"""What a user can do about all of its logins, behind every scheme that offers it."""

import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.contract.scheme import Offer
from servers.database.accounts import DEMO_PASSWORD
from servers.parsing.passwords import PASSWORD_MAX_LENGTH
from tests.servers.application.test_endpoints import assert_problem
from tests.servers.cards import CARDS, OFFERS, WITHOUT_PROOF
from tests.servers.conftest import Running, Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess, cookies_of
from tests.servers.test_refresh import refresh

PASSWORD = "a long enough one"
LISTING = [
    name
    for name in WITHOUT_PROOF
    if Offer.SESSIONS in OFFERS[name] and (CARDS[name].refreshes or CARDS[name].revocation_window_s == 0)
]
"""Those whose ended sessions are refused at once, as refresh tokens always are."""


@pytest.fixture(params=LISTING)
def listing(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    """Each scheme that shows a user all of its logins."""
    return running[request.param]


@pytest.fixture(params=[name for name in LISTING if CARDS[name].carrier == "cookie"])
def cookies(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    return running[request.param]


def assert_access_as_declared(server: ServerProcess, login: Reply) -> None:
    """Of an access token whose user has ended every login the card says when it is refused."""
    card = server.ask("card")
    opened = server.request("GET", "/me", server.credential(login)).status == 200
    if card["logout_ends_credential"] or card["disabled_window_s"] == 0:
        assert not opened
    elif card["disabled_window_s"] >= login.json["expires_in"]:
        assert opened


def user(server: ServerProcess, name: str) -> str:
    server.ask("account", username=name, password=PASSWORD, scope="user")
    return name


def alive(server: ServerProcess, login: Reply) -> bool:
    """Whether the login still gives access: by its session, or by its refresh token."""
    if "refresh_token" in login.json:
        # The list, because asking for a new token would end the old one.
        listed = server.request("GET", "/sessions", server.credential(login))
        if listed.status == 401:  # the access token has ended with its login
            return False
        handles = [item["id"] for item in listed.json["sessions"]]
        return login.json["refresh_token"].partition(".")[0] in handles
    return server.request("GET", "/me", server.credential(login)).status == 200


def change(server: ServerProcess, login: Reply, current: str, new: str) -> Reply:
    sent = {"Content-Type": "application/json", **server.changing(server.credential(login))}
    body = json.dumps({"current_password": current, "new_password": new})
    return server.request("POST", "/account/password", sent, body)


def everywhere(server: ServerProcess, login: Reply) -> Reply:
    return server.request("POST", "/logout-everywhere", server.changing(server.credential(login)))


def test_a_list_of_ones_own(listing: ServerProcess) -> None:
    server = listing
    one, other = (server.login(user(server, "lister"), PASSWORD) for _ in range(2))
    foreign = server.login()
    listed = server.request("GET", "/sessions", server.credential(one))
    assert listed.headers["cache-control"] == "no-store"
    items = listed.json["sessions"]
    assert len({item["id"] for item in items}) == 2
    for item in items:
        assert item["expires_at"] > item["issued_at"] > 0
        # The handle names it and opens nothing.
        for login in (one, other):
            assert item["id"] not in login.headers.get("set-cookie", "")
    current = sorted(str(item["current"]) for item in items)
    assert current == (["None", "None"] if "refresh_token" in one.json else ["False", "True"])
    own = server.request("GET", "/sessions", server.credential(foreign)).json["sessions"]
    assert not {item["id"] for item in own} & {item["id"] for item in items}
    assert_problem(server.request("GET", "/sessions"), 401)


def test_one_of_them_can_be_ended(listing: ServerProcess) -> None:
    server = listing
    one, other = (server.login(user(server, "picker"), PASSWORD) for _ in range(2))
    items = server.request("GET", "/sessions", server.credential(one)).json["sessions"]
    if "refresh_token" in other.json:
        handle = other.json["refresh_token"].partition(".")[0]
    else:
        (handle,) = [item["id"] for item in items if not item["current"]]
    sent = server.changing(server.credential(one))
    foreign = server.changing(server.credential(server.login()))
    assert_problem(server.request("DELETE", f"/sessions/{handle}", foreign), 404)
    assert_problem(server.request("DELETE", f"/sessions/{handle}", {"Origin": server.origin}), 401)
    assert alive(server, other)
    assert server.request("DELETE", f"/sessions/{handle}", sent).status == 204
    assert not alive(server, other)
    assert alive(server, one)
    for unknown in (handle, "A" * 22, "*", "x" * 5000, "%00"):
        assert_problem(server.request("DELETE", f"/sessions/{unknown}", sent), 404)
    listed = server.request("GET", "/sessions", server.credential(one)).json["sessions"]
    assert len(listed) == len(items) - 1


def test_logout_removes_it_from_the_list(cookies: ServerProcess) -> None:
    one, other = (cookies.login(user(cookies, "leaver"), PASSWORD) for _ in range(2))
    assert cookies.logout(cookies.credential(other)).status == 204
    assert len(cookies.request("GET", "/sessions", cookies.credential(one)).json["sessions"]) == 1


def test_logout_everywhere_ends_all_of_one_user(listing: ServerProcess) -> None:
    server = listing
    logins = [server.login(user(server, "everywhere"), PASSWORD) for _ in range(3)]
    foreign = server.login()
    assert all(alive(server, login) for login in logins)
    reply = everywhere(server, logins[1])
    assert (reply.status, reply.body) == (204, b"")
    assert not any(alive(server, login) for login in logins)
    assert alive(server, foreign)
    for login in logins:
        if "refresh_token" in login.json:
            assert refresh(server, login.json["refresh_token"]).status == 400
            assert_access_as_declared(server, login)
    assert alive(server, server.login("everywhere", PASSWORD))


def test_a_new_password_ends_every_login_and_the_browser_goes_on_with_a_new_id(
    listing: ServerProcess,
) -> None:
    server = listing
    one, other = (server.login(user(server, "changer"), PASSWORD) for _ in range(2))
    foreign = server.login()
    changed = change(server, one, PASSWORD, "another long one")
    assert (changed.status, changed.body) == (204, b"")
    assert not alive(server, other)
    assert not alive(server, one)
    assert alive(server, foreign)
    # The browser goes on under another id (ASVS 5.0 7.2.4); of an access token the card says what becomes.
    cookies = cookies_of(changed)
    assert bool(cookies) is (cookies_of(one) != {})
    if cookies:
        assert server.request("GET", "/me", cookies).json["sub"] == "changer"
        order = json.dumps({"item": "pen", "quantity": 1})
        sent = {"Content-Type": "application/json", **server.changing(cookies)}
        assert server.request("POST", "/orders", sent, order).status == 201
    else:
        assert_access_as_declared(server, one)
    assert server.login("changer", PASSWORD).status == 401
    assert server.login("changer", "another long one").status == 200


def test_the_current_password_is_needed(listing: ServerProcess) -> None:
    server = listing
    one, other = (server.login(user(server, "keeper"), PASSWORD) for _ in range(2))
    assert_problem(change(server, one, "a wrong one", "another long one"), 403)
    assert alive(server, other)
    assert server.login("keeper", PASSWORD).status == 200
    assert_problem(server.request("POST", "/account/password", {"Origin": server.origin}), 401)


LONG = "".join(chr(0x4E00 + 7 * number) for number in range(PASSWORD_MAX_LENGTH + 1))


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ("fourteen chars", 422),
        ("fifteen of them", 204),
        # Code points are counted, and after composing: 14 letters are too few however they are spelt.
        ("e\u0301" * 4 + "tresaccents", 204),
        ("e\u0301" * 3 + "tresaccents", 422),
        ("\U0001f40e horse battery", 204),
        (" " * 3 + "spaces kept" + " ", 204),
        (LONG[:-1], 204),
        (LONG, 422),
        ("Password-Password!", 422),
        (DEMO_PASSWORD, 422),
    ],
)
def test_what_a_new_password_may_be(sessions: ServerProcess, new: str, status: int) -> None:
    login = sessions.login(user(sessions, f"long-{secrets.token_hex(4)}"), PASSWORD)
    reply = change(sessions, login, PASSWORD, new)
    assert reply.status == status
    assert new.encode() not in reply.body


def test_a_password_is_right_however_its_letters_are_spelt(listing: ServerProcess) -> None:
    server = listing
    composed, decomposed = "caf\u00e9 au lait, svp", "cafe\u0301 au lait, svp"
    login = server.login(user(server, "francine"), PASSWORD)
    assert change(server, login, PASSWORD, decomposed).status == 204
    assert server.login("francine", composed).status == 200
    assert server.login("francine", decomposed).status == 200
    assert server.login("francine", "cafe au lait, svp").status == 401


def test_a_lone_surrogate_is_no_password(sessions: ServerProcess) -> None:
    sent = {"Content-Type": "application/json", **sessions.changing(sessions.credential(sessions.login()))}
    for current, new in (("\ud800", "another long one"), (DEMO_PASSWORD, "another long one\udfff")):
        body = json.dumps({"current_password": current, "new_password": new})
        assert_problem(sessions.request("POST", "/account/password", sent, body), 422)
    assert_problem(sessions.login("alice", "\ud800"), 422)
    refusal = sessions.ask("account", username="surrogate", password="\ud800", scope="user")
    assert "Invalid JSON" in refusal["error"]


def test_a_logout_clears_what_pages_have_kept(server: ServerProcess) -> None:
    cleared = '"cache", "storage"'
    credential = server.credential(server.login())
    assert "clear-site-data" not in server.request("GET", "/me", credential).headers
    if "logout-everywhere" in server.ask("card")["store_commands"]:
        sent = server.changing(server.credential(server.login()))
        assert server.request("POST", "/logout-everywhere", sent).headers["clear-site-data"] == cleared
        assert "clear-site-data" not in server.request("POST", "/logout-everywhere").headers
        credential = server.credential(server.login())
    assert server.logout(credential).headers["clear-site-data"] == cleared


def test_who_ends_its_own_session_is_logged_out(sessions: ServerProcess) -> None:
    name = user(sessions, f"own-{secrets.token_hex(4)}")
    other, own = (sessions.credential(sessions.login(name, PASSWORD)) for _ in range(2))
    listed = sessions.request("GET", "/sessions", own).json["sessions"]
    ids = {item["current"]: item["id"] for item in listed}
    ended = sessions.request("DELETE", f"/sessions/{ids[False]}", sessions.changing(own))
    assert ended.status == 204
    assert "clear-site-data" not in ended.headers
    assert ended.set_cookies == ()
    ended = sessions.request("DELETE", f"/sessions/{ids[True]}", sessions.changing(own))
    assert ended.status == 204
    assert ended.headers["clear-site-data"] == '"cache", "storage"'
    assert [line.partition("=")[0] for line in ended.set_cookies] == ["dev-sid", "dev-csrf"]
    assert all("; Max-Age=0;" in line for line in ended.set_cookies)
    for credential in (other, own):
        assert sessions.request("GET", "/me", credential).status == 401


def test_a_new_password_that_ends_the_own_token_clears_what_pages_have_kept(listing: ServerProcess) -> None:
    name = user(listing, f"cleared-{secrets.token_hex(4)}")
    login = listing.login(name, PASSWORD)
    changed = change(listing, login, PASSWORD, "another long one")
    assert changed.status == 204
    stays = "Cookie" in listing.credential(login)
    assert changed.headers.get("clear-site-data") == (None if stays else '"cache", "storage"')


def test_a_user_without_an_account_has_no_password(sessions: ServerProcess) -> None:
    (credential,) = sessions.seed(first=77)
    sent = {"Content-Type": "application/json", **sessions.changing(credential)}
    body = json.dumps({"current_password": DEMO_PASSWORD, "new_password": "another long one"})
    assert_problem(sessions.request("POST", "/account/password", sent, body), 403)


def test_a_changed_role_is_in_force_when_the_card_says(listing: ServerProcess) -> None:
    server = listing
    window_s = server.ask("card")["role_change_window_s"]
    login = server.login(user(server, "climber"), PASSWORD)
    credential = server.credential(login)
    for scope, status in (("user admin", 200), ("user", 403), ("user admin", 200)):
        assert server.ask("role", username="climber", scope=scope) == {"ok": True}
        if window_s == 0:
            if server.request("GET", "/me", credential).status == 401:  # the change has ended it
                credential = server.credential(server.login("climber", PASSWORD))
            assert server.request("GET", "/admin/report", credential).status == status
            assert server.request("GET", "/me", credential).json == {"sub": "climber", "scope": scope.split()}
        elif window_s >= login.json["expires_in"]:
            # The token keeps what it says; the next one says the new role.
            assert server.request("GET", "/admin/report", credential).status == 403
            login = refresh(server, login.json["refresh_token"])
            assert server.request("GET", "/admin/report", server.credential(login)).status == status
        assert server.login("climber", PASSWORD).status == 200


def test_a_role_change_keeps_the_rest_of_a_session(running: Running, redis_server: RedisProcess) -> None:
    server = running["session-redis"]
    session_id = server.credential(server.login("root"))["Cookie"].removeprefix("dev-sid=").partition(";")[0]
    key = "shared-session-redis:" + hashlib.sha256(session_id.encode()).hexdigest()
    old = json.loads(redis_server.ask("GET", key))
    redis_server.ask("EXPIRE", key, 77)
    server.ask("role", username="root", scope="user admin audit")
    assert redis_server.ask("TTL", key) in (76, 77)
    assert json.loads(redis_server.ask("GET", key)) == {**old, "scope": "user admin audit"}
    server.ask("role", username="root", scope="user admin")


def test_logout_everywhere_is_final_for_a_request_in_flight(serve: Serve, own_redis: RedisProcess) -> None:
    """Reads that wait for the store while all sessions are ended must not bring one back."""
    for scheme in ("session-redis", "session-redis-lean"):
        server = serve(
            scheme=scheme, redis_url=own_redis.url, redis_key_prefix=f"{scheme}:", store_deadline_ms=10_000
        )
        login = server.login()
        credential = server.credential(login)

        def read(server: ServerProcess = server, credential: dict[str, str] = credential) -> int:
            connection = server.connect()
            try:
                return server.request("GET", "/me", credential, connection=connection).status
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            own_redis.freeze()
            answers = [threads.submit(read) for _ in range(3)]
            ended = threads.submit(everywhere, server, login)
            answers += [threads.submit(read) for _ in range(3)]
            while server.ask("counters")["in_flight"] < 7:
                pass
            own_redis.thaw()
        assert ended.result().status == 204
        assert {answer.result() for answer in answers} <= {200, 401}
        assert server.request("GET", "/me", credential).status == 401
        assert own_redis.ask("KEYS", f"{scheme}:*") == []
