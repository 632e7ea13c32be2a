"""Everybody of a company: what they are in the agency and where they work."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import allowance, people
from accounts.agency_forms import AgencyPersonForm, AgencyRoleForm
from accounts.forms import show_errors
from accounts.models import Membership, User
from accounts.tasks import send_welcome
from accounts.views.agency import agency_admin
from accounts.views.people import matching
from core.errors import Invalid, NotFound, Refused

MOST = 500


@require_GET
@agency_admin
def index(request: HttpRequest) -> HttpResponse:
    """All people by name, with their locations. Two queries."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    places = Membership.objects.everywhere(reason="the company's people are listed with all their locations")
    places = (
        places.filter(location__is_active=True).select_related("location", "custom_role").order_by("location__name")
    )
    rows = User.objects.live().prefetch_related(Prefetch("memberships", places, to_attr="places"))
    for word in text.split()[:5]:
        rows = rows.filter(matching(word))
    context = {
        "rows": list(rows.order_by("first_name", "last_name", "pk")[:MOST]),
        "query": text,
        "owner": request.user.company.owner_id or "",
        "use": allowance.use("users"),
        "roles": User._meta.get_field("agency_role").choices,
    }
    return render(request, "agency/people.html", context)


@agency_admin
def create(request: HttpRequest) -> HttpResponse:
    """Somebody new in the agency; a mail lets them set a password."""
    form = AgencyPersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = people.take_on(request.user.company, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            send_welcome.apply_async([user.pk])
            messages.success(request, f"{user} is in the agency. A mail with a link to set a password is on its way.")
            return redirect("agency:people")
    return render(request, "agency/person.html", {"form": form}, status=422 if form.errors else 200)


def found(pk: str) -> User:
    user: User | None = User.objects.live().filter(pk=pk).first()
    if user is None:
        raise NotFound("There is no such person.")
    return user


@require_POST
@agency_admin
def set_role(request: HttpRequest, pk: str) -> HttpResponse:
    """Make somebody an admin or a user of the agency, or neither."""
    user = found(pk)
    form = AgencyRoleForm(request.POST)
    if not form.is_valid():
        raise Refused("There is no such role.")
    people.set_agency_role(user, form.cleaned_data["role"])
    messages.success(request, f"The role of {user} is changed.")
    return redirect("agency:people")


@require_POST
@agency_admin
def switch_off(request: HttpRequest, pk: str) -> HttpResponse:
    user = found(pk)
    people.switch_off(user)
    messages.success(request, f"{user} is switched off.")
    return redirect("agency:people")


@require_POST
@agency_admin
def switch_on(request: HttpRequest, pk: str) -> HttpResponse:
    user = found(pk)
    people.switch_on(user)
    messages.success(request, f"{user} can sign in again.")
    return redirect("agency:people")
