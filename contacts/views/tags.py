"""Settings, Tags: the list of tags with what each is worth, and its changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Func
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts import tagging
from contacts.filters import sorting
from contacts.forms import TagForm, show_errors
from contacts.models import Contact, Tag
from contacts.uses import lists_naming_tag
from core import keyset, scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, link
from objects import dialogs

READ, WRITE = "locations/tags.readonly", "locations/tags.write"


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """By name, fifty a page, each with the number of contacts that the reader sees. Three queries."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").lower().split())[:75]
    rows = Tag.objects.filter(name__contains=text) if text else Tag.objects.all()
    page = keyset.page(rows, "name", request.GET.get("at", ""))
    numbers = numbers_of_contacts([row.pk for row in page.rows])
    for row in page.rows:
        row.number = numbers.get(row.pk, 0)
        row.menu = menu_of(row)
        row.url = contacts_with(row)
    context = {
        "page": page,
        "total": rows.count(),
        "query": text,
        "may_write": scope.current().actor.may(WRITE),
        "is_restricted": not scope.current().actor.sees_everything,
    }
    return render(request, "contacts/tags.html", context)


def contacts_with(tag: Tag) -> str:
    """The contact list filtered by the tag."""
    filters = sorting.pack([{"field": "tags", "operator": "eq", "value": [tag.pk]}])
    return f"{link('contacts:list')}?filters={filters}"


def menu_of(tag: Tag) -> list[dict[str, Any]]:
    rows = [("Rename", "pencil", "settings:tag_rename"), ("Merge into another", "merge", "settings:tag_merge")]
    items: list[dict[str, Any]] = [
        {"label": label, "icon": icon, "get": link(name, tag.pk)} for label, icon, name in rows
    ]
    return [
        *items,
        {"rule": True},
        {"label": "Delete", "icon": "trash", "bad": True, "get": link("settings:tag_delete", tag.pk)},
    ]


def numbers_of_contacts(tag_ids: list[str]) -> dict[str, int]:
    """{tag id: how many live contacts that the reader sees have it}. One query over the arrays, none for no tags."""
    if not tag_ids:
        return {}
    rows = Contact.objects.live().visible_to(scope.current().actor).filter(tags__overlap=tag_ids).order_by()
    each = rows.annotate(tag=Func(F("tags"), function="unnest")).values("tag").annotate(number=Count("pk"))
    return {row["tag"]: row["number"] for row in each if row["tag"] in set(tag_ids)}


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name."""
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tag = tagging.create_tag(form.cleaned_data["name"])
        except Invalid as error:
            show_errors(form, error)
        except tagging.TagExists as error:
            form.add_error("name", error.message)
        else:
            return dialogs.done(request, link("settings:tags"), f"The tag {tag.name} is there.")
    context = {"title": "New tag", "form": form, "action": link("settings:tag_create"), "submit": "Add tag"}
    return dialogs.ask(request, "components/dialog.html", context, 422 if form.errors else 200)


@allowed(WRITE)
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for another name; one that is taken leads to the merge of both."""
    tag = find(pk)
    form = TagForm(request.POST or None, initial={"name": tag.name})
    context: dict[str, Any] = {"tag": tag, "form": form, "action": link("settings:tag_rename", tag.pk)}
    if request.method == "POST" and form.is_valid():
        try:
            tagging.rename_tag(tag, form.cleaned_data["name"])
        except Invalid as error:
            show_errors(form, error)
        except tagging.TagExists as error:
            form.add_error("name", error.message)
            context["other"] = error.tag
        else:
            return dialogs.done(request, link("settings:tags"), f"The tag is called {tag.name}.")
    return dialogs.ask(request, "contacts/tags/rename.html", context, 422 if form.errors else 200)


@allowed(WRITE)
def merge(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask which tag takes this one's place."""
    tag = find(pk)
    wanted = (request.POST if request.method == "POST" else request.GET).get("into", "")
    context: dict[str, Any] = {
        "tag": tag,
        "into": wanted,
        "number": tagging.uses_on_contacts(tag),
        "lists": lists_naming_tag(tag),
        "action": link("settings:tag_merge", tag.pk),
    }
    if request.method == "POST":
        into = Tag.objects.filter(name=" ".join(wanted.lower().split())[:75].replace("\x00", "")).first()
        try:
            if into is None:
                raise Refused("Choose the tag to merge into.")
            name = tag.name
            tagging.merge_tags(tag, into)
            return dialogs.done(request, link("settings:tags"), f"{name} is merged into {into.name}.")
        except Refused as error:
            context["wrong"] = error.message
    return dialogs.ask(request, "contacts/tags/merge.html", context, 422 if "wrong" in context else 200)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say how many contacts lose it and which lists break."""
    tag = find(pk)
    if request.method == "POST":
        name, number = tag.name, tagging.uses_on_contacts(tag)
        tagging.delete_tag(tag)
        people = f"{number:,} contact{'s' if number != 1 else ''}"
        return dialogs.done(request, link("settings:tags"), f"The tag {name} is deleted and taken off {people}.")
    uses = lists_naming_tag(tag)
    context = {
        "tag": tag,
        "number": tagging.uses_on_contacts(tag),
        "lists": uses,
        "hidden_lists": sum(1 for use in uses if not use.name),
        "action": link("settings:tag_delete", tag.pk),
    }
    return dialogs.ask(request, "contacts/tags/delete.html", context)


def find(pk: str) -> Tag:
    tag: Tag | None = Tag.objects.filter(pk=pk).first()
    if tag is None:
        raise NotFound("There is no such tag.")
    return tag
