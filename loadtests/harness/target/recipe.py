"""Log a user in, and renew the credential, as the recipe of a target file says."""

import base64
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeGuard
from urllib.parse import urlencode

from authbench.contracts.failure import Failure
from authbench.contracts.message import parse_json
from authbench.contracts.target.target_file import Source, Step, Variant
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.harness.target.users import User
from loadtests.http.request import lay_out_request

_FINITE_MAX = sys.float_info.max
_WRITTEN = {name.lower(): name for name in ("Content-Type", "Cookie", "Host", "Origin")}
_PLACEHOLDER = re.compile(r"\{(username|password|refresh_token|credential)\}")


@dataclass(frozen=True)
class Credential:
    """What one login gave."""

    value: str
    headers: Mapping[str, str]
    """What a request presents."""
    refresh_token: str | None
    good_until_s: float
    """By the monotonic clock."""


class Recipe:
    """How users of one variant log in. Every Failure is one line that names the variant, without secrets."""

    def __init__(self, variant: Variant) -> None:
        self._variant = variant

    def log_in(self, connection: BlockingClient, user: User) -> Credential:
        """Log in. Failure where the service does not answer as the recipe says."""
        login = self._variant.login
        headers: dict[str, str] = {}
        fields: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if csrf := login.csrf:
            request = f"GET {csrf.path}"
            page = connection.send("GET", csrf.path, {})
            self._require(page, csrf.status, request, "login.csrf.status")
            token = self._value(csrf.token, page, request, "login.csrf.token")
            cookies = set_cookies(page)
            if csrf.send_header is not None:
                headers[csrf.send_header] = token
            elif csrf.send_field is not None:
                fields[csrf.send_field] = token
        words = {"username": user.username, "password": user.password}
        reply = self._send(connection, login, words, headers, cookies, fields)
        self._require(reply, login.status, login.request, "login.status")
        return self._keep(reply, login.request, None)

    def renew(self, connection: BlockingClient, user: User, old: Credential) -> Credential:
        """Refresh the credential; log in again where the recipe has no refresh. Failure as of `log_in`."""
        refresh = self._variant.refresh
        if refresh is None:
            return self.log_in(connection, user)
        token = old.refresh_token or ""
        cookies = {} if refresh.token.cookie is None else {refresh.token.cookie: token}
        words = {"refresh_token": token, "credential": old.value, "username": user.username}
        reply = self._send(connection, refresh, words, {}, cookies, {})
        self._require(reply, refresh.status, refresh.request, "refresh.status")
        return self._keep(reply, refresh.request, old)

    def _send(
        self,
        connection: BlockingClient,
        step: Step,
        words: Mapping[str, str],
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
        fields: Mapping[str, str],
    ) -> Reply:
        """Send a step with its placeholders filled in. As a browser's, a change of state names its origin."""
        sent = {_written(name): value for name, value in filled(step.headers, words).items()}
        sent.update(headers)
        if step.method != "GET":
            sent.setdefault("Origin", connection.origin)
        if cookies:
            given = [sent["Cookie"]] if "Cookie" in sent else []
            sent["Cookie"] = "; ".join([*given, *(f"{name}={value}" for name, value in cookies.items())])
        content = None
        if step.form is not None:
            content = urlencode({**filled(step.form, words), **fields}).encode()
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif step.body is not None:
            content = json.dumps({**filled(step.body, words), **fields}).encode()
            sent.setdefault("Content-Type", "application/json")
        self._require_sendable(sent, step.request)
        return connection.send(step.method, step.path, sent, content)

    def _require_sendable(self, headers: Mapping[str, str], where: str) -> None:
        """Failure if a header has a value that no header may have, such as a line break."""
        try:
            lay_out_request("GET", "/", "", 0, {name: v for name, v in headers.items() if name != "Host"})
        except ValueError as error:
            raise self._failure(
                f"{where}: {error}: its value has a line break, or a character that is not in Latin-1"
            ) from None

    def _require(self, reply: Reply, status: int, request: str, key: str) -> None:
        """Failure unless the reply has the status that the recipe names."""
        if reply.status == status:
            return
        if reply.status == 0:
            raise self._failure(f"{request} had no reply: start the service, or correct base_url")
        if reply.status == 429:
            wait = reply.header("retry-after")
            raise self._failure(
                f"{request} answers 429{f' (Retry-After: {wait})' if wait else ''}: the service limits how "
                "often it is asked; raise its limit for this machine"
            )
        if 300 <= reply.status < 400:
            place = reply.header("location") or "nowhere"
            raise self._failure(
                f"{request} answers {reply.status} to {place} instead of {status}: if that is how it "
                f"succeeds, say {key} = {reply.status}; else correct path and fields"
            )
        raise self._failure(
            f"{request} answers {reply.status} instead of {status}: correct its path and fields, or the "
            "password in the file of users"
        )

    def _value(self, source: Source, reply: Reply, request: str, key: str) -> str:
        """The value at a place of a reply. Failure that says what is there instead."""
        value = read_value(source, reply)
        if value is not None:
            return value
        if source.cookie is not None:
            if any(found.name == source.cookie for found in _cookies(reply)):
                raise self._failure(
                    f"the reply to {request} deletes the cookie {source.cookie!r}: it is empty, or has "
                    "expired"
                )
            names = ", ".join(set_cookies(reply)) or "none"
            raise self._failure(
                f"the reply to {request} sets no cookie {source.cookie!r} (it sets: {names}): correct "
                f"{key}.cookie"
            )
        if source.header is not None:
            raise self._failure(
                f"the reply to {request} has no header {source.header!r}: correct {key}.header"
            )
        body = reply.json()
        keys = ", ".join(body) if isinstance(body, dict) else "it is no JSON object"
        raise self._failure(
            f"the reply to {request} has no text at {source.pointer} (keys: {keys}): correct {key}.pointer"
        )

    def _keep(self, reply: Reply, request: str, old: Credential | None) -> Credential:
        value = self._value(self._variant.credential, reply, request, "credential")
        token = None
        if refresh := self._variant.refresh:
            # A service that keeps its refresh token does not send it again.
            token = read_value(refresh.token, reply) or (old.refresh_token if old else None)
            token = token or self._value(refresh.token, reply, request, "refresh.token")
        good_until_s = time.monotonic() + self._lifetime_s(reply, value, request)
        headers = self._variant.credential.presented(value)
        self._require_sendable(headers, f"the credential of {request}")
        return Credential(value, headers, token, good_until_s)

    def _lifetime_s(self, reply: Reply, value: str, request: str) -> float:
        """Seconds that a fresh credential is good. Failure where it says none."""
        lifetime = self._variant.lifetime
        if lifetime.seconds is not None:
            return lifetime.seconds
        if lifetime.pointer is not None:
            found = at_pointer(reply.json(), lifetime.pointer)
            if _is_finite(found) and found > 0:
                return float(found)
            missing = f"the reply to {request} has no number of seconds at {lifetime.pointer}"
        elif lifetime.jwt:
            expires = jwt_expiry(value)
            if expires is not None:
                return max(0.0, expires - time.time())
            missing = "the credential is no JWT with an expiry (claim exp)"
        else:
            name = self._variant.credential.cookie
            left_s = cookie_lifetime_s(reply, name) if name is not None else None
            if left_s is not None:
                return left_s
            missing = "the credential's cookie has no expiry (Max-Age or Expires)"
        raise self._failure(f"{missing}: say lifetime.seconds, as the service's settings have it")

    def _failure(self, what: str) -> Failure:
        return Failure(f"{self._variant.name}: {what}")


def _written(name: str) -> str:
    """The name of a header as it is written here, whatever its case in the file."""
    return _WRITTEN.get(name.lower(), name)


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """The value with its placeholders filled in, each text once: a password may look like a placeholder."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {key: filled(inner, words) for key, inner in value.items()}
    return [filled(inner, words) for inner in value] if isinstance(value, list) else value


def read_value(source: Source, reply: Reply) -> str | None:
    """The text at a place of a reply; None: there is none, or it is empty."""
    if source.cookie is not None:
        return set_cookies(reply).get(source.cookie)
    if source.header is not None:
        return reply.header(source.header.lower()) or None
    found = at_pointer(reply.json(), source.pointer or "")
    return found if isinstance(found, str) and found else None


def at_pointer(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to (RFC 6901); None where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


class _Cookie(NamedTuple):
    """One line of Set-Cookie says this of a cookie."""

    name: str
    value: str
    place: tuple[str, str]
    """Domain and path: cookies of one name and two places are two cookies."""
    left_s: float | None
    """Seconds until it expires, 0 or less for one that is deleted; None: it does not say."""


def set_cookies(reply: Reply) -> dict[str, str]:
    """Cookies that a reply sets, by name; those that it deletes are left out."""
    return {name: cookie.value for name, cookie in _kept(reply).items()}


def cookie_lifetime_s(reply: Reply, name: str) -> float | None:
    """Seconds until a cookie that the reply sets expires; None: it does not say, or there is no such."""
    return cookie.left_s if (cookie := _kept(reply).get(name)) else None


def _kept(reply: Reply) -> dict[str, _Cookie]:
    """The cookies that are there after the reply: a later line takes the place of an earlier one."""
    placed: dict[tuple[str, tuple[str, str]], _Cookie] = {}
    for cookie in _cookies(reply):
        placed.pop((cookie.name, cookie.place), None)
        if cookie.value.strip(' "') and (cookie.left_s is None or cookie.left_s > 0):
            placed[cookie.name, cookie.place] = cookie
    return {cookie.name: cookie for cookie in placed.values()}


def _cookies(reply: Reply) -> Iterator[_Cookie]:
    """The reply's lines of Set-Cookie, in order."""
    for line in reply.set_cookies:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        split = (attribute.partition("=") for attribute in attributes)
        known = {key.strip().lower(): text.strip() for key, _, text in split}
        place = known.get("domain", "").lower(), known.get("path", "")
        yield _Cookie(name.strip(), value.strip(), place, _left_s(known))


def _left_s(attributes: Mapping[str, str]) -> float | None:
    """Seconds until a cookie expires: Max-Age, else Expires (RFC 6265 section 5.3); None: no such thing."""
    if re.fullmatch(r"-?[0-9]+", attributes.get("max-age", "")):
        return float(attributes["max-age"])
    try:
        expires = parsedate_to_datetime(attributes.get("expires", ""))
    except ValueError:
        return None
    aware = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def jwt_expiry(token: str) -> float | None:
    """The claim exp of a JWT, whose signature is not looked at; None where it is no JWT or has none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = parse_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    expires = claims.get("exp") if isinstance(claims, dict) else None
    return float(expires) if _is_finite(expires) else None


def _is_finite(value: Any) -> TypeGuard[int | float]:
    """Whether the value of a JSON text is a number; Python also reads NaN, Infinity and 1e999 there."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FINITE_MAX
