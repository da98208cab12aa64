"""Several searches at once, whose measurements take turns: what drifts meanwhile is the same for all.

A search is a plain function that calls for one measurement after another. Each runs in a thread of its own
and waits most of the time; measurements are made in the caller's thread, one at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class Abandoned(Exception):
    """Nobody answers any more: the run was given up."""


@dataclass(frozen=True)
class _Ended:
    error: BaseException | None = None


class _Line(Generic[_Question, _Answer]):
    """One task's questions, and the answers it waits for."""

    def __init__(self) -> None:
        self.questions: SimpleQueue[_Question | _Ended] = SimpleQueue()
        self.answers: SimpleQueue[Callable[[], _Answer]] = SimpleQueue()

    def ask(self, question: _Question) -> _Answer:
        self.questions.put(question)
        return self.answers.get()()

    def run(self, task: Callable[[Callable[[_Question], _Answer]], None]) -> None:
        try:
            task(self.ask)
        except BaseException as error:  # raised again where everybody looks
            self.questions.put(_Ended(error))
        else:
            self.questions.put(_Ended())


def _abandon() -> _Answer:  # type: ignore[type-var]
    raise Abandoned


def in_turns(
    tasks: Mapping[str, Callable[[Callable[[_Question], _Answer]], None]],
    answer: Callable[[str, _Question], _Answer],
) -> None:
    """Run every task to its end; `answer` is asked with the task's name, and what it raises ends them all.

    What a task raises is raised here.
    """
    lines: dict[str, _Line[_Question, _Answer]] = {name: _Line() for name in tasks}
    threads = [
        Thread(target=lines[name].run, args=(task,), daemon=True, name=name) for name, task in tasks.items()
    ]
    for thread in threads:
        thread.start()
    try:
        waiting = list(lines)
        while waiting:
            for name in tuple(waiting):
                said = lines[name].questions.get()
                if not isinstance(said, _Ended):
                    lines[name].answers.put(_always(answer(name, said)))
                elif said.error is not None:
                    raise said.error
                else:
                    waiting.remove(name)
    finally:
        for line in lines.values():
            line.answers.put(_abandon)
        for thread in threads:
            thread.join()


def _always(answer: _Answer) -> Callable[[], _Answer]:
    return lambda: answer
