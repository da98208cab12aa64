"""JSON objects from somebody else: one encoding, and nothing that JSON does not have.

`json.loads` guesses UTF-16 and UTF-32 from bytes, skips a byte order mark, and takes NaN and Infinity for
numbers. What two readers understand differently can pass a check in one of them and be used by the other
(RFC 8725 sections 2.6 and 3.7).
"""

import json
from typing import Any, NoReturn


def json_object(text: bytes | str) -> dict[str, Any]:
    """The object that `text` spells, in UTF-8 where it is bytes. ValueError for anything else.

    Of members with one name the last counts, as in ECMAScript (RFC 7519 section 4 allows it).
    """
    decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        value = _DECODER.decode(decoded)
        # Only an escape can spell half a surrogate pair, which no store and no answer can carry.
        if "\\u" in decoded:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if type(value) is not dict:
        raise ValueError("not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""Made once: `json.loads` with a hook would make one for every call."""
