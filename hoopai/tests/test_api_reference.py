"""The API reference: complete, current, and with examples that hold."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from api.openapi import document, json_text, operations, own_ids
from core import scope
from core.pages import link
from oauth.tests.make import private_integration

get_resolver().url_patterns  # noqa: B018  reads the routes


def test_the_committed_document_is_current():
    committed = Path(settings.ROOT, "docs", "openapi.json")
    assert committed.read_text() == json_text(document()) + "\n", "renew it with: bin/manage openapi --write"


def test_operation_ids_are_unique_and_every_operation_has_a_title_and_an_answer():
    names = [one.name for one in operations()]
    assert len(names) == len(set(names))
    assert [one.name for one in operations() if one.operation.status != 204 and one.operation.example is None] == []


def test_every_example_body_is_one_its_operation_accepts():
    wrong = {}
    for one in operations():
        if one.operation.body is not None:
            errors: list[str] = []
            one.operation.body.read(json.loads(json_text(one.sample_body({}))), errors)
            if errors:
                wrong[one.name] = errors
    assert wrong == {}


def test_the_page_shows_every_operation_to_everybody(db):
    with scope.fresh():
        answer = Client().get("/docs/api")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert all(f'id="{one.name}"' in page for one in operations())
    assert "style=" not in page and "<style" not in page and "onclick" not in page
    with scope.fresh():
        assert Client().get("/docs/api/openapi.json").json() == json.loads(json_text(document()))


@pytest.mark.parametrize("name", [one.name for one in operations() if not one.is_public and not one.operation.files])
def test_the_curl_example_gets_past_every_check_of_its_request(cast, browse, name):
    """What is pasted into a shell answers with success, or 404 for the sample's id, or a rule's refusal."""
    from api.reference import curl

    one = next(one for one in operations() if one.name == name)
    words = shlex.split(curl(one, "http://testserver", own_ids(cast.location.pk, cast.company.pk)).replace("\\\n", " "))
    assert words[:2] == ["curl", "-X"]
    method, url = words[2], words[3]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    data = words[words.index("-d") + 1] if "-d" in words else ""
    agency = one.operation.access == "agency"
    token = private_integration(company=cast.company)[1] if agency else private_integration(cast.location)[1]
    headers["Authorization"] = headers["Authorization"].replace("$TOKEN", token)
    headers.pop("Content-Type", None)
    with scope.fresh():
        answer = Client().generic(
            method, url.removeprefix("http://testserver"), data, content_type="application/json", headers=headers
        )
    allowed = {200, 201, 204, 400, 404} | ({401} if one.operation.access.endswith("-only") else set())
    assert answer.status_code in allowed, answer.content


def test_a_signed_in_person_sees_examples_with_the_own_location(cast, browse):
    client = browse(cast.alice)
    client.get(link("settings:private_integrations"))
    assert cast.location.pk in client.get("/docs/api").content.decode()
