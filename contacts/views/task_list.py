"""All tasks of the location that a person may see."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import Contact, Task
from contacts.record_forms import TaskForm
from contacts.views.finding import people
from contacts.views.panels import in_state, query_of
from contacts.views.tasks import closed, sees
from core import ids, keyset, scope
from core.errors import Problem
from core.pages import allowed, is_partial, link

SIZE = 25
COUNTED = 10_000
STATES = {"open": "Open", "upcoming": "Upcoming", "overdue": "Overdue", "completed": "Completed", "all": "All"}


@require_GET
@allowed("contacts.readonly")
def tasks(request: HttpRequest) -> HttpResponse:
    """A page of 25, narrowed by state, assignee (`me`, `nobody` or an id), contact and words; those due first on top."""
    actor = scope.current().actor
    given = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:75]
        for name in ("state", "assignee", "contact", "words")
    }
    state = given["state"] if given["state"] in STATES else "open"
    found = in_state(Task.objects.live().visible_to(actor), state)
    if given["assignee"] == "nobody":
        found = found.filter(assigned_to=None)
    elif given["assignee"]:
        found = found.filter(assigned_to_id=actor.id if given["assignee"] == "me" else given["assignee"])
    chosen = None
    if ids.is_id(given["contact"]):
        chosen = Contact.objects.live().visible_to(actor).filter(pk=given["contact"]).first()
        found = found.filter(contact_id=given["contact"]) if chosen else found.none()
    for word in given["words"].split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(body__icontains=word))
    total = found.order_by().values("pk")[: COUNTED + 1].count()
    page = keyset.page(
        found.select_related("contact", "assigned_to", "completed_by"),
        "due_at",
        request.GET.get("cursor", ""),
        SIZE,
        descending=state in ("completed", "all"),
    )
    for row in page.rows:
        row.is_open_to_reader = sees(row.contact)
    members = {**given, "state": "" if state == "open" else state}
    context = {
        "tasks": page.rows,
        "page": page,
        "total": total,
        "state": state,
        "given": given,
        "people": people(),
        "chosen": chosen,
        "is_filtered": bool(given["assignee"] or given["contact"] or given["words"] or state != "open"),
        "states": [
            {
                "label": label,
                "url": query_of({**members, "state": "" if name == "open" else name}) or "?",
                "current": name == state,
            }
            for name, label in STATES.items()
        ],
        "may_edit": actor.may("contacts.write"),
        "previous_url": query_of({**members, "cursor": page.previous}) if page.previous else "",
        "next_url": query_of({**members, "cursor": page.next}) if page.next else "",
        "refresh_url": link("contacts:tasks") + query_of({**members, "cursor": request.GET.get("cursor", "")}),
    }
    template = "contacts/tasks/list.html" if is_partial(request) else "contacts/tasks.html"
    return render(request, template, context)


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
