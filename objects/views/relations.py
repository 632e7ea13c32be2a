"""The associations of any record: the panel beside it, linking with a record that is there or a new one, unlinking."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import ids, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, is_partial, link
from objects import associations, dialogs, relation_panel, relations, types
from objects.association_forms import label_choices
from objects.forms import show_errors
from objects.models import Association
from objects.relations import Link
from objects.types import RecordType

READ, WRITE = "associations/relation.readonly", "associations/relation.write"
OFFERED = 20
GONE = "This record does not exist, or you may not see it."


@require_GET
@allowed(READ)
def panel(request: HttpRequest, pk: str, kind: str = "contact") -> HttpResponse:
    """What the record is linked with. Asked for as a page it is one of its own."""
    found, row = shown(kind, pk)
    return answer(request, found, row)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def add(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Link the record: with one that is there (`mode=existing`), or with one made here (`mode=new`)."""
    found, row = editable(kind, pk)
    actor = scope.current().actor
    given = request.POST if request.method == "POST" else request.GET
    mode = "new" if given.get("mode") == "new" else "existing"
    usable = usable_with(found, mode)
    offered = [one for one in types.every() if one.may_read(actor) and (mode == "existing" or one.may_write(actor))]
    labels = {one.key: label_choices(found.key, usable, one.key) for one in offered}
    other = next((one for one in offered if one.key == given.get("other")), None)
    other = other or next((one for one in offered if labels[one.key]), offered[0] if offered else None)
    if other is None:
        raise NotFound("There is nothing you could link it with.")
    form = form_of(request, mode, found, row, other, labels[other.key])
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                name = linked(form, mode, found, row, other, usable)
        except Invalid as error:
            show_errors(form, Invalid({name.removeprefix("customFields."): say for name, say in error.errors.items()}))
        except Problem as error:
            form.add_error(None, error.message)
        else:
            return done(request, found, row, f"{name} is linked.")
    base = link("objects:relation_add", found.key, row.pk)
    context = {
        "title": f"Link {found.name_of(row)} with {'something new' if mode == 'new' else 'a record'}",
        "form": form,
        "action": base,
        "hidden": [("mode", mode), ("other", other.key)],
        "mode": mode,
        "other": other,
        "record_kind": found,
        "has_labels": bool(labels[other.key]),
        "kinds": [
            {
                "label": one.label,
                "url": f"{base}?{urlencode({'mode': mode, 'other': one.key})}",
                "current": one == other,
            }
            for one in offered
        ],
        "manage_url": link("settings:associations") if actor.may("associations.write") else "",
        "options_url": link("objects:relation_options", found.key, row.pk) + f"?{urlencode({'other': other.key})}",
        "create_url": other.create_address() if mode == "new" and not hasattr(form, "add") else "",
        "submit": "Create and link" if mode == "new" else "Link",
    }
    return dialogs.ask(request, "objects/relations/add.html", context, 422 if form.errors else 200)


@require_GET
@allowed(WRITE)
def options(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Records of the kind `other` that search finds, but for the record itself."""
    found, row = editable(kind, pk)
    other = types.of(request.GET.get("other", ""))
    if other is None:
        raise NotFound("There are no records of this kind.")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    listed = [
        {"value": one.pk, "label": other.name_of(one), "hint": other.hint_of(one)}
        for one in candidates(other, text)
        if one.pk != row.pk
    ]
    response = JsonResponse({"results": listed})
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@allowed(WRITE)
def remove(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Unlink; both records stay, and Undo links them again."""
    found, row = editable(kind, pk)
    held = chosen(request, found, row)
    relations.unlink(held, scope.current().actor)
    query = urlencode({"association": held.association.pk, "first": held.first, "second": held.second})
    undo = f"{link('objects:relation_restore', found.key, row.pk)}?{query}"
    if not is_partial(request):
        messages.success(request, "Link removed.", extra_tags=f"undo:{undo}")
        return redirect(record_address(found, row))
    return answer(request, found, row, toast={"text": "Link removed.", "level": "ok", "undo_url": undo})


@require_POST
@allowed(WRITE)
def restore(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Link again what was just unlinked; the rules of linking hold."""
    found, row = editable(kind, pk)
    association, first, second = named(request, found, row)
    relations.link(association, first, second, scope.current().actor)
    return done(request, found, row, "Linked again.")


def shown(kind: str, pk: str) -> tuple[RecordType, Any]:
    """The record, in the trash or not, if the actor may see it.

    Raises:
        NotFound: otherwise; whether it exists is not told.
    """
    actor = scope.current().actor
    found = types.of(kind)
    row = found.rows().visible_to(actor).filter(pk=pk).first() if found and found.may_read(actor) else None
    if found is None or row is None:
        raise NotFound(GONE)
    return found, row


def editable(kind: str, pk: str) -> tuple[RecordType, Any]:
    """The same, out of the trash only."""
    found = types.of(kind)
    row = found.find(pk, scope.current().actor) if found else None
    if found is None or row is None:
        raise NotFound(GONE)
    return found, row


def candidates(kind: RecordType, text: str) -> list[Any]:
    """The records of a kind that search finds, those changed last first."""
    return list(kind.search(text, scope.current().actor).order_by("-date_updated", "-pk")[:OFFERED])


def usable_with(kind: RecordType, mode: str) -> list[Association]:
    """The types by which records of this kind can be linked here, those of the system where a link can be put."""
    own = types.own_links()

    def can_be_put(held: types.OwnLink) -> bool:
        return held.put is not None and (not held.is_made_with or (mode == "new" and held.holder != kind.key))

    return [one for one in associations.between(kind.key) if not one.is_system or can_be_put(own[one.key])]


class AddForm(forms.Form):
    """Which label, and which record."""

    label = forms.ChoiceField(label="Label", error_messages={"required": "Choose a label."})
    record = forms.CharField(
        max_length=ids.LENGTH, widget=forms.Select, error_messages={"required": "Choose a record."}
    )

    def __init__(self, data: Any, labels: list[tuple[str, str]], other: RecordType, present: Any = None) -> None:
        super().__init__(data)
        self.fields["label"].choices = labels  # type: ignore[attr-defined]
        self.fields["record"].label = other.label
        rows = [present] if present is not None else candidates(other, "")
        self.fields["record"].widget.choices = [("", "–"), *((row.pk, other.name_of(row)) for row in rows)]


def form_of(
    request: HttpRequest, mode: str, kind: RecordType, row: Any, other: RecordType, labels: list[tuple[str, str]]
) -> Any:
    """The label and the record; for a new record the form of its kind with the label on top."""
    data = request.POST if request.method == "POST" else None
    if mode == "existing":
        present = other.find(str(data.get("record", ""))[: ids.LENGTH], scope.current().actor) if data else None
        return AddForm(data, labels, other, present)
    made = other.form_for(kind.key, row, data) or forms.Form(data)
    made.fields = {
        "label": forms.ChoiceField(label="Label", choices=labels, error_messages={"required": "Choose a label."}),
        **made.fields,
    }
    return made


def linked(form: Any, mode: str, kind: RecordType, row: Any, other: RecordType, usable: list[Association]) -> str:
    """Make the link, and the record first where it is new. The name of the other record.

    Raises:
        Invalid, Refused: as the record's own verb and `relations.link` say.
    """
    association_id, _, side = form.cleaned_data.pop("label").partition(":")
    association = next(one for one in usable if one.pk == association_id)
    actor = scope.current().actor
    if mode == "new":
        if not hasattr(form, "add") or not other.may_write(actor):
            raise Invalid({"": f"A {other.label.lower()} cannot be added here."})
        target = form.add()
    else:
        target = other.find(form.cleaned_data["record"], actor)
        if target is None:
            raise Invalid({"record": f"there is no such {other.label.lower()}"})
    pair = (row.pk, target.pk) if side == "first" else (target.pk, row.pk)
    relations.link(association, *pair, actor)
    return other.name_of(target)


def named(request: HttpRequest, kind: RecordType, row: Any) -> tuple[Association, str, str]:
    """The type and the two records a request names, of which the present one must be one.

    Raises:
        NotFound: it names none.
    """
    given = {**request.GET.dict(), **request.POST.dict()}
    association = associations.find(given.get("association", ""))
    pair = given.get("first", ""), given.get("second", "")
    if association is None or row.pk not in pair or not all(ids.is_id(pk) for pk in pair):
        raise NotFound("They are not linked like that any more.")
    side = association.first_kind if pair[0] == row.pk else association.second_kind
    if side != kind.key:
        raise NotFound("They are not linked like that any more.")
    return association, *pair


def chosen(request: HttpRequest, kind: RecordType, row: Any) -> Link:
    """The link a request names, if the actor may see the record at its other end.

    Raises:
        NotFound: there is none.
    """
    association, first, second = named(request, kind, row)
    other = types.of(association.second_kind if first == row.pk else association.first_kind)
    if other is None or other.find(second if first == row.pk else first, scope.current().actor) is None:
        raise NotFound("They are not linked like that any more.")
    return relations.between(association, first, second)


def answer(request: HttpRequest, kind: RecordType, row: Any, toast: dict[str, str] | None = None) -> HttpResponse:
    """The panel; as a page with the way back to the record."""
    actor = scope.current().actor
    whole = request.GET.get("all", "")
    groups = relation_panel.groups_of(kind, row.pk, actor, whole)
    base = link("objects:record_relations", kind.key, row.pk)
    is_alive = kind.alive().filter(pk=row.pk).exists()
    context = {
        "kind": kind,
        "row": row,
        "name": kind.name_of(row),
        "groups": groups,
        "whole": whole,
        "base": base,
        "may_write": is_alive and actor.may(WRITE),
        "add_url": link("objects:relation_add", kind.key, row.pk),
        "remove_url": link("objects:relation_remove", kind.key, row.pk),
        "manage_url": link("settings:associations") if actor.may("associations.write") else "",
        "record_url": kind.url_of(row.pk),
        "target": "#relations" if request.GET.get("bare") else "#panel",
        "bare": "1" if request.GET.get("bare") else "",
    }
    if not is_partial(request):
        return render(request, "objects/relations/page.html", context)
    bare = bool(context["bare"])
    response = render(request, "objects/relations/list.html" if bare else "objects/relations/panel.html", context)
    told: dict[str, Any] = {"counts": {"associations": relation_panel.counted(groups)}}
    if toast:
        told |= {"toast": toast, "record:changed": ""}
    response["HX-Trigger"] = json.dumps(told)
    if kind.key == "contact" and not bare:
        response.set_cookie("panel", "associations", max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response


def done(request: HttpRequest, kind: RecordType, row: Any, sentence: str) -> HttpResponse:
    """After linking: the dialog closes and the panel looks again."""
    if not is_partial(request):
        messages.success(request, sentence)
        return redirect(record_address(kind, row))
    told = {
        "dialog:close": "",
        "relations:changed": "",
        "record:changed": "",
        "toast": {"text": sentence, "level": "ok"},
    }
    if kind.key == "contact":
        told["fields:changed"] = told["who:changed"] = ""
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def record_address(kind: RecordType, row: Any) -> str:
    """The record with its associations in sight."""
    url = kind.url_of(row.pk)
    return f"{url}?panel=associations" if url else link("objects:record_relations", kind.key, row.pk)
