"""GET /openapi.json: the endpoints that this server has behind its scheme, and what each needs."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from servers.answers.bodies import Login, NewOrder, PasswordChange, RefreshToken
from servers.contract.scheme import Offer, Scheme

_OFFERED_AS: Mapping[str, Offer] = {
    "/refresh": Offer.REFRESH,
    "/logout-everywhere": Offer.LOGOUT_EVERYWHERE,
    "/sessions": Offer.SESSIONS,
    "/sessions/{session_id}": Offer.SESSIONS,
    "/csrf": Offer.CSRF_TOKEN,
}
_OPEN = {"/public", "/login", "/refresh", "/csrf"}
"""Paths that need no credential in a header: /login and /refresh have theirs in the body."""
_BODIES: Mapping[str, type[BaseModel]] = {
    "post /orders": NewOrder,
    "post /login": Login,
    "post /refresh": RefreshToken,
    "post /account/password": PasswordChange,
}
_BODY = (400, 413, 415, 422)
_REFUSALS: Mapping[str, tuple[int, ...]] = {
    "get /public": (),
    "get /me": (401, 503),
    "get /orders": (401, 403, 503),
    "post /orders": (*_BODY, 401, 403, 503),
    "get /admin/report": (401, 403, 503),
    "get /csrf": (503,),
    "post /login": (*_BODY, 401, 403, 429, 503),
    "post /logout": (*_BODY, 401, 403, 503),
    "post /refresh": (*_BODY, 503),
    "post /logout-everywhere": (401, 403, 503),
    "get /sessions": (401, 403, 503),
    "delete /sessions/{session_id}": (401, 403, 404, 503),
    "post /account/password": (*_BODY, 401, 403, 429, 503),
}


def describe(app: FastAPI, scheme: Scheme) -> dict[str, Any]:
    """The OpenAPI document of `app` behind `scheme`."""
    document = get_openapi(title=app.title, version=version("authbench"), routes=app.routes)
    components: dict[str, Any] = {"schemas": {}}
    if scheme.security is not None:
        components["securitySchemes"] = {scheme.name: scheme.security}
    for path in list(document["paths"]):
        if path in _OFFERED_AS and _OFFERED_AS[path] not in scheme.offers:
            del document["paths"][path]
            continue
        for method, operation in document["paths"][path].items():
            _describe_operation(operation, method, path, scheme, components)
    document["components"] = components
    return document


def _describe_operation(
    operation: dict[str, Any], method: str, path: str, scheme: Scheme, components: dict[str, Any]
) -> None:
    needs_one = path not in _OPEN and scheme.security is not None
    operation["security"] = [{scheme.name: []}] if needs_one else []
    name = f"{method} {path}"
    model = _BODIES.get(name)
    # A logout may have one, where there are refresh tokens.
    if name == "post /logout" and Offer.REFRESH in scheme.offers:
        model = RefreshToken
    if model is not None:
        components["schemas"][model.__name__] = model.model_json_schema()
        schema = {"$ref": f"#/components/schemas/{model.__name__}"}
        operation["requestBody"] = {
            "required": name in _BODIES,
            "content": {"application/json": {"schema": schema}},
        }
    accepted = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    refused = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": {"type": "object"}}},
        }
        for status in sorted(_REFUSALS[name])
    }
    operation["responses"] = accepted | refused


def install(app: FastAPI, scheme: Scheme) -> None:
    """Serve /openapi.json with the endpoints that `app` has by now. Made once; its route is the last."""
    document = json.dumps(describe(app, scheme)).encode()

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    app.add_route("/openapi.json", openapi, include_in_schema=False)
