"""A scheme's card as a page of Markdown: what `docs/schemes/` is made of."""

from collections.abc import Mapping

from authbench.contracts.card import Card, ClientDuty, Operation, RefreshPolicy, StoreEmptied, StoreLoss

_CLIENT = {
    ClientDuty.NONE: "its credential, and nothing else",
    ClientDuty.CSRF_TOKEN: "its cookies; a state change repeats the CSRF cookie in the header X-CSRF-Token",
    ClientDuty.DPOP_PROOF: "its token, and a fresh proof signed with its own key",
}
_REFRESH = {
    RefreshPolicy.STATIC: "the token stays the one; nothing notices a second user of it",
    RefreshPolicy.STRICT: "the token is replaced, and its second use ends the login, also where a reply was "
    "lost or two tabs refresh at once",
    RefreshPolicy.GRACE: "the token is replaced, and yields the same successor for some seconds more; a "
    "later use ends the login, and any of an older one",
    RefreshPolicy.CONFIRM_ON_USE: "the token is replaced, and yields the same successor until that is first "
    "used; a later use ends the login",
}
_LOSS = {
    StoreLoss.KEEPS_SERVING: "is accepted as ever",
    StoreLoss.UNTIL_CACHE_ENDS: "is accepted until what this process remembers is too old, then answered 503",
    StoreLoss.REFUSES: "is answered 503",
    StoreLoss.LOGGED_OUT: "is over: the store goes with the process, and every login with it",
}
_EMPTIED = {
    StoreEmptied.KEEPS_SERVING: "nothing happens to credentials",
    StoreEmptied.LOGGED_OUT: "everybody is logged out",
    StoreEmptied.LOGGED_OUT_AT_REFRESH: "everybody is logged out at the next refresh",
    StoreEmptied.REVOKED_WORK_AGAIN: "**revoked credentials work again** until they expire, and nobody can "
    "refresh",
}


def page(card: Card) -> str:
    """Write the page of one scheme."""
    rows = "\n".join(_operation(card, operation) for operation in card.store_commands)
    sections = (("Who builds it so", card.used_by), ("Why, and what it gives up", card.reason))
    prose = "".join(f"\n## {title}\n\n{text}\n" for title, text in sections if text)
    return f"""# {card.name}

{card.summary}

{_facts(card)}

| operation | store commands | repeated at once | cryptography |
|---|---|---|---|
{rows}

Store commands are exact: verification counts them before every run, and every slice counts them again. \
Redis counts a script and the commands inside it.
{prose}"""


def index(cards: Mapping[str, Card]) -> str:
    """Write the table of all schemes."""
    rows = "\n".join(
        f"| [{name}]({name}.md) | {card.summary} | {_commands(card.store_commands.get(Operation.READ, {}))} "
        f"| {_window(card, card.revocation_window_s)} |"
        for name, card in cards.items()
    )
    return f"""# Schemes

Written by `authbench cards` from what each scheme declares; the harness holds it to that.

| scheme | what it is | store commands for a read | a revoked credential lives |
|---|---|---|---|
{rows}
"""


def _facts(card: Card) -> str:
    carrier = {"none": "no credential", "cookie": "a cookie", "authorization": "the Authorization header"}
    facts = {
        "Travels": f"{card.travels}, in {carrier[card.carrier]}" if card.authenticates else card.travels,
        "A client sends": _CLIENT[card.client],
        "State lives in": {"none": "no store", "sql": "SQL", "redis": "Redis"}.get(card.store, card.store),
        "Refused after logout": "at once, by the process that was told"
        if card.logout_ends_credential
        else "no: it lives on until its window ends",
        "A revoked credential lives": _window(card, card.revocation_window_s),
        "A changed role takes": _window(card, card.role_change_window_s),
        "A disabled account's credential lives": _window(card, card.disabled_window_s),
        "A request in flight at logout": "can bring the session back"
        if card.revived_by_requests_in_flight
        else "brings nothing back",
    }
    if card.store_loss is not None:
        facts["While the store cannot be reached, a credential"] = _LOSS[card.store_loss]
    if card.store_emptied is not None:
        cached = card.store_loss is StoreLoss.UNTIL_CACHE_ENDS
        facts["When the store has lost what it knew"] = _EMPTIED[card.store_emptied] + (
            ", once caches end" if cached else ""
        )
    if card.refresh_policy is not None:
        facts["Refresh"] = f"{card.refresh_policy}: {_REFRESH[card.refresh_policy]}"
    if not card.logins_differ:
        facts["Two logins in one second"] = "give the same credential"
    if card.loopback_only:
        facts["Listens"] = "on loopback only: it is unsafe by design"
    return "\n".join(f"- **{name}:** {text}" for name, text in facts.items())


def _window(card: Card, seconds: float) -> str:
    if not card.authenticates:
        return "-"
    return f"up to {seconds:g} s" if seconds else "0 s"


def _operation(card: Card, operation: Operation) -> str:
    first = card.store_commands[operation]
    repeated = card.repeated_commands.get(operation)
    shown = "the same" if repeated is None else _commands(repeated)
    crypto = ", ".join(_count(name, n) for name, n in card.crypto_operations.get(operation, {}).items())
    return f"| {operation} | {_commands(first)} | {shown} | {crypto or '-'} |"


def _commands(commands: Mapping[str, int]) -> str:
    return ", ".join(_count(name.upper(), n) for name, n in commands.items() if n) or "none"


def _count(name: str, number: int) -> str:
    return name if number == 1 else f"{number} {name}"
