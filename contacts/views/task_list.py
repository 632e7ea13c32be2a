"""All tasks of the location that a person may see: as a list, or as a board of what is due when."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import current
from accounts.models import User
from contacts.models import Business, Contact, Task
from contacts.record_forms import TaskForm
from contacts.views import task_filters
from contacts.views.finding import people
from contacts.views.panels import in_state, query_of
from contacts.views.tasks import closed, sees
from core import clock, ids, keyset, scope
from core.errors import Problem
from core.pages import allowed, is_partial, link

SIZES = (25, 50, 100)
COUNTED = 10_000
MOST = 100  # tasks that are changed together
ON_BOARD = 25  # of each column
STATES = {"open": "Open", "upcoming": "Upcoming", "overdue": "Overdue", "completed": "Completed", "all": "All"}
NAMES = ("state", "assignee", "contact", "company", "from", "to", "words", "size", "view")
DEEDS = {"complete", "reopen", "assign", "reschedule", "remove"}


class AssignForm(forms.Form):
    assigned_to = forms.ChoiceField(label="Assignee", error_messages={"required": "Choose who does it."})


class DueForm(forms.Form):
    due = forms.DateTimeField(
        label="Due",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": "Choose a day and a time.", "invalid": "Not a day and time."},
    )

    def clean_due(self) -> dt.datetime:
        due: dt.datetime = self.cleaned_data["due"]
        if not 1970 <= due.year <= 2200:
            raise forms.ValidationError("Not a day and time.")
        return due


def narrowed(given: dict[str, str]) -> tuple[Any, Contact | None, Business | None]:
    """The tasks that match, and the contact and the company that were asked for, where the actor may see them."""
    actor = scope.current().actor
    found = task_filters.narrowed(Task.objects.live().visible_to(actor), given)
    contact = company = None
    if ids.is_id(given["contact"]):
        contact = Contact.objects.live().visible_to(actor).filter(pk=given["contact"]).first()
        found = found.filter(contact_id=given["contact"]) if contact else found.none()
    if ids.is_id(given["company"]):
        company = Business.objects.visible_to(actor).filter(pk=given["company"]).first()
        found = found.filter(contact__business_id=given["company"]) if company else found.none()
    return found, contact, company


@require_GET
@allowed("contacts.readonly")
def tasks(request: HttpRequest) -> HttpResponse:
    """A page of tasks, narrowed by state, assignee (`me`, `nobody` or an id), contact, company, days and words; those
    due first on top. `view=board` shows the open ones by when they are due."""
    actor = scope.current().actor
    given = task_filters.given_in(request.GET, NAMES)
    state = given["state"] if given["state"] in STATES else "open"
    is_board = given["view"] == "board"
    size = int(given["size"]) if given["size"] in map(str, SIZES) else SIZES[0]
    found, chosen_contact, company = narrowed(given)
    members = {
        **given,
        "state": "" if state == "open" else state,
        "size": "" if size == SIZES[0] else str(size),
        "view": "board" if is_board else "",
    }
    context: dict[str, Any] = {
        "given": given,
        "state": state,
        "people": people(),
        "chosen": chosen_contact,
        "company": company,
        "is_board": is_board,
        "is_filtered": state != "open" or any(given[name] for name in NAMES if name not in ("state", "size", "view")),
        "states": [
            {
                "label": label,
                "url": query_of({**members, "view": "", "state": "" if name == "open" else name}) or "?",
                "current": name == state and not is_board,
            }
            for name, label in STATES.items()
        ],
        "board_url": query_of({**members, "view": "board", "state": ""}),
        "may_edit": actor.may("contacts.write"),
        "refresh_url": link("contacts:tasks") + query_of({**members, "cursor": request.GET.get("cursor", "")}),
    }
    found = found.select_related("contact", "assigned_to", "completed_by")
    context |= board(found) if is_board else listed(request, in_state(found, state), state, members, size)
    template = "contacts/tasks/list.html" if is_partial(request) else "contacts/tasks.html"
    return render(request, template, context)


def listed(request: HttpRequest, found: Any, state: str, members: dict[str, str], size: int) -> dict[str, Any]:
    total = found.order_by().values("pk")[: COUNTED + 1].count()
    page = keyset.page(found, "due_at", request.GET.get("cursor", ""), size, descending=state in ("completed", "all"))
    for row in page.rows:
        row.is_open_to_reader = sees(row.contact)
    return {
        "tasks": page.rows,
        "page": page,
        "total": total,
        "size": size,
        "sizes": SIZES,
        "previous_url": query_of({**members, "cursor": page.previous}) if page.previous else "",
        "next_url": query_of({**members, "cursor": page.next}) if page.next else "",
    }


def board(found: Any) -> dict[str, Any]:
    """Open tasks in four columns; a week ends on Sunday. One query a column."""
    zone, now = current.location().zone, clock.now()
    today = clock.today(zone)
    tomorrow = clock.midnight(today + dt.timedelta(days=1), zone)
    monday = clock.midnight(today + dt.timedelta(days=7 - today.weekday()), zone)
    rows = found.filter(completed=False).order_by("due_at", "pk")
    columns = []
    for label, part in (
        ("Overdue", rows.filter(due_at__lt=now)),
        ("Today", rows.filter(due_at__gte=now, due_at__lt=tomorrow)),
        ("This week", rows.filter(due_at__gte=tomorrow, due_at__lt=monday)),
        ("Later", rows.filter(due_at__gte=max(tomorrow, monday))),
    ):
        held = list(part[: ON_BOARD + 1])
        for row in held:
            row.is_open_to_reader = sees(row.contact)
        columns.append({"label": label, "tasks": held[:ON_BOARD], "is_cut": len(held) > ON_BOARD})
    return {"columns": columns, "on_board": ON_BOARD}


@require_POST
@allowed("contacts.write")
def chosen(request: HttpRequest, deed: str) -> HttpResponse:
    """Complete, reopen, assign, put off or delete up to a hundred tasks, all or none; `go` says that it was asked."""
    if deed not in DEEDS:
        raise Http404
    asked = request.POST.getlist("ids") or request.GET.get("ids", "").split(",")
    wanted = list(dict.fromkeys(pk for pk in asked if ids.is_id(pk)))[:MOST]
    rows = list(Task.objects.live().visible_to(scope.current().actor).filter(pk__in=wanted).order_by("pk"))
    if not rows:
        raise Http404
    going = deed in ("complete", "reopen") or bool(request.POST.get("go"))
    form = form_of(deed, request.POST if going else None)
    if not going or (form is not None and not form.is_valid()):
        return asking(request, deed, rows, form)
    with transaction.atomic():
        for task in rows:
            do(deed, task, form.cleaned_data if form else {})
    many = "1 task" if len(rows) == 1 else f"{len(rows)} tasks"
    words = {
        "complete": f"{many} completed.",
        "reopen": f"{many} open again.",
        "assign": f"{many} assigned.",
        "reschedule": f"{many} put off.",
        "remove": f"{many} deleted.",
    }[deed]
    if not is_partial(request):
        return redirect(link("contacts:tasks"))
    toast = {"text": words, "level": "ok"}
    if deed in ("complete", "reopen"):
        other = "reopen" if deed == "complete" else "complete"
        toast["undo_url"] = link("contacts:tasks_chosen", deed=other) + "?ids=" + ",".join(row.pk for row in rows)
    response = HttpResponse(status=200)
    response["HX-Trigger"] = json.dumps({"dialog:close": "", "tasks:changed": "", "record:changed": "", "toast": toast})
    return response


def form_of(deed: str, data: Any) -> AssignForm | DueForm | None:
    if deed == "reschedule":
        return DueForm(data)
    if deed != "assign":
        return None
    form = AssignForm(data)
    choices = [("", "Choose a person"), ("nobody", "Nobody"), *((one.pk, one.name or one.email) for one in people())]
    form.fields["assigned_to"].choices = choices  # type: ignore[attr-defined]
    return form


def do(deed: str, task: Task, given: dict[str, Any]) -> None:
    if deed == "complete":
        task.complete()
    elif deed == "reopen":
        task.reopen()
    elif deed == "reschedule":
        task.change(due_at=given["due"])
    elif deed == "remove":
        task.remove(facts={"title": task.title})
    else:
        person = given["assigned_to"]
        task.change(assigned_to=None if person == "nobody" else User(pk=person))


def asking(request: HttpRequest, deed: str, rows: list[Task], form: forms.Form | None) -> HttpResponse:
    many = "this task" if len(rows) == 1 else f"{len(rows)} tasks"
    title = {"assign": f"Assign {many}", "reschedule": f"Put off {many}", "remove": f"Delete {many}?"}[deed]
    context = {
        "title": title,
        "text": "They are gone at once and cannot be brought back." if deed == "remove" else "",
        "form": form,
        "action": link("contacts:tasks_chosen", deed=deed),
        "hidden": [("go", "1"), *(("ids", row.pk) for row in rows)],
        "submit": {"assign": "Assign", "reschedule": "Put off", "remove": "Delete"}[deed],
        "kind": "danger" if deed == "remove" else "primary",
        "back": link("contacts:tasks"),
    }
    return render(request, "components/dialog.html", context, status=422 if form and form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def add(request: HttpRequest) -> HttpResponse:
    """A task for a contact that is chosen in the form."""
    listed = people()
    form = TaskForm.blank(listed)
    actor = scope.current().actor
    wanted = request.POST.get("contact", "") or request.GET.get("contact", "")
    contact = Contact.objects.live().visible_to(actor).filter(pk=wanted).first() if ids.is_id(wanted) else None
    trouble = ""
    if request.method == "POST":
        form = TaskForm(request.POST, people=listed)
        trouble = "" if contact else "Choose a contact."
        if form.is_valid() and contact:
            try:
                return closed(request, Task.record_new(contact=contact, **form.values()), "Task added.")
            except Problem as error:
                form.add_error("title", error.message)
    context = {
        "title": "New task",
        "form": form,
        "show_contact": True,
        "contact": contact,
        "offered": [contact] if contact else [],
        "trouble": trouble,
        "action": link("contacts:task_add"),
        "back": link("contacts:tasks"),
        "submit": "Add task",
    }
    template = "contacts/tasks/add.html" if is_partial(request) else "contacts/record/form-page.html"
    return render(request, template, context, status=422 if trouble or form.errors else 200)
