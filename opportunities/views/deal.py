"""One opportunity: beside the board in a drawer, or as a page of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import names as people_names
from contacts.cells import picture_address
from contacts.models import Contact, Note, Tag, Task
from core import ids, scope
from core.pages import allowed, link
from objects.models import CustomField
from opportunities import details
from opportunities.contacts_seen import UNNAMED, hidden
from opportunities.models import Opportunity, may_see_values
from opportunities.models.opportunity import MOST_FOLLOWERS, MOST_PARTICIPANTS
from opportunities.views.finding import READ, people, pipelines, shown, stages_of

PARTS = [("details", "Details"), ("notes", "Notes"), ("tasks", "Tasks"), ("activity", "Activity")]


@require_GET
@allowed(READ)
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """The whole opportunity; for the drawer and the parts of it without the page around."""
    opportunity = shown(pk)
    target = request.headers.get("HX-Target", "")
    context = whole(request, opportunity, request.GET.get("part", "details"))
    template = "opportunities/deal.html" if target in ("drawer", "deal") else "opportunities/show.html"
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


def whole(request: HttpRequest, opportunity: Opportunity, part: str = "details") -> dict[str, Any]:
    """Everything that a part of the page shows."""
    actor = scope.current().actor
    contact = Contact.objects.visible_to(actor).filter(pk=opportunity.contact_id).first()
    parts = [each for each in PARTS if contact is not None or each[0] not in ("notes", "tasks")]
    part = part if part in {name for name, _ in parts} else "details"
    found = {
        **head(opportunity),
        "part": part,
        "parts": [(name, label, name == part) for name, label in parts],
        "contact": contact,
        "contact_name": str(contact or UNNAMED),
        "picture": picture_of(contact) if contact else "",
        "counts": numbers(contact) if contact is not None else {},
        "board_url": f"{link('opportunities:board')}?pipeline={opportunity.pipeline_id}",
    }
    if part == "details":
        found |= fields(opportunity) | together(opportunity)
    elif part == "activity":
        before = request.GET.get("before", "")
        lines, older = details.history(opportunity, before if ids.is_id(before) else "")
        found |= {"lines": lines, "older": older}
    return found


def head(opportunity: Opportunity) -> dict[str, Any]:
    """Name, value and status."""
    actor = scope.current().actor
    return {
        "deal": opportunity,
        "name_row": details.row_named(opportunity, "name"),
        "may_write": actor.may("opportunities.write"),
        "sees_values": may_see_values(actor),
        "reason": opportunity.lost_reason,
    }


def fields(opportunity: Opportunity) -> dict[str, Any]:
    """The fields with their editors: four queries."""
    known = CustomField.objects.filter(model="opportunity").select_related("folder")[:500]
    return {
        "rows": details.rows(opportunity, people(), stages_of(pipelines())),
        "sections": details.sections(opportunity, known),
        "slippage": details.slippage(opportunity),
    }


def together(opportunity: Opportunity) -> dict[str, Any]:
    """Who else is in it, who follows it, and its tags: four queries."""
    actor = scope.current().actor
    held = opportunity.participants.select_related("contact")
    unseen = hidden(each.contact_id for each in held)
    names = people_names.of_users(opportunity.followers)
    tags = Tag.objects.names_of(opportunity.tags)
    return {
        "participants": [
            {"contact": each.contact, "name": str(each.contact), "picture": picture_of(each.contact), "is_seen": True}
            if each.contact_id not in unseen
            else {"contact": None, "name": UNNAMED, "picture": "", "is_seen": False}
            for each in held
        ],
        "participants_full": len(held) >= MOST_PARTICIPANTS,
        "most_participants": MOST_PARTICIPANTS,
        "followers": [{"id": pk, "name": names[pk]} for pk in opportunity.followers if pk in names],
        "followers_full": len(opportunity.followers) >= MOST_FOLLOWERS,
        "tag_names": [tags[pk] for pk in opportunity.tags if pk in tags],
        "may_create_tags": actor.may("locations/tags.write"),
    }


def numbers(contact: Contact) -> dict[str, int]:
    return {
        "notes": Note.objects.filter(contact=contact).count(),
        "tasks": Task.objects.filter(contact=contact).open().count(),
    }


def picture_of(contact: Contact) -> str:
    return picture_address({"id": contact.pk, "picture": contact.picture})
