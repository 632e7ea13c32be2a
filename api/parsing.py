"""JSON in. An absent body is never parsed; forms are read where a client sends them."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, QueryDict

from api.errors import ApiError, unprocessable

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def of_form(sent: QueryDict) -> dict[str, Any]:
    """A form as an object: a member sent twice, or named `x[]`, is an array."""
    found: dict[str, Any] = {}
    for name, values in sent.lists():
        if name.endswith("[]"):
            found[name[:-2]] = values
        else:
            found[name] = values if len(values) > 1 else values[0]
    return found


def body_of(request: HttpRequest) -> Any:
    """The body as Python values; an empty object when there is none.

    Raises:
        ApiError: 400 for malformed JSON, 422 for a body in a form this operation does not read.
        RequestDataTooBig: more than 5 MB.
    """
    raw = request.body
    if not raw or raw.isspace():
        return {}
    if request.content_type == FORM:
        return of_form(QueryDict(raw, encoding="utf-8"))
    if request.content_type == MULTIPART:
        raise unprocessable(["body must be JSON, not multipart/form-data"])
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        found = error.doc[error.pos : error.pos + 1]
        what = f"Unexpected token {found} in JSON" if found else "Unexpected end of JSON input"
        raise ApiError(400, f"{what} at position {error.pos}") from None
