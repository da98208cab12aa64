"""The two ends: a hub with its workers, and a worker with its hub. How a worker joins is decided here.

A worker says hello under a name that is new; the hub answers with the name of the run, which nobody can read
without the join key; the worker has joined when a message arrives that names the run. A hello that somebody
recorded leads to no worker.
"""

import contextlib
import secrets
from collections.abc import Callable

from pydantic import ValidationError

from authbench.contracts.workers.hub_protocol import Traffic, WorkerTraffic
from authbench.words.counting import counted
from loadtests.distributed.conversation import ALIVE_S, SILENCE_S, Conversation, SerialNumbers
from loadtests.distributed.messages import Envelope, Kind, Refused, Seal

_HELLO_S = 1.0
"""Between two hellos of a worker that nobody has answered."""
_HUB = "hub"


class HubEnd:
    """Speaks with every worker."""

    def __init__(self, seal: Seal, count: int, clock: Callable[[], float]) -> None:
        """`count` workers may join; a later one is turned away."""
        self._seal = seal
        self._clock = clock
        self._count = count
        self._run = secrets.token_hex(16)
        self._hellos: dict[str, SerialNumbers] = {}
        self._conversations: dict[str, Conversation] = {}
        self._addresses: dict[str, str] = {}
        self._told: dict[str, Traffic] = {}
        """What each worker last counted."""
        self.joined: list[str] = []
        """Names of the workers that are part of the run, in the order in which they joined."""

    def hear(self, address: str, token: object) -> list[tuple[str, Kind, str]]:
        """Take a message: (worker, kind, line) of each order in it. Refused as of Seal and Conversation."""
        envelope = self._seal.open(token)
        name = envelope.sender
        if envelope.kind == "hello":
            self._hellos.setdefault(name, SerialNumbers()).take(envelope.serial)
            if name not in self._conversations:
                self._greet(name, address)
            return []
        if name not in self._conversations:
            raise Refused("it is of a worker that has not said hello")
        orders = self._conversations[name].hear(envelope)
        for kind, line in orders:
            if kind == "alive":
                self._note(name, line)
        if name not in self.joined and any(kind != "alive" for kind, _ in orders):
            if len(self.joined) >= self._count:
                self._turn_away(self._conversations[name])
                return []
            self.joined.append(name)
        return [(name, kind, line) for kind, line in orders]

    def _note(self, name: str, line: str) -> None:
        """Keep what a worker counted; one of an earlier release counts nothing."""
        with contextlib.suppress(ValidationError):
            self._told[name] = Traffic.model_validate_json(line)

    def traffic(self) -> dict[str, WorkerTraffic]:
        """What was counted of the messages to and from each worker of the run."""
        return {
            name: WorkerTraffic(hub=self._conversations[name].traffic, worker=self._told.get(name))
            for name in self.joined
        }

    def _greet(self, name: str, address: str) -> None:
        conversation = Conversation(self._seal, self._run, _HUB, name, self._clock)
        self._conversations[name] = conversation
        self._addresses[name] = address
        if len(self.joined) < self._count:
            conversation.say("welcome")
        else:
            self._turn_away(conversation)

    def _turn_away(self, conversation: Conversation) -> None:
        conversation.say(
            "turned-away", f"the run has its {counted(self._count, 'worker')} already: this one is too late"
        )

    def say(self, worker: str, kind: Kind, line: str = "") -> None:
        self._conversations[worker].say(kind, line)

    def outgoing(self) -> list[tuple[str, bytes]]:
        """(address, token) of everything to send now."""
        return [
            (self._addresses[name], token)
            for name, conversation in self._conversations.items()
            if name in self.joined or conversation.silent_s < SILENCE_S
            for token in conversation.outgoing()
        ]

    def lost(self) -> list[str]:
        """Workers that joined and are not heard any longer."""
        return [name for name in self.joined if self._conversations[name].silent_s > SILENCE_S]

    @property
    def settled(self) -> bool:
        """Whether everything that was said to workers of the run has arrived; who is lost hears nothing."""
        lost = self.lost()
        return all(self._conversations[name].settled for name in self.joined if name not in lost)


class WorkerEnd:
    """Speaks with one hub."""

    def __init__(self, seal: Seal, name: str, clock: Callable[[], float]) -> None:
        """`name` is this worker's for its life and no other's: let it have something random in it."""
        self._seal = seal
        self._clock = clock
        self._name = name
        self._hellos = 0
        self._next_s = clock()
        self._conversation: Conversation | None = None

    @property
    def welcome(self) -> bool:
        """Whether the hub has answered."""
        return self._conversation is not None

    @property
    def lost(self) -> bool:
        """Whether the hub answered once and does not any longer."""
        return self._conversation is not None and self._conversation.silent_s > SILENCE_S

    @property
    def settled(self) -> bool:
        """Whether everything that was said has arrived."""
        return self._conversation is None or self._conversation.settled

    def hear(self, token: object) -> list[tuple[Kind, str]]:
        """Take a message: kind and line of each order in it. Refused as of Seal and Conversation."""
        envelope = self._seal.open(token)
        if envelope.to != self._name:
            raise Refused("it is for another worker")
        if self._conversation is None:
            self._conversation = Conversation(
                self._seal, envelope.run, self._name, envelope.sender, self._clock
            )
        return self._conversation.hear(envelope)

    def say(self, kind: Kind, line: str = "") -> None:
        """Have an order sent. RuntimeError before the hub has answered."""
        if self._conversation is None:
            raise RuntimeError("nobody to say it to: the hub has not answered")
        self._conversation.say(kind, line)

    def outgoing(self) -> list[bytes]:
        """The tokens to send now."""
        now_s = self._clock()
        if self._conversation is None:
            if now_s < self._next_s:
                return []
            self._next_s = now_s + _HELLO_S
            return [self._hello()]
        if now_s >= self._next_s:
            self._next_s = now_s + ALIVE_S
            self._conversation.say("alive", self._conversation.traffic.model_dump_json())
        return self._conversation.outgoing()

    def _hello(self) -> bytes:
        self._hellos += 1
        envelope = Envelope(run="", sender=self._name, to="", serial=self._hellos, kind="hello")
        return self._seal.close(envelope)
