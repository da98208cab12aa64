"""PyJWT, which reads the claims of a token as JSON in whatever encoding it guesses, made to read UTF-8."""

from typing import Any

import jwt

from servers.parsing.strict_json import json_object


class StrictJwt(jwt.PyJWT):
    """Refuses claims that are not UTF-8 (RFC 7519 section 7.2, RFC 8725 section 3.7) or no JSON (NaN)."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        """The claims. PyJWT offers this method for overriding."""
        try:
            return json_object(decoded["payload"])
        except ValueError as error:
            raise jwt.DecodeError("the claims are not a JSON object in UTF-8") from error
