"""From an entry of the journal to deliveries: who hears of it, and what it looks like outside."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts import hipaa
from core import scope
from journal import verbs
from journal.models import Entry
from oauth import scopes
from oauth.models import App, Install
from webhooks import bodies, queueing
from webhooks.events import EVENTS, OF_THE_AGENCY, ONLY
from webhooks.models import Endpoint
from webhooks.queueing import New

log = logging.getLogger(__name__)
INSTALLING = ("INSTALL", "UNINSTALL", "PLAN_CHANGE")
LOCKS = 7_020_002


def is_told(verb: str) -> bool:
    """Whether programs outside hear of this verb."""
    found = verbs.VERBS.get(verb)
    return found is not None and bool(found.webhook or found.also)


def listens() -> bool:
    """Whether the location in scope, or an app in it or in its agency, has an endpoint; outside any location, whether
    anything in the company has one."""
    now = scope.current()
    if not now.company_id:
        return False
    every = Endpoint.objects.everywhere(reason="an app's endpoints belong to no location").listening()
    own = Q(location_id=now.location_id) if now.location_id else Q(company_id=now.company_id, location__isnull=False)
    installs = _installs() if now.location_id else Install.objects.all()
    return bool(every.filter(own).exists() or every.filter(app__in=installs.values("app")).exists())


def _installs() -> Any:
    """Installs in the location in scope or in its agency; ended ones too, for they are told that they ended."""
    now = scope.current()
    place = Q(location_id=now.location_id) | Q(location__isnull=True) if now.location_id else Q(location__isnull=True)
    return Install.objects.filter(place)


class Audience:
    """Everybody who could hear of what happens in the location in scope. Three queries."""

    def __init__(self) -> None:
        now = scope.current()
        own = list(Endpoint.objects.listening()) if now.location_id else []
        self.own = [row for row in own if hipaa.may_reach(row.host)]
        self.installs = list(_installs()) if now.company_id else []
        every = Endpoint.objects.everywhere(reason="an app's endpoints belong to no location").listening()
        rows = every.filter(app__in={one.app_id for one in self.installs}).select_related("app")
        self.by_app: dict[str, list[Endpoint]] = {}
        for row in rows if self.installs else []:
            if not hipaa.may_reach(row.host):
                continue
            self.by_app.setdefault(row.app_id, []).append(row)

    def hears(self, event: str, entry: Entry) -> list[Endpoint]:
        """The endpoints that are told of this event of this entry."""
        if event in INSTALLING:
            apps = {one.app_id for one in self.installs if one.pk == entry.subject_id}
            return [row for pk in apps for row in self.by_app.get(pk, ()) if row.is_default]
        found = [row for row in self.own if row.wants(event)]
        for pk in {one.app_id for one in self.installs if self._may(one, event, entry)}:
            found += _of_app(self.by_app.get(pk, []), event)
        return found

    def _may(self, install: Install, event: str, entry: Entry) -> bool:
        if not install.is_active or EVENTS[event].scope not in scopes.held(install.scopes):
            return False
        return bool(install.location_id) or event in OF_THE_AGENCY or entry.location_id is None


def _of_app(endpoints: list[Endpoint], event: str) -> list[Endpoint]:
    """The addresses an app has for the event, or else its default address."""
    named = [row for row in endpoints if not row.is_default and row.wants(event)]
    return named or [row for row in endpoints if row.is_default and row.wants(event)]


def fan_out(entries: list[Entry]) -> list[str]:
    """Make the deliveries of these entries of one location, once each and in the entries' order. Returns their ids.

    Only one at a time works for a location. It takes along what still waits about the same subjects and is older, so
    that no line gets a later entry before an earlier one.
    """
    now = scope.current()
    with connection.cursor() as cursor:
        key = zlib.crc32((now.location_id or now.company_id or "").encode()) - 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, key])
    chosen = sorted([*_overtaken(entries), *entries], key=lambda entry: entry.pk)
    audiences: dict[str | None, Audience] = {now.location_id: Audience()}
    told: dict[str, dict[str, Any]] = {}
    if now.location_id is None:
        told = payloads_of(chosen)  # who was taken on belongs to the agency, and works in a location
        for place in {data["locationId"] for data in told.values() if data.get("locationId")}:
            with scope.use(location_id=place):
                audiences[place] = Audience()
    wanted: list[tuple[Entry, str, str | None, list[Endpoint]]] = []
    for entry in chosen:
        place = entry.location_id or told.get(entry.pk, {}).get("locationId")
        for event in verbs.get(entry.verb).events(entry.changes):
            endpoints = audiences[place].hears(event, entry) if event in EVENTS else []
            if endpoints:
                wanted.append((entry, event, place, endpoints))
    if not told:
        told = payloads_of({one[0].pk: one[0] for one in wanted}.values())
    return queueing.add([row for one in wanted for row in _rows(*one, told[one[0].pk])])


def _overtaken(entries: list[Entry]) -> list[Entry]:
    held = {entry.pk for entry in entries}
    every = Entry.objects.everywhere(reason="older entries of the same subjects, in the location in scope")
    rows = every.filter(
        handed_over_at=None,
        location_id=scope.current().location_id,
        company_id=scope.current().company_id,
        subject_id__in={entry.subject_id for entry in entries},
        pk__lt=max(held),
    )
    return [entry for entry in rows.order_by("pk")[:2000] if entry.pk not in held and is_told(entry.verb)]


def _rows(
    entry: Entry, event: str, place: str | None, endpoints: list[Endpoint], data: dict[str, Any]
) -> Iterable[New]:
    packs: dict[str, str] = {}
    for endpoint in endpoints:
        app: App | None = endpoint.app
        app_id = app.app_id if app else ""
        if app_id not in packs:
            packs[app_id] = pack(event, data, app_id, place, entry.company_id)
        yield New(
            endpoint_id=endpoint.pk,
            event=event,
            resource_id=entry.subject_id,
            payload=packs[app_id],
            company_id=entry.company_id,
            location_id=place,
            entry_id=entry.pk,
        )


def pack(event: str, data: dict[str, Any], app_id: str, location_id: str | None, company_id: str | None) -> str:
    """The event with the part of the envelope that never changes."""
    place = {"locationId": location_id} if location_id else {"companyId": company_id}
    if event in ("LocationCreate", "LocationUpdate"):
        place = {}  # the location is the subject; its id is `id`
    data = {
        name: value for name, value in data.items() if ONLY.get(name, event) == event or not event.startswith("Contact")
    }
    return bodies.packed(event, data, **place, appId=app_id, versionId=app_id)


def payloads_of(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """What each entry looks like outside, by its id. One that cannot be told is told with its id alone."""
    kinds: dict[Callable[..., Any], list[Entry]] = {}
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        verb = verbs.get(entry.verb)
        if verb.payloads:
            kinds.setdefault(verb.payloads, []).append(entry)
        else:
            found[entry.pk] = _one(verb.payload, entry)
    for build, batch in kinds.items():
        try:
            with transaction.atomic():
                found |= {entry.pk: data for entry, data in zip(batch, build(batch), strict=True)}
        except Exception:
            log.exception("the payloads of %s entries could not be built together", len(batch))
            found |= {entry.pk: _one(partial(_single, build), entry) for entry in batch}
    return found


def _single(build: Callable[[list[Entry]], list[dict[str, Any]]], entry: Entry) -> dict[str, Any]:
    return build([entry])[0]


def _one(build: Callable[[Entry], dict[str, Any]] | None, entry: Entry) -> dict[str, Any]:
    if build is None:
        return {"id": entry.subject_id}
    try:
        with transaction.atomic():
            return build(entry)
    except Exception:
        log.exception("the payload of %s %s could not be built", entry.verb, entry.pk)
        return {"id": entry.subject_id}
