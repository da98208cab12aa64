"""Whether words that stand in a file are a command of authbench: they are parsed, and not carried out."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from authbench.cli import app

_COMMAND = re.compile(r"(?:^|[\s(;|])(?:\.venv/bin/)?authbench (?P<words>[a-z-][^;|)>\n]*)")
_END = re.compile(r"\s(?:\|\||&&|>>?).*")


def parse_command(words: Sequence[str]) -> str:
    """Parse 'VERB ARGUMENTS' as authbench does; the verb. An exception for an unknown verb or option."""
    group: Any = typer.main.get_command(app)
    verb, *arguments = words
    group.commands[verb].make_context(verb, list(arguments))
    return verb


def commands_in(text: str) -> Iterator[list[str]]:
    """Arguments of every `authbench ...` in shell lines; variables of the shell stay as they are."""
    for line in text.splitlines():
        for found in _COMMAND.finditer(line.partition(" # ")[0]):
            yield shlex.split(_END.sub("", found["words"]))
