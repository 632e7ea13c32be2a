"""Loading the demo once, and telling what is in it."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from accounts import current
from accounts.models import Company, Location, User
from accounts.models.membership import actor_at
from contacts.models import (
    BulkAction,
    BulkActionRow,
    Business,
    Contact,
    Note,
    ScoreEvent,
    ScoreLine,
    SmartList,
    Tag,
    Task,
)
from core import clock, scope
from hoopai.demo import (
    company,
    fields,
    history,
    lists,
    papers,
    people,
    properties,
    rhythms,
    sales,
    scores,
    twins,
    words,
)
from journal.models import Entry
from journal.recorded import quietly
from objects.models import CustomField, CustomValue, Record
from opportunities.models import Opportunity, Pipeline
from opportunities.pipelines import TINTS, add_sample
from webhooks.models import Endpoint

SEED = 20_260
SIZES = {"studio": 1300, "lisbon": 700}
PROPERTIES = 25
LOCK = 7_420_260


def present() -> Company | None:
    """The demo company, if it has been loaded."""
    found: Company | None = Company.objects.filter(domain=company.DOMAIN).order_by("pk").first()
    return found


@transaction.atomic
def load() -> Company:
    """Load the demo unless it is there. Two at once: the second waits and finds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    held = present()
    if held:
        return held
    now = clock.now()
    with scope.fresh(via="task"):
        with clock.moved(-people.SPAN - dt.timedelta(days=3)):
            cast = company.found(now)
        for number, place in enumerate(cast.locations):
            fill(cast, place, random.Random(SEED + number), now)  # noqa: S311  a repeatable draw is the point
        told = Entry.objects.everywhere(reason="the demo's story is over: nobody waits for it").filter(
            handed_over_at=None
        )
        told.filter(Q(company_id=cast.company.pk) | Q(subject_id=cast.people["operator"].pk)).update(
            handed_over_at=F("at")
        )
    return cast.company


def fill(cast: company.Cast, place: Location, draw: random.Random, now: dt.datetime) -> None:
    """Everything of one location."""
    in_studio = place.pk == cast.studio.pk
    lead = cast.people["marcus" if in_studio else "ines"]
    with current.at(place, actor=actor_at(lead, place), via="ui"):
        with clock.moved(-people.SPAN - dt.timedelta(days=2)):
            tags = Tag.objects.named(words.TAGS)
            defined = fields.define()
            worth = scores.define(tags, defined)
            teams = company.teams(cast, place)
        team = cast.team(place)
        firms = people.businesses(draw, now, 40 if in_studio else 25, place.country)
        ground = people.Ground(draw, now, 3 if in_studio else 4, team, tags, defined, firms)
        contacts = people.contacts(ground, SIZES["studio" if in_studio else "lisbon"])
        for contact in [one for one in contacts if one.assigned_to is None][::6]:
            contact.team = teams[0]
        chronicle = history.Chronicle(place, draw, now, team, tags)
        for firm in firms:
            chronicle.tell(
                "business.created", firm, firm.date_added, lead, {"name": [None, firm.name]}, {"name": firm.name}
            )
        ledger = scores.Scores(chronicle, worth)
        for contact in contacts:
            chronicle.live(contact)
            ledger.count(contact)
        action, rows = lists.past_bulk_action(chronicle, lead, tags[6], contacts)
        lists.throw_away(chronicle, contacts, 12 if in_studio else 6)
        pairs = twins.again(draw, contacts, now) if in_studio else []
        for _, twin in pairs:
            chronicle.live(twin)
            ledger.count(twin)
        chronicle.entries.sort(key=lambda entry: entry.pk)
        with quietly(reason="the demo's entries carry the dates of its story and are written beside the rows"):
            for model, made in (
                (Business, firms),
                (Contact, [*contacts, *(twin for _, twin in pairs)]),
                (Note, chronicle.notes),
                (Task, chronicle.tasks),
                (ScoreEvent, ledger.events),
                (ScoreLine, ledger.lines),
                (BulkAction, [action]),
                (BulkActionRow, rows),
                (Entry, chronicle.entries),
            ):
                model.objects.bulk_create(made, batch_size=1000)  # type: ignore[attr-defined]
        with clock.moved(-dt.timedelta(days=40)):
            lists.smart_lists(lead, team[1], teams[0], tags, defined)
        papers.keep(draw, contacts, 12 if in_studio else 4)
        rhythms.begin(place, draw, contacts)
        sell(place, draw, team, contacts, firms, in_studio)
        if in_studio:
            twins.merge_first(pairs)
            lists.coming_bulk_actions(place, tags[-2])


def sell(
    place: Location,
    draw: random.Random,
    team: list[User],
    contacts: list[Contact],
    firms: list[Business],
    in_studio: bool,
) -> None:
    """Pipelines with deals; in the studio also its own object with links, and an address that was told of deals once."""
    with clock.moved(-dt.timedelta(days=300)):
        desk = sales.Desk(place, draw, team, contacts)
        made = sales.define(TINTS) if in_studio else [add_sample()]
    if not in_studio:
        desk.fill(made[0], sales.SMALL)
        return
    deals = [deal for pipeline in made for deal in desk.fill(pipeline, sales.SHAPES[pipeline.name])]
    properties.fill(draw, place.country, PROPERTIES, contacts, firms, deals)
    with clock.moved(-dt.timedelta(days=90)):
        hook = Endpoint.add(
            f"https://office.{company.DOMAIN}/hooks/deals",
            name="Office dashboard",
            chosen=["OpportunityCreate", "OpportunityStatusUpdate"],
        )
    with clock.moved(-dt.timedelta(days=12)):
        hook.switch(on=False)


def describe() -> dict[str, Any]:
    """What `manage.py demo --json` prints: the address, who can sign in, and an id of everything."""
    held = present()
    if held is None:
        return {}
    places = list(Location.objects.everywhere(reason="telling of the demo").filter(company=held).order_by("pk"))
    roles = {f"{key}@{company.DOMAIN}": title for key, _, _, title, _ in company.STAFF}
    users = (
        User.objects.everywhere(reason="telling of the demo")
        .filter(email__in=[*roles, company.OPERATOR])
        .order_by("pk")
    )
    return {
        "address": settings.BASE_URL,
        "sign_ins": [
            {
                "email": user.email,
                "password": company.PASSWORD,
                "name": user.name,
                "role": roles.get(user.email, "Operator of the installation, at /admin/"),
            }
            for user in users
        ],
        "company": {"id": held.pk, "name": held.name},
        "locations": [{"id": place.pk, "name": place.name, "timezone": place.timezone} for place in places],
        "ids": ids_of(held, places[0]),
    }


def ids_of(held: Company, place: Location) -> dict[str, str]:
    """One id of each kind in the first location, by the names that the API gives them."""
    with current.at(place):
        contact = (
            Contact.objects.live()
            .filter(notes__isnull=False, tasks__isnull=False)
            .exclude(email="")
            .order_by("pk")
            .first()
        )
        found: dict[str, Any] = {
            "contactId": contact,
            "noteId": contact and Note.objects.filter(contact=contact).first(),
            "taskId": contact and Task.objects.filter(contact=contact).first(),
            "businessId": Business.objects.order_by("pk").first(),
            "tagId": Tag.objects.order_by("pk").first(),
            "customFieldId": CustomField.objects.order_by("pk").first(),
            "customValueId": CustomValue.objects.order_by("pk").first(),
            "smartListId": SmartList.objects.order_by("pk").first(),
            "bulkActionId": BulkAction.objects.order_by("pk").first(),
            "pipelineId": Pipeline.objects.order_by("pk").first(),
            "opportunityId": Opportunity.objects.live().order_by("pk").first(),
            "recordId": Record.objects.live().order_by("pk").first(),
            "userId": User.objects.filter(email=f"priya@{company.DOMAIN}").first(),
        }
    return {"companyId": held.pk, "locationId": place.pk, **{name: row.pk for name, row in found.items() if row}}
