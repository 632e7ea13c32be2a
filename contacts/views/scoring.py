"""Settings, Scoring: the two scores and their rules; and the ledger behind the score of a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.forms import show_errors
from contacts.models import Contact, ScoreLine, ScoreProfile, ScoreRule, Tag
from contacts.scoring import attributes, profiles
from contacts.scoring.events import SCORABLE, label_of
from contacts.scoring.forms import ProfileForm, RuleForm
from contacts.tasks import scores
from contacts.views.finding import shown
from core import clock, scope
from core.errors import Forbidden, Invalid, LimitReached, NotFound
from core.pages import allowed, link
from journal.writing import write
from objects import dialogs

WRITE = "settings.write"
DIALOG = "components/dialog.html"
MOST_LINES = 100
RECENT = dt.timedelta(days=30)


@require_GET
@allowed(WRITE)
def index(request: HttpRequest) -> HttpResponse:
    """The two scores with their rules and what each has done in thirty days. A fixed number of queries."""
    profiles.prepare()
    rows = list(ScoreProfile.objects.order_by("kind"))
    rules = list(ScoreRule.objects.filter(profile__in=rows).order_by("position", "pk"))
    since = clock.now() - RECENT
    done = {
        rule: (people, points)
        for rule, people, points in ScoreLine.objects.filter(rule__in=rules, kind="rule", at__gte=since)
        .order_by()
        .values_list("rule_id")
        .annotate(Count("contact", distinct=True), Sum("asked"))
    }
    tags = tag_names(rules)
    for row in rows:
        row.shown_rules = [described(rule, done, tags) for rule in rules if rule.profile_id == row.pk]
    context = {"profiles": rows, "is_admin": scope.current().actor.is_admin}
    return render(request, "contacts/scoring/index.html", context)


def described(rule: ScoreRule, done: dict[str, tuple[int, int]], tags: dict[str, str]) -> dict[str, Any]:
    """A rule as a row: what for, how many points, its limits, and what it has done."""
    limits = []
    if rule.most_ever:
        limits.append("once" if rule.most_ever == 1 else f"at most {rule.most_ever:,} times")
    if rule.most_per_day:
        limits.append("once a day" if rule.most_per_day == 1 else f"at most {rule.most_per_day} times a day")
    if rule.expires_days:
        limits.append(f"expires after {rule.expires_days:,} day{'s' if rule.expires_days > 1 else ''}")
    people, points = done.get(rule.pk, (0, 0))
    matches = attributes.number_matching(rule) if rule.conditions else None
    what = (
        f"Tag added: {tags[rule.item]}" if rule.item in tags else label_of(rule.event) if rule.event else "Conditions"
    )
    return {
        "pk": rule.pk,
        "name": rule.name,
        "what": "" if what == rule.name else what,
        "points": rule.points,
        "limits": ", ".join(limits),
        "people": people,
        "given": points or 0,
        "matches": matches,
        "is_broken": bool(rule.conditions) and matches is None,
        "is_silent": bool(rule.event) and not (rule.event in SCORABLE and SCORABLE[rule.event].is_offered),
    }


def tag_names(rules: Iterable[ScoreRule]) -> dict[str, str]:
    """{tag: name} of the tags that rules are narrowed to. One query."""
    found: dict[str, str] = Tag.objects.names_of(
        {rule.item for rule in rules if rule.event == "tag_added" and rule.item}
    )
    return found


def active_rules(profile: ScoreProfile) -> list[ScoreRule]:
    return list(profile.rules.filter(is_active=True).select_related("profile").order_by("position", "pk"))


def look_again(*rules: ScoreRule) -> None:
    """Conditions hold already for many: give them their points in the background."""
    if any(rule.conditions and rule.profile.is_published for rule in rules):
        scores.look.apply_async([])


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change the name, the maximum and how it fades."""
    profile = profile_of(pk)
    names = ("name", "description", "most", "decay_points", "decay_days")
    form = ProfileForm(request.POST or None, initial={name: getattr(profile, name) or "" for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            profile.change(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:scoring"), f"{profile} is changed.")
    context = {"title": f"Change {profile}", "form": form, "action": link("settings:score_edit", pk), "submit": "Save"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def publish(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what publishing will do, then let it count; or make it a draft again, which needs no asking."""
    profile = profile_of(pk)
    if request.method != "POST":
        rules = active_rules(profile)
        tags = tag_names(rules)
        context = {
            "title": f"Publish {profile}?",
            "profile": profile,
            "rows": [described(rule, {}, tags) for rule in rules],
            "action": link("settings:score_publish", pk),
            "submit": "Publish",
            "hidden": [("on", "on")],
        }
        return dialogs.ask(request, "contacts/scoring/publish.html", context)
    if request.POST.get("on") == "on":
        profile.publish()
        look_again(*active_rules(profile))
        return dialogs.done(
            request, link("settings:scoring"), f"{profile} is published: what happens from now on counts."
        )
    profile.withdraw()
    sentence = f"{profile} is a draft again: nothing counts, points that were given stay."
    return dialogs.done(request, link("settings:scoring"), sentence)


@allowed(WRITE)
def recalculate(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then count everything anew in the background. For admins.

    Raises:
        Forbidden: whoever asks is no admin.
    """
    if not scope.current().actor.is_admin:
        raise Forbidden("Only an admin of this location can recalculate scores.")
    profile = profile_of(pk)
    if not profile.is_published:
        raise NotFound("A draft has no scores to recalculate. Publish it first.")
    if request.method == "POST":
        with transaction.atomic():
            write("score_profile.recalculated", profile, {}, {"name": profile.name})
            scores.recount.apply_async([profile.pk])
        return dialogs.done(request, link("settings:scoring"), "Scores are being recalculated.")
    context = {
        "title": f"Recalculate {profile}?",
        "text": "Every contact's points are counted anew by the rules of today from what has happened since they were "
        "published. Points of deleted rules go; points given by hand stay.",
        "action": link("settings:score_recalculate", pk),
        "submit": "Recalculate",
    }
    return dialogs.ask(request, DIALOG, context)


@allowed(WRITE)
def add_rule(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for an event and its points."""
    profile = profile_of(pk)
    form = RuleForm(request.POST or None, profile=profile)
    if request.method == "POST" and form.is_valid():
        try:
            rule = profiles.add_rule(profile, **form.cleaned_data)
            look_again(rule)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            counts = "counts from now on" if profile.is_published else "is added"
            return dialogs.done(request, link("settings:scoring"), f"The rule {rule} {counts}.")
    action = link("settings:score_rule_create", pk)
    context = {"title": f"New rule for {profile}", "form": form, "action": action, "submit": "Add rule"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def edit_rule(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a rule."""
    rule = rule_of(pk)
    form = RuleForm(request.POST or None, profile=rule.profile, rule=rule, initial=RuleForm.held(rule))
    if request.method == "POST" and form.is_valid():
        try:
            profiles.change_rule(rule, **form.cleaned_data)
            look_again(rule)
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:scoring"), f"The rule {rule} is changed.")
    context = {
        "title": f"Change {rule}",
        "form": form,
        "action": link("settings:score_rule_edit", pk),
        "submit": "Save",
    }
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def delete_rule(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what becomes of the points it has given."""
    rule = rule_of(pk)
    if request.method == "POST":
        name = str(rule)
        rule.remove()
        return dialogs.done(request, link("settings:scoring"), f"The rule {name} is deleted.")
    context = {
        "title": f"Delete the rule {rule}?",
        "text": "Points that it has given stay until they expire or the score is recalculated.",
        "action": link("settings:score_rule_delete", pk),
        "submit": "Delete rule",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context)


@require_GET
@allowed("contacts.readonly")
def ledger(request: HttpRequest, pk: str) -> HttpResponse:
    """The newest hundred lines behind a contact's score. Three queries."""
    contact = shown(pk)
    lines = list(
        ScoreLine.objects.filter(contact=contact).select_related("profile").order_by("-at", "-pk")[:MOST_LINES]
    )
    context = {
        "title": f"Score {contact.score:,}",
        "contact": contact,
        "lines": lines,
        "shares": shares(contact),
        "action": link("contacts:show", pk),
    }
    return dialogs.ask(request, "contacts/scoring/ledger.html", context)


def shares(contact: Contact) -> list[tuple[str, int]]:
    """(name, points) of each score that the contact has points of. One query."""
    rows = ScoreLine.objects.filter(contact=contact).order_by("profile__kind").values_list("profile__name")
    return [(name, int(points)) for name, points in rows.annotate(Sum("points")) if points]


def profile_of(pk: str) -> ScoreProfile:
    found: ScoreProfile | None = ScoreProfile.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such score.")
    return found


def rule_of(pk: str) -> ScoreRule:
    found: ScoreRule | None = ScoreRule.objects.select_related("profile").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such rule.")
    return found
