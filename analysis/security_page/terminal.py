"""Print what a page of security reports comes to, on one screen: a line for each scheme."""

import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from analysis.records.summary import Summary
from analysis.report.console import TextTable, open_console
from analysis.security.comparison import CRITERIA, SchemeFacts, all_facts
from analysis.security.evidence import Evidence
from analysis.security.windows import seconds
from analysis.security_page.verdict import verdict
from authbench.contracts.security.timeline import Revocation


def print_security(
    evidence: Evidence, path: Path, summary: Summary | None = None, console: Console | None = None
) -> None:
    """Print the verdict, one line for each scheme, and where the page is."""
    console = open_console(console)
    for sentence in verdict(evidence):
        loud = any(word in sentence for word in ("VOID", "DENIED", "NOT KEPT"))
        console.print(Text(sentence, style="bold red" if loud else ""))
    facts = all_facts(evidence, summary)
    if facts:
        columns = (
            "attacks that\nsucceeded",
            "of",
            "accepted after logout\ndeclared / measured",
            "store\ncommands",
        )
        table = TextTable("By scheme", "scheme", *columns)
        for one in facts:
            fell = " ".join(row.id for row in one.fell_to)
            table.add(one.scheme, fell or "-", str(one.tried), _window(one), one.commands)
        console.print(table)
    console.print(Text(f"matrix, evidence, requirements: {path}"), soft_wrap=True)


def _window(facts: SchemeFacts) -> str:
    """'900 s / 805 s': the measured one at default lifetimes."""
    found = facts.windows.get(Revocation.LOGOUT)
    declared = facts.declared.partition(",")[0]
    if found is None or found.longest_s is None:
        return f"{declared} / -"
    return f"{declared} / {seconds(found.longest_s)}{'' if found.kept else ' !'}"


def as_json(evidence: Evidence, summary: Summary | None = None) -> str:
    """The same as one JSON object: reports, what shows nothing, what cards deny, and each scheme's line."""
    schemes = {
        one.scheme: {
            "kind": one.kind,
            "succeeded": [row.id for row in one.fell_to],
            "tried": one.tried,
            "longest_after_logout_s": found.longest_s
            if (found := one.windows.get(Revocation.LOGOUT))
            else None,
            **{label: words(one) for label, words in CRITERIA},
        }
        for one in all_facts(evidence, summary)
    }
    whole = {
        "reports": [header.run_id for header in evidence.headers],
        "void": evidence.void,
        "denied": evidence.denied,
        "schemes": schemes,
    }
    return json.dumps(whole, indent=1)
