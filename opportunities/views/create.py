"""A new opportunity, and the opportunities that boxes with type-ahead offer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import Contact, Tag
from contacts.views.tagging import OFFERED, results, typed
from core import ids, scope
from core.errors import Problem, Refused
from core.pages import allowed
from objects import dialogs
from opportunities import dealing
from opportunities.contacts_seen import UNNAMED, hidden
from opportunities.forms import NewForm
from opportunities.views.finding import READ, WRITE, done, home, people, pipelines, stages_of, visible


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Contact, name, stage, value, close date and owner; `stage`, `pipeline` and `contact` of the address are chosen."""
    known = pipelines()
    if not known:
        raise Refused("There is no pipeline yet. An admin can set one up in the settings.")
    stages = stages_of(known)
    wanted = request.GET.get("pipeline", "")
    first = next((stage.pk for stage in stages if stage.pipeline_id == wanted), stages[0].pk if stages else "")
    initial = {
        "contact": request.GET.get("contact", ""),
        "stage": request.GET.get("stage", "") or first,
        "owner": scope.current().actor.user_id or "",
    }
    form = NewForm(people(), stages, request.POST if request.method == "POST" else None, initial=initial)
    contact = _contact(form["contact"].value() or "")
    if request.method == "POST" and form.is_valid():
        if contact is None:
            form.add_error("contact", "There is no such contact.")
        else:
            values = form.values()
            del values["contact"]
            try:
                opportunity = dealing.add(contact, **values)
            except dealing.Duplicate as error:
                form.add_error(None, error.sentence)
            except Problem as error:
                form.refuse(error)
            else:
                return done(request, f"{opportunity} is added.", home(opportunity.pk))
    form.fields["contact"].widget.choices = [("", ""), *([(contact.pk, str(contact))] if contact else [])]
    context = {"form": form, "action": request.get_full_path(), "contact": contact}
    return dialogs.ask(request, "opportunities/create.html", context, 422 if form.errors else 200)


def _contact(pk: str) -> Contact | None:
    if not ids.is_id(pk):
        return None
    found: Contact | None = Contact.objects.live().visible_to(scope.current().actor).filter(pk=pk).first()
    return found


@require_GET
@allowed(READ)
def options(request: HttpRequest) -> JsonResponse:
    """Opportunities the actor sees, by what was typed; the most recently changed first."""
    words = typed(request)
    rows: Any = visible().select_related("stage", "contact")
    rows = list((rows.search(words) if words else rows).order_by("-date_updated", "-pk")[:OFFERED])
    unseen = hidden(row.contact_id for row in rows)
    return results([
        {
            "value": row.pk,
            "label": row.name,
            "hint": f"{UNNAMED if row.contact_id in unseen else row.contact}, {row.stage.name}",
        }
        for row in rows
    ])  # fmt: skip


@require_GET
@allowed(READ)
def tag_options(request: HttpRequest) -> JsonResponse:
    """Tags whose name holds what was typed; their ids are the values, as filters want them."""
    found = Tag.objects.filter(name__icontains=typed(request).lower()).order_by("name")[:OFFERED]
    return results([{"value": row.pk, "label": row.name} for row in found])
