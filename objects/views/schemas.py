"""Settings, Objects: standard and custom objects, the editor of one, deleting and restoring."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from core import clock, scope
from core.errors import Invalid, LimitReached, NotFound
from core.pages import allowed, link
from objects import dialogs, schemas, tasks
from objects.keeping import KEPT_FOR
from objects.models import CustomField, ObjectSchema, Record
from objects.models.custom_field import MAY_BE_SEARCHED, MAY_NAME_A_RECORD
from objects.standard import STANDARD

READ, WRITE = "objects/schema.readonly", "objects/schema.write"
CONFIRM = "DELETE"


class SchemaForm(forms.Form):
    singular = forms.CharField(
        label="Name for one", max_length=60, error_messages={"required": "What is one of them called?"},
        widget=forms.TextInput(attrs={"placeholder": "Pet"}),
    )  # fmt: skip
    plural = forms.CharField(
        label="Name for many", max_length=60, error_messages={"required": "What are several of them called?"},
        widget=forms.TextInput(attrs={"placeholder": "Pets"}),
    )  # fmt: skip
    description = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class NewSchemaForm(SchemaForm):
    key = forms.CharField(
        max_length=60, required=False, help_text="Made from the name when left empty. It cannot be changed later."
    )
    primary_name = forms.CharField(
        label="What names a record", max_length=200, initial="Name",
        help_text="The property shown first everywhere, such as a name or a number.",
    )  # fmt: skip
    primary_type = forms.ChoiceField(
        label="It is", choices=[("TEXT", "Text"), ("NUMERICAL", "A number")], initial="TEXT"
    )


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every object with what it is for; deleted ones below. Four queries."""
    actor = scope.current().actor
    rows = schemas.every()
    numbers = {}
    if any(not row.is_standard for row in rows):
        visible = Record.objects.live().visible_to(actor).order_by()
        numbers = {
            row.pk: visible.filter(schema=row).values("pk")[:10_001].count() for row in rows if not row.is_standard
        }
    custom = [row for row in rows if not row.is_standard]
    context = {
        "standard": [row for row in rows if row.is_standard],
        "custom": [{"schema": row, "number": numbers[row.pk]} for row in custom],
        "trashed": ObjectSchema.objects.made_here().filter(deleted_at__gte=clock.now() - KEPT_FOR)[:50],
        "may_write": actor.may(WRITE),
        "most": schemas.MOST,
        "is_full": len(custom) >= schemas.MOST,
    }
    return render(request, "objects/schemas/index.html", context)


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Names, key and the property that names a record; fields come next."""
    form = NewSchemaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            schema = schemas.create_schema(**form.cleaned_data)
        except Invalid as error:
            for name, sentence in error.errors.items():
                form.add_error(name if name in form.fields else None, sentence[:1].upper() + sentence[1:])
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            onward = f"{link('settings:fields')}?object={schema.key}"
            return dialogs.done(request, onward, f"The object {schema.plural} is there. Add its fields now.")
    context = {
        "title": "New object",
        "form": form,
        "action": link("settings:object_create"),
        "submit": "Add object",
    }
    return dialogs.ask(request, "components/dialog.html", context, 422 if form.errors else 200)


@allowed(WRITE)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Labels, description, what names a record and which properties search looks through."""
    schema = find(key)
    held = {"singular": schema.singular, "plural": schema.plural, "description": schema.description}
    form = SchemaForm(request.POST or None, initial=held)
    fields = list(CustomField.objects.filter(model=schema.key)[:500])
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        if not schema.is_standard and request.POST.get("primary"):
            given["primary_field"] = request.POST["primary"]
        try:
            schema = schemas.change_schema(schema, searchable=request.POST.getlist("searchable")[:500], **given)
        except Invalid as error:
            for name, sentence in error.errors.items():
                form.add_error(name if name in form.fields else None, sentence[:1].upper() + sentence[1:])
        else:
            return dialogs.done(request, link("settings:objects"), f"{schema.plural} are saved.")
    standard = STANDARD.get(schema.key)
    context = {
        "schema": schema,
        "form": form,
        "always": [one.name for one in standard.properties if one.key in standard.searched] if standard else [],
        "searched": [one for one in fields if one.type in MAY_BE_SEARCHED],
        "naming": [one for one in fields if one.type in MAY_NAME_A_RECORD] if not standard else [],
        "primary": schema.primary_field_id,
        "settings_url": link("settings:objects"),
        "settings_title": "Objects",
    }
    return render(request, "objects/schemas/editor.html", context, status=422 if form.errors else 200)


@allowed(WRITE)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Empty objects after a question, others after a typed word."""
    schema = find(key)
    if schema.is_standard:
        raise NotFound("Standard objects cannot be deleted.")
    number = schemas.records_of(schema)
    text = "It has no records." if not number else f"Its {number:,} record{'s go' if number != 1 else ' goes'} with it."
    context: dict[str, Any] = {
        "title": f"Delete {schema.plural}?",
        "text": f"{text} So do its fields and links. Everything can be restored for 30 days.",
        "action": link("settings:object_delete", key=schema.key),
        "submit": "Delete object",
        "kind": "danger",
        "confirm_word": CONFIRM if number else "",
    }
    if request.method == "POST":
        if number and request.POST.get("confirm") != CONFIRM:
            context["text"] = f"Type {CONFIRM} to confirm. {context['text']}"
            return dialogs.ask(request, "components/dialog.html", context, 422)
        schemas.delete_schema(schema)
        return dialogs.done(request, link("settings:objects"), f"{schema.plural} are in the trash for 30 days.")
    return dialogs.ask(request, "components/dialog.html", context)


@allowed(WRITE)
@require_POST
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Everything comes back."""
    schema = trashed(pk)
    schemas.restore_schema(schema)
    return dialogs.done(request, link("settings:objects"), f"{schema.plural} are back, with their records and fields.")


@allowed(WRITE)
def purge(request: HttpRequest, pk: str) -> HttpResponse:
    """Not to wait for the thirty days."""
    schema = trashed(pk)
    context: dict[str, Any] = {
        "title": f"Delete {schema.plural} for good?",
        "text": "Its records, fields and files cannot be brought back after this.",
        "action": link("settings:object_purge", schema.pk),
        "submit": "Delete for good",
        "kind": "danger",
        "confirm_word": CONFIRM,
    }
    if request.method == "POST" and request.POST.get("confirm") == CONFIRM:
        tasks.forget_object.delay(schema.pk)
        return dialogs.done(request, link("settings:objects"), f"{schema.plural} are being deleted for good.")
    return dialogs.ask(request, "components/dialog.html", context, 422 if request.method == "POST" else 200)


def find(key: str) -> ObjectSchema:
    """A live object by its key.

    Raises:
        NotFound: there is none.
    """
    if key in STANDARD:
        return schemas.standard(key)
    rows = ObjectSchema.objects.live().made_here().select_related("primary_field")
    found: ObjectSchema | None = rows.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such object.")
    return found


def trashed(pk: str) -> ObjectSchema:
    found: ObjectSchema | None = ObjectSchema.objects.made_here().filter(pk=pk, deleted_at__isnull=False).first()
    if found is None:
        raise NotFound("This object is not in the trash.")
    return found
