import pytest

from loadtests.harness.target.statement_words import UNKNOWN, first_word, is_utility


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT 1", "select"),
        ("\n  insert into t values (1)", "insert"),
        ("/* route: /me */ /* b */ UPDATE t SET a = 1", "update"),
        ("-- who is it?\nDELETE FROM t", "delete"),
        ("(SELECT 1) UNION (SELECT 2)", "select"),
        ("WITH gone AS (DELETE FROM t RETURNING id) SELECT * FROM gone", "with"),
        ("PREPARE find (text, int) AS SELECT * FROM t WHERE id = $1", "select"),
        ("prepare find as\n/* b */ update t set a = 1", "update"),
        ("PREPARE TRANSACTION 'a'", "prepare"),
        ("BEGIN;", "begin"),
        ("", UNKNOWN),
        ("/* all of it is a comment", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_the_first_word_of_a_statement(text: str | None, word: str) -> None:
    assert first_word(text) == word


def test_what_begins_and_ends_a_transaction_is_a_utility_command() -> None:
    assert all(
        map(is_utility, ("begin", "start", "commit", "rollback", "set", "discard", "prepare", "fetch"))
    )
    asked = ("select", "insert", "update", "delete", "merge", "with", "values", "table", UNKNOWN)
    assert not any(map(is_utility, asked))
