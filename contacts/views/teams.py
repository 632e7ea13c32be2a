"""Settings, Teams: who works contacts together."""

from __future__ import annotations

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Team
from contacts import teams
from contacts.forms import show_errors
from contacts.models import Contact
from contacts.views.finding import people
from core import scope
from core.errors import Forbidden, Invalid, LimitReached, NotFound
from core.pages import allowed, link
from objects import dialogs

READ, WRITE = "users.readonly", "users.write"
DIALOG = "components/dialog.html"
MOST = 500


class TeamForm(forms.Form):
    """A team as it is asked for."""

    name = forms.CharField(max_length=100)
    description = forms.CharField(max_length=500, required=False, label="What it is for")
    members = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    leaders = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leaders are members who may change who is in it.",
    )
    parent = forms.ChoiceField(
        required=False,
        label="Part of",
        help_text="People of the team above see what this one owns. Three levels at most.",
    )

    def __init__(self, *args, but: str = "", **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        named = [(person.pk, person.name or person.email) for person in people()]
        others = Team.objects.exclude(pk=but).order_by("name", "pk").values_list("pk", "name")[:MOST]
        self.fields["members"].choices = self.fields["leaders"].choices = named  # type: ignore[attr-defined]
        self.fields["parent"].choices = [("", "No other team"), *others]  # type: ignore[attr-defined]


class MembersForm(forms.Form):
    """Who is in a team, as its leaders ask for it."""

    members = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = [(person.pk, person.name or person.email) for person in people()]  # type: ignore[attr-defined]


@require_GET
@allowed(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The teams by name with their people and how many contacts each owns. Three queries."""
    rows = list(Team.objects.order_by("name", "pk")[:MOST])
    names = {person.pk: person.name or person.email for person in people()}
    owned = dict(
        Contact.objects.live()
        .visible_to(scope.current().actor)
        .filter(team__isnull=False)
        .order_by()
        .values_list("team")
        .annotate(Count("pk"))
    )
    for row in rows:
        row.people = [{"id": pk, "name": names[pk]} for pk in row.members if pk in names]
        row.contacts = owned.get(row.pk, 0)
        row.leads = [names[pk] for pk in row.leaders if pk in names]
        row.is_led = scope.current().actor.user_id in row.leaders
    by_id = {row.pk: row for row in rows}
    for row in rows:
        row.above = by_id.get(row.parent_id)
    context = {"teams": rows, "may_write": scope.current().actor.may(WRITE)}
    return render(request, "contacts/teams.html", context)


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name and the people."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.add_team(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(request, link("settings:teams"), f"The team {team} is there.")
    context = {"title": "New team", "form": form, "action": link("settings:team_create"), "submit": "Add team"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change the name and the people."""
    team = found(pk)
    held = {
        "name": team.name,
        "description": team.description,
        "members": team.members,
        "leaders": team.leaders,
        "parent": team.parent_id,
    }
    form = TeamForm(request.POST or None, initial=held, but=pk)
    if request.method == "POST" and form.is_valid():
        try:
            teams.change_team(team, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:teams"), f"The team {team} is changed.")
    context = {"title": f"Change {team}", "form": form, "action": link("settings:team_edit", pk), "submit": "Save"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(READ)
def members(request: HttpRequest, pk: str) -> HttpResponse:
    """A leader changes who is in the team."""
    team = found(pk)
    actor = scope.current().actor
    if actor.user_id not in team.leaders and not actor.may(WRITE):
        raise Forbidden("Only the leaders of the team and admins can change who is in it.")
    sent = request.POST if request.method == "POST" else None
    form = MembersForm(sent, initial={"members": team.members})
    if request.method == "POST" and form.is_valid():
        try:
            teams.set_members(team, form.cleaned_data["members"])
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:teams"), f"The people of {team} are changed.")
    action = link("settings:team_members", pk)
    context = {"title": f"People of {team}", "form": form, "action": action, "submit": "Save"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what becomes of its contacts."""
    team = found(pk)
    if request.method == "POST":
        name = team.name
        teams.delete_team(team)
        return dialogs.done(request, link("settings:teams"), f"The team {name} is deleted.")
    number = Contact.objects.live().filter(team=team).count()
    owned = f"Its {number:,} contacts stay, without an owner." if number else "It owns no contacts."
    if not scope.current().actor.sees_everything:
        owned = "What it owns stays, without an owner."
    context = {
        "title": f"Delete the team {team}?",
        "text": f"{owned} Its people keep their access to the location.",
        "action": link("settings:team_delete", pk),
        "submit": "Delete team",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context, 200)


def found(pk: str) -> Team:
    team: Team | None = Team.objects.filter(pk=pk).first()
    if team is None:
        raise NotFound("There is no such team.")
    return team
