"""Settings, People: who may open the location, and everything that becomes of their access."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import allowance, current, explaining, owners, people
from accounts.confirming import confirmed
from accounts.models import Invitation, Membership, User
from accounts.second_factor import policy
from accounts.staff_forms import AccessForm, CopyForm, HeirForm, OwnerForm, role_choices
from accounts.views.dialogs import ask, done
from core import clock, scope
from core.errors import Invalid, NotFound, Problem, Refused
from core.pages import allowed, link

MOST_PEOPLE = 500
STATES = {"active": "Active", "off": "Switched off", "invited": "Invited"}


@require_GET
@allowed("users.readonly")
def index(request: HttpRequest) -> HttpResponse:
    """Who may open the location: its members by name, the agency's people, and who is invited."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    role, state = request.GET.get("role", ""), request.GET.get("state", "")
    may_write = scope.current().actor.may("users.write")
    members = Membership.objects.select_related("user", "custom_role").filter(user__deleted_at=None)
    agency = User.objects.filter(is_active=True).exclude(agency_role="")
    invited = Invitation.objects.pending()
    for word in text.split()[:5]:
        members, agency = members.filter(matching(word, "user__")), agency.filter(matching(word))
        invited = invited.filter(matching(word))
    if role in ("admin", "user"):
        members, invited = (rows.filter(role=role, custom_role=None) for rows in (members, invited))
        agency = agency.filter(agency_role=role)
    elif role:
        members, invited = (rows.filter(custom_role_id=role[:20]) for rows in (members, invited))
        agency = agency.none()
    if state in STATES:
        off = Q(user__is_active=False) | Q(disabled_at__isnull=False)
        members = members.filter(off) if state == "off" else members.exclude(off)
        members = members.none() if state == "invited" else members
        agency = agency if state == "active" else agency.none()
        invited = invited if state == "invited" else invited.none()
    rows = list(members.order_by("user__first_name", "user__last_name", "pk")[:MOST_PEOPLE])
    known = {row.user_id for row in rows}
    owner = owners.owner_of(current.location().company_id)
    context = {
        "rows": rows,
        "agency": [user for user in agency[:MOST_PEOPLE] if user.pk not in known],
        "invited": list(invited.select_related("custom_role", "invited_by")[:MOST_PEOPLE]) if may_write else [],
        "query": text,
        "role": role,
        "roles": role_choices(),
        "state": state,
        "states": STATES.items(),
        "may_write": may_write,
        "me": scope.current().actor.user_id,
        "owner": owner.pk if owner else "",
        "seats": allowance.use("users") if may_write else None,
        "now": clock.now(),
    }
    return render(request, "settings/people.html", context)


def matching(word: str, path: str = "") -> Q:
    """People with `word` in a name or the e-mail; `path` leads to the user."""
    return (
        Q(**{f"{path}first_name__icontains": word})
        | Q(**{f"{path}last_name__icontains": word})
        | Q(**{f"{path}email__icontains": word})
    )


def member(pk: str) -> Membership:
    """A membership of the location in scope.

    Raises:
        NotFound: there is none.
    """
    rows = Membership.objects.select_related("user", "location__company", "custom_role")
    held: Membership | None = rows.filter(pk=pk, user__deleted_at=None).first()
    if held is None:
        raise NotFound("This person has no access to the location.")
    return held


def colleagues(membership: Membership) -> Any:
    """Who else works at the location."""
    return User.objects.working_at(membership.location_id).exclude(pk=membership.user_id)


@allowed("users.write")
def access(request: HttpRequest, pk: str) -> HttpResponse:
    """One person's access to the location: role, restriction and switches."""
    membership = member(pk)
    form = AccessForm(request.POST if request.method == "POST" else None, membership=membership)
    if request.method == "POST" and form.is_valid():
        try:
            membership.set_access(**form.access())
        except (Invalid, Refused) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"The access of {membership.user} is saved.")
            return redirect(link("settings:people"))
    context = {
        "form": form,
        "membership": membership,
        "is_me": membership.user_id == scope.current().actor.user_id,
        "is_owner": membership.is_owner(),
        "copy": CopyForm(members=others(membership)),
        "may_reset": policy.has(membership.user) and policy.may_reset(request.user, membership.user),
    }
    return render(request, "settings/access.html", context, status=422 if form.errors else 200)


def others(membership: Membership) -> Any:
    rows = Membership.objects.select_related("user", "custom_role").filter(user__is_active=True, disabled_at=None)
    return rows.exclude(pk=membership.pk).order_by("user__first_name", "user__last_name", "pk")


@require_GET
@allowed("users.write")
def why(request: HttpRequest, pk: str) -> HttpResponse:
    """What a person may see and do here, and why."""
    membership = member(pk)
    answer = explaining.explain(membership)
    return render(request, "settings/why.html", {"membership": membership, "answer": answer})


@require_POST
@allowed("users.write")
def copy_access(request: HttpRequest, pk: str) -> HttpResponse:
    """Give a person the role, the switches and the restriction of another."""
    membership = member(pk)
    form = CopyForm(request.POST, members=others(membership))
    if not form.is_valid():
        raise Refused("Choose a person to copy from.")
    source = form.cleaned_data["source"]
    membership.copy_access(source)
    messages.success(request, f"{membership.user} now has the access of {source.user}.")
    return redirect(link("settings:access", pk))


@allowed("users.write")
def disable(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask who takes over, then switch the person off."""
    membership = member(pk)
    user = membership.user
    sent = request.POST if request.method == "POST" else None
    form = HeirForm(sent, people=colleagues(membership), nobody=f"Nobody: it stays with {user}")
    if request.method == "POST" and form.is_valid():
        try:
            people.disable(membership, form.cleaned_data["heir"])
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return done(request, link("settings:people"), f"{user} is switched off.")
    context = {
        "title": f"Switch {user} off?",
        "text": "Their access to this location ends at once and their seat is free. What they did stays, and they can "
        "be switched on again.",
        "form": form,
        "action": link("settings:disable", pk),
        "submit": "Switch off",
        "kind": "danger",
    }
    return ask(request, context, status=422 if form.errors else 200)


@require_POST
@allowed("users.write")
def enable(request: HttpRequest, pk: str) -> HttpResponse:
    """Switch the person on again."""
    membership = member(pk)
    people.enable(membership)
    messages.success(request, f"{membership.user} is switched on again.")
    return redirect(link("settings:people"))


@allowed("users.write")
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask who takes over, then take the person out of the location; out of the last one, out of the company."""
    membership = member(pk)
    user = membership.user
    sent = request.POST if request.method == "POST" else None
    form = HeirForm(sent, people=colleagues(membership), nobody="Nobody: it has no owner then")
    if request.method == "POST" and form.is_valid():
        try:
            if membership.user_id == scope.current().actor.user_id:
                raise Refused("Nobody can remove themselves. Another admin can.")
            people.remove(membership, form.cleaned_data["heir"])
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return done(request, link("settings:people"), f"{user} is removed.")
    elsewhere = len(people.places_of(user)) > 1 or user.agency_role
    ends = "They keep their sign-in for the other locations." if elsewhere else "Their sign-in is deleted with it."
    context = {
        "title": f"Remove {user} from this location?",
        "text": f"{ends} Contacts, notes and history stay. This cannot be undone.",
        "form": form,
        "action": link("settings:remove_person", pk),
        "submit": "Remove",
        "kind": "danger",
    }
    return ask(request, context, status=422 if form.errors else 200)


@allowed("users.write")
@confirmed
def owner(request: HttpRequest) -> HttpResponse:
    """The owner passes the account on to another admin."""
    company = current.location().company
    if company.owner_id != scope.current().actor.user_id:
        raise NotFound("Only the owner can transfer the account.")
    sent = request.POST if request.method == "POST" else None
    form = OwnerForm(sent, people=owners.candidates(company))
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            owners.transfer(company, to)
        except Problem as error:
            form.add_error(None, error.message)
        else:
            return done(request, link("settings:people"), f"{to} owns the account now.")
    context = {
        "title": "Transfer the account",
        "text": "The owner is the one person answerable for the account: nobody can switch them off or remove them. You "
        "stay an admin.",
        "form": form,
        "action": link("settings:owner"),
        "submit": "Transfer",
        "kind": "danger",
    }
    return ask(request, context, status=422 if form.errors else 200)
