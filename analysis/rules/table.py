"""`python -m analysis.rules.table`: write the table of rules in docs/definitions.md anew from the rules."""

import inspect
import re
from pathlib import Path

from analysis.rules.discovery import known_rules
from analysis.rules.rule import Rule

PAGE = Path(__file__).parents[2] / "docs" / "definitions.md"
_HEAD = "| rule | the lie it is against | judged | what it does |\n|---|---|---|---|\n"


def page_with_table(page: str) -> str:
    """The page, its table of rules replaced by one of today's rules."""
    rules = sorted(known_rules().values(), key=lambda rule: (not rule.code.startswith("V"), rule.code))
    table = _HEAD + "".join(map(_row, rules))
    return re.sub(rf"{re.escape(_HEAD)}(\|.*\n)*", lambda _: table, page)


def _row(rule: Rule) -> str:
    """One rule; what it does is the first paragraph of its docstring, without the code it begins with."""
    does = " ".join((inspect.getdoc(rule) or "").partition("\n\n")[0].split())
    return f'| {rule.code} | "{rule.lie}" | {rule.judged} | {does.removeprefix(rule.code).strip(" .")} |\n'


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text("utf-8")), "utf-8")
