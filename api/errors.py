"""Errors of the API: one exception, one shape, and what other people's exceptions become."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from core.errors import Invalid, Problem

log = logging.getLogger("hoopai.api")
PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Payload Too Large",
    422: "Unprocessable Entity",
}
MOST_SENTENCES = 50
UNIQUE_VIOLATION = "23505"
HUMP = re.compile(r"_([a-z0-9])")


class ApiError(Exception):
    """An answer that is an error. `message` is a sentence, or the list of them that 422 carries."""

    def __init__(
        self,
        status: int,
        message: str | list[str],
        *,
        error: str = "",
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error = error or PHRASES.get(status, "Error")
        self.headers = headers or {}
        self.extra = extra

    @property
    def body(self) -> dict[str, Any]:
        return {**self.extra, "statusCode": self.status, "message": self.message, "error": self.error}


def unknown_path(request: HttpRequest) -> ApiError:
    """No such path, or no such method on it."""
    return ApiError(404, f"Cannot {request.method} {request.get_full_path()}"[:2000])


def unprocessable(sentences: list[str]) -> ApiError:
    return ApiError(422, sentences[:MOST_SENTENCES])


def camel(name: str) -> str:
    """`first_name` as `firstName`."""
    return HUMP.sub(lambda found: found[1].upper(), name)


def sentences(errors: dict[str, str], names: dict[str, str]) -> list[str]:
    """One sentence per fault, each starting with the member's name on the wire."""
    found = []
    for field, sentence in errors.items():
        name = names.get(field) or camel(field)
        found.append(sentence if not name or sentence.startswith(f"{name} ") else f"{name}: {sentence}")
    return found


def from_exception(error: Exception, names: dict[str, str]) -> ApiError:
    """What the caller is told about `error`; `names` maps our field names to the wire's where they differ."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Invalid):
        return ApiError(422, sentences(error.errors, names)[:MOST_SENTENCES], error=error.code, **error.extra)
    if isinstance(error, Problem):
        return ApiError(error.status, error.message, error=error.code, **error.extra)
    if isinstance(error, (Http404, ObjectDoesNotExist)):
        return ApiError(404, "Not found")
    if isinstance(error, PermissionDenied):
        return ApiError(403, "Forbidden")
    if isinstance(error, ValidationError):
        return unprocessable([str(message) for message in error.messages])
    if isinstance(error, RequestDataTooBig):
        return ApiError(413, "The body is larger than 5 MB.")
    if isinstance(error, (TooManyFilesSent, TooManyFieldsSent)):
        return ApiError(413, "The request has too many members or files.")
    if isinstance(error, MultiPartParserError):
        return ApiError(400, f"The body is no multipart/form-data: {error}"[:300])
    if isinstance(error, (SuspiciousOperation, UnreadablePostError)):
        return ApiError(400, "Bad Request")
    if isinstance(error, (ValueError, DataError)) and "NUL" in str(error):
        return unprocessable(["no value may contain NUL characters"])
    if isinstance(error, IntegrityError) and getattr(error.__cause__, "sqlstate", "") == UNIQUE_VIOLATION:
        log.warning("two callers made the same thing", exc_info=error)
        return ApiError(409, "Somebody made the same thing at this moment. Nothing was written; try again.")
    log.exception("unexpected error in the API", exc_info=error)
    return ApiError(500, "Internal Server Error")
