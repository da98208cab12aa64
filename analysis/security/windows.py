"""Put revocation windows in words: what a card declares, and what was measured beside it."""

from dataclasses import dataclass

from authbench.contracts.card import Card
from authbench.contracts.security.revocation import RevocationReport, RevocationRow, RowVerdict
from authbench.contracts.security.timeline import Revocation
from authbench.words.counting import counted

KIND_WORDS = {
    Revocation.LOGOUT: "logout",
    Revocation.LOGOUT_EVERYWHERE: "logout everywhere",
    Revocation.PASSWORD_CHANGE: "password change",
    Revocation.ROLE_DOWNGRADE: "role taken away",
    Revocation.ACCOUNT_DISABLED: "account disabled",
    Revocation.KEY_ROTATION: "keys replaced",
}


@dataclass(frozen=True)
class WindowOf:
    """How long one kind of revocation took at one scheme."""

    kind: Revocation
    declared_s: float
    """The window that the card declares under default settings, in seconds."""
    measured: str
    """In words, with the lifetime that was measured where it was a shorter one."""
    longest_s: float | None
    """The longest that was seen, scaled to default settings where a lifetime bounds it; None: none."""
    verdict: RowVerdict

    @property
    def kept(self) -> bool:
        return self.verdict == "as declared"


def windows_of(report: RevocationReport | None, scheme: str) -> dict[Revocation, WindowOf]:
    """Every kind of revocation that was measured of a scheme, in the report's order."""
    rows = report.rows if report else []
    return {row.kind: _window(row) for row in rows if row.scheme == scheme}


def _window(row: RevocationRow) -> WindowOf:
    return WindowOf(row.kind, row.declared_usually_s, measured_words(row), _longest_s(row), row.verdict)


def measured_words(row: RevocationRow) -> str:
    """'up to 0.006 s in 8', 'up to 1.79 s in 8, of 2 s declared in this measurement', and what is wrong."""
    windows = row.windows
    judged = windows.revocations - windows.unknown
    if not judged:
        return "nothing shown"
    if windows.longest_at_most_s is None:
        seen = f"longer than {seconds(windows.longest_at_least_s)}, its end was not seen"
    else:
        seen = f"up to {seconds(windows.longest_at_most_s)}"
    words = f"{seen} in {judged}"
    if row.declared_s != row.declared_usually_s:
        words += f", of {seconds(row.declared_s)} declared in this measurement"
    if windows.came_back:
        words += f"; came back {counted(windows.came_back, 'time')}"
    if row.verdict in ("longer than declared", "came back"):
        words += f": {row.verdict.upper()}"
    return words


def _longest_s(row: RevocationRow) -> float | None:
    """A window that was measured with a short lifetime is as much longer as the lifetime is by default."""
    windows = row.windows
    if windows.revocations == windows.unknown:
        return None
    longest = windows.longest_at_least_s if windows.longest_at_most_s is None else windows.longest_at_most_s
    if row.declared_s > 0 and row.declared_usually_s > row.declared_s:
        return longest * row.declared_usually_s / row.declared_s
    return longest


def declared_words(card: Card) -> str:
    """'0 s', '900 s, until it expires': how long a card says a credential outlives its logout."""
    until = "" if card.logout_ends_credential else ", until it expires"
    back = ", if a request in flight writes it back" if card.revived_by_requests_in_flight else ""
    return f"{seconds(card.revocation_window_s)}{until}{back}"


def seconds(value: float) -> str:
    """'0 s', '0.006 s', '1.79 s', '900 s': three digits, and never more than milliseconds."""
    if value == 0:
        return "0 s"
    if value < 0.001:
        return "0.001 s"
    return f"{value:.3f} s" if value < 1 else f"{value:.3g} s" if value < 100 else f"{value:.0f} s"
