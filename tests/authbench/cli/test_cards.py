"""The pages of docs/schemes are what the schemes say of themselves today."""

from pathlib import Path

import pytest

from authbench.cli.cards import all_pages, cards
from authbench.cli.shared.card_page import page
from authbench.contracts.card import Card, Operation

FOLDER = Path(__file__).parents[3] / "docs" / "schemes"


def test_the_committed_pages_are_those_of_today() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    assert written == all_pages(), "run: authbench cards"


def test_pages_are_written_into_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(all_pages())
    assert "schemes" in capsys.readouterr().out


def test_a_page_tells_first_and_repeated_commands_apart() -> None:
    card = Card(
        name="cached",
        summary="Cached.",
        authenticates=True,
        carrier="authorization",
        travels="a token",
        store="redis",
        store_commands={Operation.READ: {"get": 1}, Operation.LOGIN: {"set": 2}},
        repeated_commands={Operation.READ: {}},
        crypto_operations={Operation.READ: {"SHA-256": 1}},
        logout_ends_credential=False,
        revocation_window_s=5,
        loopback_only=False,
    )
    text = page(card)
    assert "| read | GET | none | SHA-256 |" in text
    assert "| login | 2 SET | the same | - |" in text
    assert "**A revoked credential lives:** up to 5 s" in text


def test_every_scheme_says_what_the_loss_of_its_store_does() -> None:
    for name, text in all_pages().items():
        if name != "README.md":
            assert "While the store cannot be reached" in text, name
            assert "When the store has lost what it knew" in text, name
