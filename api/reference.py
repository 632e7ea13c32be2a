"""/docs/api: the reference for people, and the OpenAPI document for programs."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api import limits
from api.openapi import SAMPLE_ID, VERSION, Described, document, json_text, operations, own_ids
from api.rendering import answer
from core import ids
from core.pages import public


@public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document."""
    return answer(document(), trace=False)


@public
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation with its members, its scope and an example that works once the token is put in."""
    place = request.session.get("location", "")
    company = getattr(request.user, "company_id", None)
    own = own_ids(place if ids.is_id(place) else SAMPLE_ID, company or SAMPLE_ID)
    host = f"https://{settings.API_HOST}" if settings.API_HOST else settings.BASE_URL
    rows = sorted(operations(), key=lambda one: one.group)
    return render(
        request,
        "docs/api.html",
        {
            "groups": [
                (name.replace("-", " ").capitalize(), name, [entry(one, host, own) for one in found])
                for name, found in groupby(rows, key=lambda one: one.group)
            ],
            "host": host,
            "version": VERSION,
            "limits": [
                (limits.KEY_SECOND, "of one private integration"),
                (limits.KEY_MINUTE, "of one private integration"),
                (limits.KEYS_DAY, "of all private integrations of an agency together, per day"),
                (limits.BURST, "in one location, whoever asks"),
                (limits.APP_DAY, "of one app in one location, per day"),
                (limits.TOKEN, "refreshes of a token"),
            ],
        },
    )


def entry(one: Described, host: str, own: dict[str, str]) -> dict[str, Any]:
    """What the page shows of an operation."""
    told = one.operation
    return {
        "name": one.name,
        "method": one.method,
        "path": one.path,
        "title": one.title,
        "about": told.about,
        "scope": told.scope,
        "who": one.who,
        "status": told.status,
        "query": members(told.query),
        "body": members(told.body),
        "curl": curl(one, host, own),
        "example": json_text(told.example) if told.example is not None else "",
    }


def members(body: Any) -> list[dict[str, Any]]:
    found = []
    for name, field in (body.fields if body else {}).items():
        schema = field.schema()
        bounds = [f"at most {schema['maxLength']} characters"] if "maxLength" in schema else []
        bounds += [f"{schema['minimum']} or more"] if "minimum" in schema else []
        bounds += [f"{schema['maximum']} or less"] if "maximum" in schema else []
        bounds += [f"at most {schema['maxItems']}"] if "maxItems" in schema else []
        bounds += [f"default {schema['default']}"] if "default" in schema else []
        found.append(
            {
                "name": name,
                "type": schema.get("format") or schema.get("type", "any"),
                "required": field.required,
                "words": schema.get("enum", []),
                "about": field.about,
                "bounds": ", ".join(bounds),
            }
        )
    return found


def curl(one: Described, host: str, own: dict[str, str]) -> str:
    """A command that can be pasted into a shell once $TOKEN is set."""
    query = urlencode(one.sample_query(own), doseq=True, quote_via=quote)
    url = f"{host}{one.sample_path(own)}{'?' + query if query else ''}"
    body = one.sample_body(own)
    parts = [f"curl -X {one.method} {shlex.quote(url)}"]
    if not one.is_public:
        parts += ['-H "Authorization: Bearer $TOKEN"', f"-H 'Version: {VERSION}'"]
    if one.operation.files:
        parts += [f"-F {shlex.quote(f'{name}={value}')}" for name, value in (body or {}).items()]
        parts += [f"-F {shlex.quote(f'{name}=@offer.pdf')}" for name in one.operation.files]
    elif body is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json_text(body, indent=False))}"]
    return " \\\n  ".join(parts)
