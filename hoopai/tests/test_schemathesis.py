"""Requests nobody would write by hand, made from our own document: none may end in a 500."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from accounts.tests import make
from api.openapi import document, own_ids
from oauth.tests import flow
from oauth.tests.make import ApiClient, private_integration

get_resolver().url_patterns  # noqa: B018  reads the routes
OPERATIONS = {one.ok().label: one.ok() for one in schemathesis.openapi.from_dict(document()).get_all_operations()}


def with_own_ids(found: Any, own: dict[str, str]) -> dict[str, Any]:
    """The request names our own location and company, so that it gets past the check of the owner."""
    if not isinstance(found, dict):
        return {}
    return {name: own[name] if name in own and isinstance(value, str) else value for name, value in found.items()}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_made_from_the_document_ends_in_a_500(cast, label, mode):  # type: ignore[no-untyped-def]
    operation = OPERATIONS[label]
    own = own_ids(cast.location.pk, cast.company.pk)
    who = operation.definition.raw.get("x-token", "")
    if who.startswith("an agency's OAuth"):
        owner = make.user(cast.company, "Olga", agency_role="admin")
        client = ApiClient(flow.installed(*flow.app(), owner, {"agency": "1"})["access_token"])
    else:
        agency = {"company": cast.company} if who.startswith("an agency") else {"place": cast.location}
        client = ApiClient(private_integration(**agency)[1])

    @settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def probe(case: Any) -> None:
        case.path_parameters = with_own_ids(case.path_parameters, own)
        path = case.formatted_path
        if query := with_own_ids(case.query, own):
            path += "?" + urlencode(query, doseq=True, errors="replace")
        options: dict[str, Any] = {}
        body: Any = (
            case.body if isinstance(case.body, (dict, list, str, int, float, bool)) or case.body is None else b""
        )
        if case.media_type == "application/x-www-form-urlencoded" and isinstance(body, dict):
            body = urlencode(body, doseq=True, errors="replace")
            options["content_type"] = case.media_type
        elif case.media_type == "multipart/form-data":
            body = {"id": str(body.get("id"))} if isinstance(body, dict) else {}
        elif body != b"":
            body = json.dumps(with_own_ids(body, own) if isinstance(body, dict) else body).encode("utf-8", "replace")
        answer = client.send(case.method, path, body, **options)
        assert answer.status_code < 500, (case.method, path, body, answer.content)

    with suppress(Unsatisfiable):  # some operations have nothing that could be wrong
        probe()
