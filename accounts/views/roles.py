"""Settings, Roles: the two that are built in, and the location's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts import abilities, allowance, matrix, roles
from accounts.forms import show_errors
from accounts.models import Membership, Role
from accounts.staff_forms import ReplaceForm, RoleForm
from accounts.views.dialogs import ask, done
from core.errors import Invalid, LimitReached, NotFound, Refused
from core.pages import allowed, link

MOST = 200


@require_GET
@allowed("users.write")
def index(request: HttpRequest) -> HttpResponse:
    """The roles with how many have each."""
    rows = list(Role.objects.annotate(people=Count("memberships")).order_by("name", "pk")[:MOST])
    built_in = Membership.objects.filter(custom_role=None, user__deleted_at=None)
    counts = built_in.aggregate(admin=Count("pk", filter=Q(role="admin")), user=Count("pk", filter=Q(role="user")))
    return render(request, "settings/roles.html", {"roles": rows, "counts": counts, "use": allowance.use("roles")})


@allowed("users.write")
def create(request: HttpRequest) -> HttpResponse:
    """A new role, beginning with what a built-in one or another may do."""
    start = base(request.GET.get("from", "user"))
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"abilities": sorted(start)})
    if request.method == "POST" and form.is_valid():
        try:
            role = roles.add_role(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"The role {role} is there. Give it to people under People.")
            return redirect(link("settings:roles"))
    return show(request, form, None)


@allowed("users.write")
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a role for everybody who has it."""
    role = found(pk)
    held = {"name": role.name, "description": role.description, "abilities": role.abilities}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            roles.change_role(role, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, f"The role {role} is saved. It holds from the next click of whoever has it.")
            return redirect(link("settings:roles"))
    return show(request, form, role)


def show(request: HttpRequest, form: RoleForm, role: Role | None) -> HttpResponse:
    chosen = form.data.getlist("abilities") if form.is_bound else form.initial.get("abilities", [])
    context = {
        "form": form,
        "role": role,
        "areas": matrix.areas(frozenset(abilities.FOR_ROLES)),
        "chosen": set(chosen),
        "bases": [("user", "User"), ("admin", "Admin"), *Role.objects.values_list("pk", "name")[:MOST]],
        "base": request.GET.get("from", "user"),
        "people": roles.holders(role) if role else 0,
    }
    return render(request, "settings/role.html", context, status=422 if form.errors else 200)


def base(name: str) -> frozenset[str]:
    """What a new role begins with: a built-in role's abilities, or those of another of the location."""
    if name in ("admin", "user"):
        return abilities.of_role(name) & abilities.FOR_ROLES
    other = Role.objects.filter(pk=name[:20]).first()
    return frozenset(other.abilities) if other else frozenset()


@allowed("users.write")
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for the role that its people get instead, then delete it."""
    role = found(pk)
    count = roles.holders(role)
    others = [("user", "User"), *Role.objects.exclude(pk=pk).values_list("pk", "name")[:MOST]]
    form = ReplaceForm(request.POST if request.method == "POST" else None, roles=others, needed=bool(count))
    if request.method == "POST" and form.is_valid():
        name = role.name
        try:
            roles.delete_role(role, replacement(form.cleaned_data["instead"]))
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return done(request, link("settings:roles"), f"The role {name} is deleted.")
    context: dict[str, Any] = {
        "title": f"Delete the role {role}?",
        "text": f"{count} {'person has' if count == 1 else 'people have'} it." if count else "Nobody has it.",
        "form": form if count else None,
        "action": link("settings:role_delete", pk),
        "submit": "Delete role",
        "kind": "danger",
    }
    return ask(request, context, status=422 if form.errors else 200)


def replacement(chosen: str) -> Role | str:
    return chosen if chosen in ("", "user") else found(chosen)


def found(pk: str) -> Role:
    role: Role | None = Role.objects.filter(pk=pk).first()
    if role is None:
        raise NotFound("There is no such role.")
    return role
