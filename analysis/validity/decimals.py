"""A number as text that never reads 0 unless it is 0.

The page of a run writes numbers by the same rule (`decimals` in analysis/report/scripts/wording.js).
`tests/analysis/validity/decimals.json` holds both to the same texts.
"""

import re
from string import Formatter
from typing import Any

_DIGIT = re.compile("[1-9]")
_ROUNDED = re.compile(r"(\+?)z?(,?)\.(\d)f")
"""A format that rounds to so many decimals."""
_FEW = 10
"""Below it a number without decimals has one digit: 1.4 requests/s would read 1."""


def decimals(value: float, digits: int = 0, *, sign: bool = False, grouped: bool = True) -> str:
    """The number with so many decimals; with two significant digits where it would read 0 otherwise.

    A number below 10 that is to have no decimals has two significant digits as well. `sign`: a plus where it
    has no minus. `grouped`: commas between thousands.
    """
    plus = "+" if sign else ""
    value = float(value)
    text = f"{value:{plus}z{',' if grouped else ''}.{digits}f}"
    few = digits == 0 and abs(value) < _FEW
    return f"{value:{plus}.2g}" if value and (few or not _DIGIT.search(text)) else text


class _Wording(Formatter):
    """`str.format` that rounds as `decimals` does."""

    def format_field(self, value: Any, format_spec: str) -> str:
        rounded = _ROUNDED.fullmatch(format_spec)
        if rounded is None:
            return str(super().format_field(value, format_spec))
        sign, comma, digits = rounded.groups()
        return decimals(value, int(digits), sign=bool(sign), grouped=bool(comma))


def fill(template: str, **values: object) -> str:
    """The template with its places filled in; numbers such as {rate:,.0f} by `decimals`."""
    return _Wording().format(template, **values)
