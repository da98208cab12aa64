"""What script in the page takes, and what a thief does with it elsewhere."""

import base64
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authbench.contracts.card import ClientDuty
from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.in_browser.play import Play, User
from loadtests.browser.arrivals import Arrival
from loadtests.browser.origins import ELSEWHERE
from loadtests.clients.client import Headers

_COLLECT = "/collect"


@dataclass(frozen=True)
class Loot:
    """One credential that was taken."""

    headers: Headers
    """What presents it; with a DPoP proof, if one was taken with it."""
    refresh_token: str | None = None
    lifetime_s: float | None = None
    """What the login's answer said of an access token."""

    @property
    def seconds_left(self) -> float | None:
        """How long an access token is good for from now on: by its own exp, else by what was said of it.

        None for a cookie, and with a proof, which ends sooner.
        """
        if "DPoP" in self.headers:
            return None
        token = self.headers.get("Authorization", "").partition(" ")[2]
        if token.count(".") != 2:
            return self.lifetime_s
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"]) - time.time()


def read_by_script(play: Play, victim: User) -> list[Loot]:
    """Let script read whatever the page can: cookies, storage, databases, global variables."""
    mark = play.scene.arrivals.now()
    victim.page.inject()
    victim.page.page.evaluate("injected.loot()")
    return _told_since(play, mark)


def heard_by_script(play: Play, victim: User, *, held: bool) -> list[Loot]:
    """Let script listen while the victim orders something. `held`: it does not let the order through."""
    mark = play.scene.arrivals.now()
    victim.page.inject()
    victim.page.page.evaluate("(held) => injected.hook(held)", held)
    victim.page.order(play.nonce().item)
    return _told_since(play, mark)


def replay_all(play: Play, victim: User, title: str, loot: Sequence[Loot]) -> list[Loot]:
    """Order something with each, from another client: those that worked. Where nothing was taken, the browser
    kept it.

    Where a token needs a proof and none was taken with it, the thief makes one, with a key of their own.
    """
    if not loot:
        play.tell(title, AttackOutcome.BLOCKED)
    worked = []
    for each in loot:
        said = title + _proof_in_words(play, each)
        if "DPoP" in each.headers:
            effect = play.lab.writes(f"used elsewhere: {said}", victim.name, each.headers)
        else:
            effect = play.lab.has_effect(f"used elsewhere: {said}", victim.person, each.headers, play.thief())
        play.tell(said, AttackOutcome.SUCCEEDED if effect else AttackOutcome.REJECTED)
        worked += [each] if effect else []
    return worked


def _proof_in_words(play: Play, loot: Loot) -> str:
    if "DPoP" in loot.headers:
        return " with the proof that came with it"
    return " with a proof of the thief's" if play.lab.card.client is ClientDuty.DPOP_PROOF else ""


def renewed(play: Play, title: str, loot: Sequence[Loot]) -> list[Loot]:
    """What the thief's refresh gives. Told as a try, if a refresh token was taken."""
    tokens = list(dict.fromkeys(each.refresh_token for each in loot if each.refresh_token))
    found = []
    for token in tokens:
        reply = play.lab.send(title, "POST", "/refresh", {}, {"refresh_token": token})
        again = _from_tokens(reply.json()) if reply.status == 200 else None
        if again is None:
            play.tell(title, AttackOutcome.REJECTED)
        else:
            found.append(again)
    return found


def _told_since(play: Play, mark: int) -> list[Loot]:
    """What script told the attacker's site since the mark, which is evidence also where it found nothing."""
    told = [each for each in play.scene.arrivals.since(mark, ELSEWHERE) if each.path == _COLLECT]
    for each in told:
        play.keep("what script told the attacker's site", each, None)
    return taken_in(told)


def taken_in(arrivals: Iterable[Arrival]) -> list[Loot]:
    """Every credential that the attacker's site was told of, once."""
    taken: list[Loot] = []
    for each in arrivals:
        if each.path == _COLLECT:
            told = json.loads(each.body)
            found = {"loot": _from_page, "request": _from_request, "answer": _from_answer}[told["kind"]](told)
            taken += [loot for loot in found if loot not in taken]
    return taken


def _from_page(told: Mapping[str, Any]) -> list[Loot]:
    found: list[Loot | None] = []
    names = [pair.partition("=")[0].strip() for pair in told["cookies"].split(";")]
    if any(name.endswith("sid") for name in names):
        found.append(Loot({"Cookie": told["cookies"]}))
    for place in ("local", "session", "globals"):
        for value in told[place].values():
            try:
                found.append(_from_tokens(json.loads(value)))
            except ValueError:
                continue
    return [loot for loot in found if loot is not None]


def _from_request(told: Mapping[str, Any]) -> list[Loot]:
    names = {"authorization": "Authorization", "dpop": "DPoP"}
    headers = {names[name]: value for name, value in told["headers"].items() if name in names}
    return [Loot(headers)] if "Authorization" in headers else []


def _from_answer(told: Mapping[str, Any]) -> list[Loot]:
    loot = _from_tokens(told["body"])
    return [] if loot is None else [loot]


def _from_tokens(body: Any) -> Loot | None:
    """The tokens in the answer to a login or a refresh; None if there are none."""
    if not isinstance(body, dict) or "access_token" not in body:
        return None
    headers = {"Authorization": f"{body['token_type']} {body['access_token']}"}
    return Loot(headers, body.get("refresh_token"), body.get("expires_in"))
