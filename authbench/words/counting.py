"""Numbers of things, in words that a reader expects: '1 slice', '2 slices'."""


def counted(number: float, one: str, many: str = "", form: str = "") -> str:
    """The number before its noun, in the singular for 1. `many`: the plural where it is not `one` and an s.

    With the verb in both, as in `counted(n, "slice was", "slices were")`, it fits as well. `form`: of the
    number, as in `format`.
    """
    return f"{number:{form}} {one if number == 1 else many or one + 's'}"
