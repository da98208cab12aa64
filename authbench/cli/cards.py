"""`authbench cards`: the pages of docs/schemes, from what the schemes declare of themselves."""

from pathlib import Path
from typing import Annotated

import typer

from authbench.words.counting import counted


def cards(into: Annotated[Path, typer.Option(help="folder of the pages")] = Path("docs/schemes")) -> None:
    """Write one page for each scheme, and their index.

    Example: authbench cards --into docs/schemes
    """
    from authbench.contracts.failure import Failure

    pages = all_pages()
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (into / name).write_text(text, "utf-8")
    except OSError as error:
        raise Failure(f"{error.filename or into}: cannot be written: {error.strerror}") from None
    print(f"{counted(len(pages) - 1, 'scheme')}: {into}")


def all_pages() -> dict[str, str]:
    """Every page's text, by file name."""
    from authbench.cli.shared.card_page import index, page
    from servers.contract.settings import ServerSettings
    from servers.discovery import known_schemes

    # With a store: token schemes offer more then, and nothing less.
    known = {
        name: scheme(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name, scheme in known_schemes().items()
    }
    return {"README.md": index(known), **{f"{name}.md": page(card) for name, card in known.items()}}
