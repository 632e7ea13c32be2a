"""Tags of a record, and the tags and people and companies that boxes with type-ahead offer."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import countries, zones
from accounts.models import User
from contacts.models import Business, Contact, Tag
from contacts.models.tag import normal
from contacts.views import page
from contacts.views.finding import editable, telling
from core import scope
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link

OFFERED = 20
MOST_AT_ONCE = 50


@require_POST
@allowed("contacts.write")
def tag(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add tags by name, or remove one; adding what is there changes nothing."""
    contact = editable(pk)
    names = [name for name in request.POST.getlist("tags") if name.strip()][:MOST_AT_ONCE]
    trouble = ""
    try:
        if deed == "remove":
            contact.untag(*names)
        elif deed == "add":
            if not names:
                raise Invalid({"tags": "Choose or type a tag."})
            refuse_new(names)
            contact.tag(*names)
        else:
            raise Http404
    except Problem as error:
        trouble = error.message
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(link("contacts:show", contact.pk))
    context = {**page.frame(request, contact, []), "trouble": trouble, "typed": names if trouble else []}
    if trouble:
        return render(request, "contacts/record/tags.html", context, status=422)
    return telling(render(request, "contacts/record/tags.html", context), "record:changed")


def refuse_new(names: list[str]) -> None:
    """Let only those create tags who may manage them; everybody may use the ones there are.

    Raises:
        Invalid: a name is new and the actor may not create it, or it is no name.
    """
    wanted = {normal(name) for name in names}
    if scope.current().actor.may("locations/tags.write"):
        return
    missing = wanted - set(Tag.objects.filter(name__in=wanted).values_list("name", flat=True))
    if missing:
        raise Invalid({"tags": f"There is no tag {', '.join(sorted(missing))}. An admin can create it."})


def results(rows: list[dict[str, str]]) -> JsonResponse:
    response = JsonResponse({"results": rows})
    response["Cache-Control"] = "private, no-store"
    return response


def typed(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:75]


@require_GET
@allowed("contacts.readonly")
def tag_options(request: HttpRequest) -> JsonResponse:
    """Tags whose name holds what was typed; their names are the values."""
    found = Tag.objects.filter(name__icontains=typed(request).lower()).order_by("name")[:OFFERED]
    return results([{"value": row.name, "label": row.name} for row in found])


@require_GET
@allowed("contacts.readonly")
def people_options(request: HttpRequest) -> JsonResponse:
    """People who work here, by name or e-mail."""
    found = User.objects.working_at(scope.location_id())
    for word in typed(request).split()[:4]:
        found = found.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
    rows = found.order_by("first_name", "last_name", "pk")[:OFFERED]
    return results([{"value": row.pk, "label": row.name or row.email, "hint": row.email} for row in rows])


@require_GET
@allowed("contacts.readonly")
def company_options(request: HttpRequest) -> JsonResponse:
    """Companies the actor sees, by name."""
    actor = scope.current().actor
    found = Business.objects.visible_to(actor).filter(name__icontains=typed(request)).order_by("name", "pk")[:OFFERED]
    return results([{"value": row.pk, "label": row.name, "hint": row.city} for row in found])


@require_GET
@allowed("contacts.readonly")
def contact_options(request: HttpRequest) -> JsonResponse:
    """Contacts the actor sees, by whatever search finds."""
    words = typed(request)
    found = Contact.objects.live().visible_to(scope.current().actor)
    rows = (found.search(words) if words else found).order_by("-last_activity_at", "-pk")[:OFFERED]
    return results([{"value": row.pk, "label": str(row), "hint": row.email or row.phone} for row in rows])


@require_GET
@allowed("contacts.readonly")
def zone_options(request: HttpRequest) -> JsonResponse:
    """Time zones by the words of their names."""
    words = typed(request).lower().replace(" ", "_")
    found = [name for name in zones.names() if words in name.lower()][:OFFERED]
    return results([{"value": name, "label": name.replace("_", " ")} for name in found])


@require_GET
@allowed("contacts.readonly")
def country_options(request: HttpRequest) -> JsonResponse:
    """Countries by name or by their two letters."""
    words = typed(request).lower()
    found = [(code, name) for code, name in countries.names().items() if words in name.lower() or words == code.lower()]
    return results([{"value": code, "label": name, "hint": code} for code, name in found[:OFFERED]])
