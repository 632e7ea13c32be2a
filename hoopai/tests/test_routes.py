"""Every page, asked by a stranger, anonymously, and with ids that belong to somebody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from contacts.models import BulkAction, Import, SmartList
from contacts.tests import make
from hoopai.tests.test_structure import routes
from objects.models import CustomField, CustomValue

IN_LOCATION = sorted({route for route, _ in routes() if route.startswith("l/<id:location>/")})
WITH_IDS = [route for route in IN_LOCATION if len(re.findall(r"<", route)) > 1]


def fill(route: str, location: str, value: str = "0" * 20) -> str:
    path = route.replace("<id:location>", location)
    path = re.sub(r"<id:\w+>", value, path)
    return "/" + re.sub(r"<(?:slug|str|int|key):\w+>", "1", path)


def test_there_are_pages_to_ask():
    assert len(IN_LOCATION) > 60 and len(WITH_IDS) > 30


def test_a_stranger_finds_nothing_of_another_location(cast, browse):
    client = browse(cast.charlie)
    for route in IN_LOCATION:
        path = fill(route, cast.location.pk)
        assert client.get(path).status_code == 404, route
        assert client.post(path).status_code == 404, route


def test_without_signing_in_every_page_leads_to_the_door(cast):
    client = Client()
    for route in IN_LOCATION:
        answer = client.get(fill(route, cast.location.pk))
        assert answer.status_code == 302 and answer["Location"].startswith("/account/sign-in"), route


def test_ids_of_another_tenant_and_unknown_ids_are_not_found(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        xavier = make.contact("Xavier", email="x@globex.test", tags=("theirs",))
        theirs = {
            "companies/": make.business().pk,
            "tags/": xavier.tags[0],
            "lists/": SmartList.record_new(name="Theirs", owner=cast.charlie, is_shared=True).pk,
            "bulk/": BulkAction.record_new(name="Theirs", kind="add_tags").pk,
            "imports/": Import.record_new(name="Theirs", file="x", file_name="x.csv").pk,
            "notes/": make.note(xavier).pk,
            "tasks/": make.task(xavier).pk,
            "fields/": CustomField.record_new(name="Theirs", key="theirs").pk,
            "values/": CustomValue.record_new(name="Theirs", key="theirs").pk,
        }
    client = browse(cast.alice)
    for route in WITH_IDS:
        for value in [*(pk for word, pk in theirs.items() if word in route), xavier.pk, "0" * 20]:
            path = fill(route, cast.location.pk, value)
            for answer in (client.get(path), client.post(path)):
                if answer.status_code == 302:  # a fragment asked for as a page leads to its page
                    answer = client.get(answer["Location"])
                assert answer.status_code in (400, 403, 404, 405, 422), f"{route} with {value}: {answer.status_code}"
                assert b"Xavier" not in answer.content and b"Theirs" not in answer.content, route
    with as_(cast.charlie, cast.globex_location):
        xavier.refresh_from_db()
        assert xavier.deleted_at is None and xavier.first_name == "Xavier"


@pytest.mark.parametrize(
    "ability", ["contacts.import", "contacts.delete", "private_integrations.write", "audit.readonly"]
)
def test_a_user_without_an_ability_gets_403(cast, browse, ability):
    client = browse(cast.dora)
    asked = [route for route, view in routes() if getattr(view, "ability", "") == ability and route.startswith("l/")]
    assert asked
    for route in asked:
        assert client.get(fill(route, cast.location.pk)).status_code in (403, 405), route
