from pathlib import Path

from rich.console import Console

from analysis.store_size.terminal import print_store_sizes
from tests.analysis.store_size.reports import report


def shown(*, verbose: bool = False) -> str:
    console = Console(record=True, width=100)
    print_store_sizes(report(), 1500, Path("there/store-size.json"), console, verbose=verbose)
    return console.export_text()


def test_the_answer_comes_before_the_tables() -> None:
    text = shown()
    assert text.startswith("1,500 live logins take in the store: session-redis 1.86 MiB")
    assert text.index("What 1,500 live logins need") > text.index("Bytes in the store")
    assert "CPU of the store" not in text
    assert "So what: provide 1.3 / 0.75" in text
    assert "there/store-size.json" in text


def test_verbose_shows_what_operations_cost_the_store() -> None:
    assert "getex 1" in shown(verbose=True)
