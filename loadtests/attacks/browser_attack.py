"""The contract of an attack through a real browser: which schemes it is tried on, and what it needs open."""

import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from authbench.contracts.card import Card, ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.in_browser.turns import turn
from loadtests.attacks.laboratory.condition import Condition, StandIn
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.target import BROWSER_NOTE, Target
from loadtests.browser.chromium import NoBrowserError
from loadtests.browser.origins import VICTIM
from loadtests.browser.scene import Scene, open_scene

BROWSER = Condition("browser", tls=False, settings=MappingProxyType({"public_origin": VICTIM}))
"""TLS ends in front of the server, in the laboratory's own listener, which logs what a browser sends."""
REPRESENTATIVES = (
    "session-redis",
    "session-signed-cookie",
    "session-cookie-cache",
    "jwt-cookie",
    "jwt-hs256",
    "jwt-denylist",
    "opaque-redis",
    "jwt-dpop",
)
"""One scheme of each carrier, of each place where the credential is kept, and of each end of a stolen one."""
_SCENE = "browser scene"


class BrowserAttack(Attack):
    """Pages, not clients, send the requests: what a browser adds or withholds decides."""

    condition = BROWSER

    @abstractmethod
    def attack(self, play: Play) -> AttackResult:
        """Attack, by tries of `play`, and return its `result`."""

    @classmethod
    def stand_in(cls, scheme: str, card: Card) -> StandIn | None:
        """A listed scheme that a browser cannot tell from one of `REPRESENTATIVES` is left to that one."""
        if ":" in scheme or scheme in REPRESENTATIVES:
            return None
        representative = _representative(card)
        return StandIn(representative, f"a browser treats it as {representative}")

    def run(self, lab: AttackLab) -> AttackResult:
        target = lab.target
        try:
            scene = _scene_of(target)
        except NoBrowserError as missing:
            return lab.not_run(str(missing))
        from playwright.sync_api import Error

        lab.connection.origin = VICTIM
        try:
            scene.clear()
            return self.attack(Play(lab, scene))
        except Error as error:
            target.go_on()
            first = error.message.strip().partition("\n")[0]
            return lab.not_run(f"the browser did not do its part: {first}")


def _representative(card: Card) -> str:
    """The scheme that a browser treats like one with this card, and whose credential ends in the same way."""
    if card.carrier == "cookie":
        return "session-signed-cookie" if card.store == "none" else "session-redis"
    if card.client is ClientDuty.DPOP_PROOF:
        return "jwt-dpop"
    if not card.refreshes:
        return "opaque-redis"
    return "jwt-denylist" if card.logout_ends_credential else "jwt-hs256"


def _scene_of(target: Target) -> Scene:
    """The scene around a target, opened for its first attack and closed before its server is stopped."""
    scene = target.notes.get(_SCENE)
    if not isinstance(scene, Scene):
        scene = target.ending.enter_context(_scene(target))
        target.notes[_SCENE], target.notes[BROWSER_NOTE] = scene, scene.browser
    return scene


@contextmanager
def _scene(target: Target) -> Iterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="browser-", dir=target.log.parent))
    with turn(target), open_scene(target.server.port, folder) as scene:
        yield scene
