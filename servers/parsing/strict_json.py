"""Read a JSON object strictly: UTF-8 only, and only what JSON has.

`json.loads` guesses UTF-16 and UTF-32 from bytes, skips a byte order mark, and accepts NaN and Infinity. A
text that two readers understand differently can pass the check of one and be used by the other (RFC 8725
sections 2.6 and 3.7).
"""

import json
from typing import Any, NoReturn


def json_object(text: bytes | str) -> dict[str, Any]:
    """The object in `text`. ValueError for anything else. Of members with one name the last counts, as in
    ECMAScript (RFC 7519 section 4 allows it).
    """
    decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        value = _DECODER.decode(decoded)
        # Only an escape can be half a surrogate pair, which no store and no answer can hold.
        if "\\u" in decoded:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if type(value) is not dict:
        raise ValueError("not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""Made once: `json.loads` with a hook makes one in every call."""
