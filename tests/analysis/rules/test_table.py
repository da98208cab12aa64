from analysis.rules.table import PAGE, page_with_table


def test_the_table_of_rules_is_todays() -> None:
    page = PAGE.read_text("utf-8")
    assert page == page_with_table(page), (
        "run `python -m analysis.rules.table` and commit docs/definitions.md"
    )
    assert page.count("\n| V01 |") == 1
