"""Write the tables of docs/sessions-and-tokens.md and docs/security-requirements.md from reports."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from analysis.readme.markers import filled
from analysis.security.comparison import CRITERIA, SchemeFacts, all_facts, drill_words
from analysis.security.evidence import Evidence
from analysis.security.kinds import SchemeKind, by_kind, examples
from analysis.security.matrix import GROUPS, row_order
from analysis.security.outcomes import SHORT, cell_of, short_word
from analysis.security.policies import policy_trades
from analysis.security.requirements import check_requirements, requirements
from analysis.security.windows import KIND_WORDS, seconds
from authbench.contracts.security.attack import AttackOutcome, Row

NOT_MEASURED = (
    "*Not measured yet: no run with these figures is committed. `authbench attack`, `authbench revoke` and "
    "`authbench drill --all` with `--results results/reference` make them, then `make readme` fills this in.*"
)
DOCUMENTS = ("docs/sessions-and-tokens.md", "docs/security-requirements.md")
"""Documents with such blocks, from the project's root."""
_COMPARED = (SchemeKind.SESSION, SchemeKind.TOKEN, SchemeKind.LOOKED_UP)
"""What the comparison has a column for. Tables of attacks have one for each kind."""


def security_document(text: str, file: str, evidence: Evidence | None) -> str:
    """Return a document with every block written anew. Failure for a block of unknown name.

    `evidence`: None where nothing is committed; then each block says how to make it.
    """
    measured: dict[str, Callable[[Evidence], str]] = {
        "comparison": _comparison,
        "windows": _windows,
        "refresh-policies": _policies,
        "failures": _failures,
        "measured-with": _measured_with,
    }
    measured |= {f"attacks-{group.lower()}": partial(_attacks, group) for group in GROUPS}
    writers = {name: partial(_write, writer, evidence) for name, writer in measured.items()}
    return filled(text, file, writers | {"requirements": partial(_requirements, evidence)})


def _write(writer: Callable[[Evidence], str], evidence: Evidence | None) -> str:
    return (writer(evidence) if evidence else "") or NOT_MEASURED


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; '' without rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _examples(evidence: Evidence, kinds: Sequence[SchemeKind] = tuple(SchemeKind)) -> list[str]:
    found = examples(evidence.cards, evidence.schemes)
    return [found[kind] for kind in kinds if kind in found]


def _comparison(evidence: Evidence) -> str:
    facts: Mapping[str, SchemeFacts] = {one.scheme: one for one in all_facts(evidence)}
    columns = [facts[name] for name in _examples(evidence, _COMPARED)]
    head = ["", *(f"{one.kind}: `{one.scheme}`" for one in columns)]
    criteria = [(label, words) for label, words in CRITERIA if label != "cost of a read"]
    return _table(head, [[label, *map(words, columns)] for label, words in criteria] if columns else [])


def _attacks(group: str, evidence: Evidence) -> str:
    rows = [row for row in evidence.attack.rows if row.group == group] if evidence.attack else []
    names = _examples(evidence)
    body = [
        [f"{row.id} {row.name}", *(_outcome(row, name) for name in names)]
        for row in sorted(rows, key=lambda row: row_order(row.id))
    ]
    return _table(["attack", *(f"`{name}`" for name in names)], body)


def _outcome(row: Row, scheme: str) -> str:
    if row.void is not None:
        return "void"
    cell = cell_of(row, scheme)
    if cell is None:
        return SHORT[AttackOutcome.NOT_RUN]
    word = short_word(cell)
    return f"**{word}**" if cell.outcome is AttackOutcome.SUCCEEDED else word


def _windows(evidence: Evidence) -> str:
    facts = {one.scheme: one for one in all_facts(evidence)}
    shown = [facts[name] for name in _examples(evidence) if name in facts and facts[name].windows]
    kinds = list(dict.fromkeys(kind for one in shown for kind in one.windows))
    body = [
        [
            KIND_WORDS[kind],
            *(
                f"{one.windows[kind].measured}; {seconds(one.windows[kind].declared_s)} by default"
                if kind in one.windows
                else "-"
                for one in shown
            ),
        ]
        for kind in kinds
    ]
    return _table(["revocation", *(f"`{one.scheme}`" for one in shown)], body)


def _policies(evidence: Evidence) -> str:
    trades = policy_trades(evidence.attack)
    thieves = list(dict.fromkeys(thief for trade in trades for thief in trade.undetected))
    cases = list(dict.fromkeys((one.tabs, one.lost_share) for trade in trades for one in trade.logged_out))
    head = ["policy", *(f"{tabs} tab{'s' * (tabs > 1)}, {lost:.0%} lost" for tabs, lost in cases), *thieves]
    body = []
    for trade in trades:
        shares = {(one.tabs, one.lost_share): f"{one.share.value:.0%}" for one in trade.logged_out}
        gone = [
            seconds(trade.undetected[each].value) if each in trade.undetected else "-" for each in thieves
        ]
        body.append([f"{trade.policy} (`{trade.scheme}`)", *(shares.get(case, "-") for case in cases), *gone])
    return _table(head, body)


def _failures(evidence: Evidence) -> str:
    drills = {drill.drill: drill for report in evidence.drills for drill in report.drills}
    drilled = dict.fromkeys(
        one.scheme for drill in drills.values() for one in drill.schemes if one.not_run is None
    )
    kinds, plain = by_kind(evidence.cards, drilled), examples(evidence.cards, drilled)
    body = []
    for name, drill in drills.items():
        shown = {one.scheme: one for one in drill.schemes if one.not_run is None}
        cells = []
        for kind, members in kinds.items():
            one = next((each for each in (plain[kind], *members) if each in shown), None)
            words = drill_words(name, shown[one]).partition(": ")[2] if one else "-"
            cells.append(words if one in (None, plain[kind]) else f"`{one}`: {words}")
        body.append([name + (" (void)" if drill.not_shown else ""), *cells])
    return _table(["failure", *(f"`{plain[kind]}`" for kind in kinds)], body)


def _measured_with(evidence: Evidence) -> str:
    return "\n".join(
        f"* `{header.command}`: {header.run_id}, {header.finished_at[:10]}, {header.machine.cpus} processors"
        + (f", {header.store}" if header.store else "")
        + (f", {header.browser}" if header.browser else "")
        for header in evidence.headers
    )


def _requirements(evidence: Evidence | None) -> str:
    """Every requirement with the rows that show it; with outcomes by kind where attacks were run."""
    checked = check_requirements(evidence.attack) if evidence and evidence.attack else {}
    names = {row.id: row.name for row in evidence.attack.rows} if evidence and evidence.attack else {}
    parts = []
    for group in requirements():
        rows = []
        for place, one in enumerate(group.requirement):
            shown = [f"{row} {names.get(row, '')}".strip() for row in one.rows]
            shown += [f"`{one.by}`"] if one.by else []
            cells = [one.words, "; ".join(one.sources)]
            cells.append("; ".join(shown) if shown else f"not probed: {one.not_probed}")
            if checked:
                outcomes = checked[group.title][place].outcomes
                cells.append(_by_kind(outcomes) if one.rows else "-")
            cells[0] += f" *{one.note}*" if one.note else ""
            rows.append(cells)
        head = ["requirement", "sources", "shown by", *(["attacks that succeeded"] if checked else [])]
        parts.append(f"### {group.title}\n\n{_table(head, rows)}\n")
    return "\n" + "\n".join(parts)


def _by_kind(outcomes: Mapping[SchemeKind, Mapping[str, str]]) -> str:
    """'session: B2 on 1 of 3; signed cookie: ...': what is not resisted; 'none' if all is that was run."""
    found = []
    for kind, rows in outcomes.items():
        fell = [f"{row} {words}" for row, words in rows.items() if words.startswith("SUCCEEDED")]
        if fell:
            found.append(f"{kind}: {', '.join(fell)}")
    if found:
        return "; ".join(found)
    said = {words for rows in outcomes.values() for words in rows.values()}
    return "none" if "resisted" in said else ", ".join(sorted(said)) or "-"
