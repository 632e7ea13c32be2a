"""Bulk actions: asking before one starts, telling what it will change, and starting it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from accounts import hipaa
from contacts import bulk, bulk_forms, bulk_kinds, bulk_schedule
from contacts.bulk_kinds import BulkKind, ParamsForm
from contacts.bulk_menu import exists
from contacts.filters import sorting
from contacts.models import Contact
from contacts.models.querysets import ContactQuerySet
from contacts.models.trash import KEPT_FOR
from contacts.views.look import Look, look_from
from contacts.views.tracking import people_words, started
from core import ids, scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link

FORECAST_LIMIT_MS = 4_000


def chosen(given: QueryDict, look: Look) -> ContactQuerySet:
    """The contacts ticked, or all of the list where `all` is given: live, visible to the actor, in the list's order.

    Raises:
        Invalid: nothing is chosen, too much one by one, or the list's address is damaged.
    """
    if given.get("all"):
        if look.context.problem:
            raise Invalid({"": look.context.problem})
        return look.context.sorted()
    wanted = wanted_ids(given)
    if not wanted:
        raise Invalid({"": "Choose at least one contact."})
    if len(wanted) > bulk.MOST_CHOSEN:
        raise Invalid({"": f"Choose at most {bulk.MOST_CHOSEN:,} one by one; for more, select all that match."})
    found = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=wanted)
    return sorting.sort(found, look.context.orders if not look.context.problem else [sorting.order("-dateAdded")])


def wanted_ids(given: QueryDict) -> list[str]:
    return [pk for part in given.getlist("ids") for pk in part.split(",") if ids.is_id(pk)]


def offered(key: str) -> BulkKind:
    """A kind that pages offer; raises NotFound for any other, Forbidden where the actor may not start it."""
    kind = bulk_kinds.KINDS.get(key)
    if kind is None or not kind.is_offered or kind.subject != "contact" or (kind.opens and not exists(kind.opens)):
        raise NotFound("There is no such action.")
    bulk.require(kind)
    return kind


@require_POST
@allowed("contacts.readonly")
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """The dialog before an action, for the contacts chosen; kinds with a page of their own lead there."""
    found = offered(kind)
    look = look_from(request, request.POST)
    if found.opens:
        return opened(request, found, look)
    return dialog(request, found, look, found.form() if found.form else None, bulk_schedule.blank())


def opened(request: HttpRequest, kind: BulkKind, look: Look) -> HttpResponse:
    """To the page that does the work, with the ids of the contacts chosen.

    Raises:
        Refused: fewer than two are chosen, or more than it takes.
    """
    wanted = list(chosen(request.POST, look).values_list("pk", flat=True)[: kind.most + 1])
    if len(wanted) < 2:
        raise Refused("Choose at least two contacts.")
    if len(wanted) > kind.most:
        raise Refused(f"{kind.label} takes at most {kind.most} contacts; choose fewer.")
    address = f"{link(kind.opens)}?{urlencode({'ids': ','.join(wanted)})}"
    if not is_partial(request):
        return redirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


def dialog(
    request: HttpRequest,
    kind: BulkKind,
    look: Look,
    form: ParamsForm | None,
    when: bulk_schedule.When,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    words = people_words(sorting.count(chosen(request.POST, look)))
    context = {
        "kind": kind,
        "form": form,
        "when": when,
        "title": (kind.title or f"{kind.label}: {{}}").format(words),
        "submit": f"{kind.submit or kind.label} {words}",
        "action": link("contacts:bulk_start", kind.key),
        "forecast_url": link("contacts:bulk_forecast", kind.key),
        "members": look.members(),
        "all": bool(request.POST.get("all")),
        "ids": ",".join(pk for part in request.POST.getlist("ids") for pk in part.split(",") if pk),
        "name": request.POST.get("name", ""),
        "columns": look.columns,
        "groups": bulk_forms.editable_fields() if kind.key == "update_field" else [],
        "trouble": trouble,
        "limit": KEPT_FOR.days,
        "needs_purpose": kind.key == "export" and hipaa.is_on(),
        "purpose": request.POST.get("purpose", ""),
    }
    return render(request, "contacts/bulk/ask.html", context, status=status)


@require_POST
@allowed("contacts.readonly")
def forecast(request: HttpRequest, kind: str) -> HttpResponse:
    """What starting it now would change: "This will change 412 of 500; 88 have these tags already". Writes nothing."""
    found = offered(kind)
    look = look_from(request, request.POST)
    context: dict[str, Any] = {}
    try:
        form = filled(found, request.POST)
        params = form.preview() if form else {}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(FORECAST_LIMIT_MS)])
            total, passed = bulk.forecast(found, chosen(request.POST, look), params)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        changes = max(total - sum(count for count, _ in passed), 0)
        context = {"total": total, "passed": passed, "changes": changes}
    except (Invalid, OperationalError):
        pass  # not filled in yet, or too many to count in time: nothing is told
    return HttpResponse(render_to_string("contacts/bulk/forecast.html", context, request).strip())


@require_GET
@allowed("contacts.readonly")
def field_editor(request: HttpRequest) -> HttpResponse:
    """The control for the value of a field, for the dialog that updates one."""
    row = bulk_forms.editable_row(request.GET.get("field", ""))
    if row is None:
        return HttpResponse("")
    return render(request, "contacts/bulk/fields/value.html", {"row": row})


@require_POST
@allowed("contacts.readonly")
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Freeze the audience and begin; the answer is a toast that shows progress and offers undo."""
    found = offered(kind)
    if found.opens:
        raise NotFound("There is no such action.")
    look = look_from(request, request.POST)
    form, when = found.form(request.POST) if found.form else None, bulk_schedule.blank()
    try:
        if found.can_schedule and request.POST.get("mode"):
            when = bulk_schedule.When(request.POST)
        schedule = when.schedule() if when.is_bound else {}
        with transaction.atomic():  # what the parameters create goes again when the action cannot start
            params = params_of(found, form, request.POST, look)
            name = name_of(found, form, request.POST, params)
            action = bulk.start(kind, chosen(request.POST, look), name=name, params=params, **schedule)
    except (Invalid, Refused) as error:
        if not is_partial(request) or not (request.POST.get("all") or request.POST.get("ids")):
            raise
        trouble = blamed(error, form, when)
        return dialog(request, found, look, form, when, trouble, status=422)
    return started(request, action)


def filled(kind: BulkKind, given: QueryDict) -> ParamsForm | None:
    """The kind's form with what was sent.

    Raises:
        Invalid: {field: sentence}.
    """
    if kind.form is None:
        return None
    form = kind.form(given)
    check(form)
    return form


def check(form: ParamsForm) -> None:
    if not form.is_valid():
        raise Invalid({name: " ".join(map(str, errors)) for name, errors in form.errors.items()})


def params_of(kind: BulkKind, form: ParamsForm | None, given: QueryDict, look: Look) -> dict[str, Any]:
    """What the action is told.

    Raises:
        Invalid: {field: sentence}.
    """
    if kind.confirm_word and given.get("confirm", "").strip() != kind.confirm_word:
        raise Invalid({"confirm": f"Type {kind.confirm_word} to confirm."})
    if kind.key == "export":
        return {"columns": [column.name for column in look.columns], "purpose": given.get("purpose", "")}
    if form is None:
        return {}
    check(form)
    return form.params()


def blamed(error: Invalid | Refused, form: ParamsForm | None, when: bulk_schedule.When) -> str:
    """Put each sentence at its field; what belongs to none is returned."""
    if not isinstance(error, Invalid):
        return error.message
    rest = []
    for name, sentence in error.errors.items():
        owner = next(
            (each for each in (form, when) if each is not None and each.is_bound and name in each.fields), None
        )
        if owner is None:
            rest.append(sentence)
        elif owner.is_valid() or name not in owner.errors:
            owner.add_error(name, sentence)
    return " ".join(rest)


def name_of(kind: BulkKind, form: ParamsForm | None, given: QueryDict, params: dict[str, Any]) -> str:
    """The name given, or one that says what is done."""
    name = " ".join(given.get("name", "").replace("\x00", "").split())
    if name:
        return name[:200]
    words = form.words(params) if form else ""
    return (f"{kind.label}: {words}" if words else f"{kind.label} contacts" if " " not in kind.label else kind.label)[
        :200
    ]
