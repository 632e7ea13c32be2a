"""Addresses nobody's page has made: a sentence or the first page, never a crash."""

from __future__ import annotations

import base64
import json

import pytest

from contacts.filters import BadFilter, parse, sorting
from contacts.tests import make
from core.pages import link

ID = "0Wk3Zr8QeTn5yLbPcA1d"


def packed(raw):
    text = raw if isinstance(raw, str) else json.dumps(raw)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "customFields.\x00"},
        {"sort": "score", "after": packed(["1e999999", ID])},
        {"sort": "score", "after": packed(["Infinity", ID])},
        {"sort": "score", "after": packed(["NaN", ID])},
        {"after": packed("[" * 2500)},
        {"filters": packed("[" * 2500)},
        {"filters": packed('[{"field":"firstNameLowerCase","operator":"eq","value":"\\ud800"}]')},
        {"filters": packed('[{"field":"score","operator":"gt","value":1e999}]')},
        {"filters": packed('[{"field":"dateAdded","operator":"in_last","value":1e999}]')},
        {"filters": packed('[{"field":"customFields.\\u0000","operator":"exists"}]')},
        {"filters": packed('[{"field":"customFields.\\ud800","operator":"exists"}]')},
    ],
)
def test_the_list_survives(cast, browse, query):
    make.contact("Ann")
    assert browse(cast.alice).get(link("contacts:list"), query).status_code == 200


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("contacts:bulk_actions", {"owner": "\x00"}),
        ("contacts:bulk_actions", {"status": "\x00"}),
        ("contacts:trash", {"after": packed(["2026-01-01T00:00:00+00:00", "\x00"])}),
        ("contacts:trash", {"after": packed("[" * 2500)}),
        ("contacts:tasks", {"assignee": "\x00", "cursor": packed("[" * 1400)}),
        ("settings:fields", {"object": "\x00"}),
    ],
)
def test_other_pages_survive(cast, browse, name, query):
    assert browse(cast.alice).get(link(name), query).status_code in (200, 404)


def test_forms_that_no_page_sent_are_refused_in_a_sentence(cast, browse):
    client = browse(cast.alice)
    firm = make.business("Firm")
    chosen = {"contacts": ["\x00", "x" * 40]}
    assert client.post(link("contacts:business_add", firm.pk), chosen).status_code == 302
    assert client.post(link("contacts:lists_order"), {"ids": ["\x00"]}).status_code < 400


def test_numbers_without_end_are_no_values():
    with pytest.raises(BadFilter):
        parse([{"field": "score", "operator": "gt", "value": float("inf")}])
    with pytest.raises(BadFilter):
        sorting.unpack(packed("[NaN]"))
