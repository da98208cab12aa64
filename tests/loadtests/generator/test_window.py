import gc

import pytest

from loadtests.generator.window import collector_paused


def test_the_collector_rests_inside_and_is_as_before_outside() -> None:
    def break_inside() -> None:
        with collector_paused():
            assert not gc.isenabled()
            raise KeyError

    assert gc.isenabled()
    with pytest.raises(KeyError):
        break_inside()
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
