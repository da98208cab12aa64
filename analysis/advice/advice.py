"""What a context leaves of the schemes, as values: `authbench advise --json` prints an `Advice`."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record

Effect = Literal["excludes", "reservation", "meets"]
"""excludes: the scheme cannot be chosen. reservation: it can, at a price that is named. meets: it does what
was asked."""
Source = Literal["measured", "declared"]


SENTENCES = {
    "nothing": "Nothing was asked, so all {schemes} schemes remain.",
    "only": "Nothing was asked, so the only scheme remains.",
    "none": "None of {schemes} schemes remains: what was asked contradicts itself.",
    "one": "{left} of {schemes} schemes remains: {names}.",
    "some": "{left} of {schemes} schemes remain: {names}.",
}
"""What an advice says in one sentence. The page of a run fills in the same words."""


def which_sentence(left: int, schemes: int, *, asked: bool) -> str:
    """Which of `SENTENCES` says it: its key."""
    if not asked and left == schemes:
        return "nothing" if left != 1 else "only"
    return {0: "none", 1: "one"}.get(left, "some")


class Reason(Record):
    """Why a scheme is excluded, has a reservation, or meets what was asked."""

    effect: Effect
    asked: str = Field(description="key of the context that asks: 'requirements.max_revocation_s'")
    source: Source = Field(description="measured: a report or a run shows it. declared: the scheme's card")
    by: str = Field(description="run id of that report or run; 'card'")
    words: str

    @property
    def sentence(self) -> str:
        """'a credential is accepted up to 900 s after its logout (60 s are allowed) (declared)'."""
        return f"{self.words} ({self.source}{'' if self.by == 'card' else f': {self.by}'})"


class SchemeAdvice(Record):
    """What the context means for one scheme."""

    scheme: str
    kind: str = Field(description="session, signed cookie, opaque token ...")
    summary: str
    remains: bool
    reasons: list[Reason]

    def of(self, effect: Effect) -> list[Reason]:
        """Reasons of that effect, in the order of the context's keys."""
        return [reason for reason in self.reasons if reason.effect == effect]


class Advice(Record):
    """What remains of the schemes, and why."""

    said: dict[str, str] = Field(description="what the context says, by key; empty: nothing")
    reports: list[str] = Field(description="run ids of the security reports used; empty: cards alone")
    schemes: list[SchemeAdvice]

    @property
    def remaining(self) -> list[str]:
        """Names of the schemes that are not excluded."""
        return [one.scheme for one in self.schemes if one.remains]

    @property
    def sentence(self) -> str:
        """'4 of 9 schemes remain: ...', with what to do where none does."""
        left, schemes = self.remaining, len(self.schemes)
        words = SENTENCES[which_sentence(len(left), schemes, asked=bool(self.said))]
        return words.format(left=len(left), schemes=schemes, names=", ".join(left))
