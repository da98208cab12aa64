"""Make the console and the tables of every report on a terminal or in a file."""

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 100


def open_console(console: Console | None = None) -> Console:
    """Give a console. Piped, it is 100 columns wide and without colour."""
    console = console or Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console


_ASCII = {"·": "|", "≥": ">="}


def plain(console: Console, text: str) -> str:
    """Replace the few characters that a console without UTF-8 cannot print."""
    if not console.encoding.startswith("utf"):
        for sign, letters in _ASCII.items():
            text = text.replace(sign, letters)
    return text


def cut(text: str, width: int) -> str:
    """Shorten a text to one line of so many columns, at a word."""
    if len(text) <= width:
        return text
    return text[: width - 3].rpartition(" ")[0].rstrip(",;:.") + " ..."


class TextTable(Table):
    """A table whose cells are printed as they are: nothing in them is markup."""

    def __init__(self, title: str, *columns: str, caption: str | None = None, wrap: bool = False) -> None:
        """`caption`: a warning below. `wrap`: the first column may be wrapped, as all others may."""
        super().__init__(
            title="\n" + title,
            title_justify="left",
            title_style="bold",
            caption=caption,
            caption_justify="left",
            caption_style="bold red",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
        )
        for index, column in enumerate(columns):
            first = index == 0
            justify: JustifyMethod = "left" if first else "right"
            self.add_column(Text(column), justify=justify, no_wrap=first and not wrap, overflow="fold")

    def add(self, *cells: str) -> None:
        """Add one row whose cells are printed as they are, without markup."""
        self.add_row(*(Text(cell) for cell in cells))
