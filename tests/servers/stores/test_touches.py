from servers.stores.touches import Touches


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_due_at_first_and_again_after_a_while() -> None:
    clock = Clock()
    touches = Touches(60, clock=clock)
    assert touches.due("a")
    # Asking is not touching.
    assert touches.due("a")
    touches.done("a")
    clock.now += 59.9
    assert not touches.due("a")
    assert touches.due("b")
    clock.now += 0.1
    assert touches.due("a")


def test_no_more_than_so_many_are_remembered() -> None:
    touches = Touches(60, limit=3)
    for key in ("a", "b", "c"):
        touches.done(key)
    touches.done("a")
    touches.done("d")
    assert len(touches) == 3
    assert touches.due("b")
    assert not any(touches.due(key) for key in ("a", "c", "d"))
