import threading
from collections.abc import Callable

import pytest

from loadtests.saturation.turns import in_turns

Ask = Callable[[int], str]


def test_questions_are_answered_in_turns_in_the_callers_thread() -> None:
    asked: list[tuple[str, int]] = []
    told: dict[str, list[str]] = {"a": [], "b": []}
    here = threading.current_thread()

    def task(name: str, count: int) -> Callable[[Ask], None]:
        return lambda ask: told[name].extend(ask(number) for number in range(count))

    def answer(name: str, question: int) -> str:
        assert threading.current_thread() is here
        asked.append((name, question))
        return f"{name}{question}"

    in_turns({"a": task("a", 2), "b": task("b", 4)}, answer)
    assert asked == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 2), ("b", 3)]
    assert told == {"a": ["a0", "a1"], "b": ["b0", "b1", "b2", "b3"]}


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_when_one_cannot_be_answered_all_end(error: BaseException) -> None:
    def answer(name: str, question: int) -> str:
        raise error

    def task(ask: Ask) -> None:
        ask(1)

    before = threading.active_count()
    with pytest.raises(type(error)):
        in_turns({"a": task, "b": task}, answer)
    assert threading.active_count() == before


def test_what_a_task_raises_comes_out() -> None:
    def task(ask: Ask) -> None:
        raise OSError("a fault of the search")

    with pytest.raises(OSError, match="a fault of the search"):
        in_turns({"a": task, "b": lambda ask: None}, lambda name, question: "")
