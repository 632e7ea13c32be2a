"""Tasks: on a record, and one by one wherever they are listed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import recurring
from contacts.models import Contact, Task
from contacts.record_forms import TaskForm
from contacts.views import page, panels
from contacts.views.finding import answer, counts, editable, people, side, telling
from core import scope
from core.errors import NotFound, Problem
from core.pages import allowed, is_partial, link

CHANGED = ("record:changed", "tasks:changed")


@require_GET
@allowed("contacts.readonly")
def panel(request: HttpRequest, pk: str) -> HttpResponse:
    """The tasks of a contact in a state."""
    return side(request, pk, "tasks", context_of)


def context_of(request: HttpRequest, contact: Contact, form: TaskForm | None = None) -> dict[str, Any]:
    may_edit = scope.current().actor.may("contacts.write") and not contact.is_trashed
    return {"contact": contact, "may_edit": may_edit, **panels.tasks(request, contact, people(), form)}


@require_POST
@allowed("contacts.write")
def add(request: HttpRequest, pk: str) -> HttpResponse:
    """Add a task; one that is refused keeps what was typed."""
    contact = editable(pk)
    form = TaskForm(request.POST, people=people())
    if form.is_valid():
        try:
            Task.record_new(contact=contact, **form.values())
        except Problem as error:
            form.add_error("title", error.message)
    if form.errors:
        if not is_partial(request):
            return page.record(request, contact, panel="tasks", task_form=form, status=422)
        return render(request, "contacts/record/tasks.html", context_of(request, contact, form), status=422)
    return answer(
        request,
        contact,
        "contacts/record/tasks.html",
        context_of(request, contact),
        "record:changed",
        done="Task added.",
        panel="tasks",
        counts=counts(contact),
    )


def one(task_id: str) -> Task:
    """A task the actor may see, of a contact that is not in the trash.

    Raises:
        NotFound: otherwise.
    """
    found: Task | None = (
        Task.objects.live()
        .visible_to(scope.current().actor)
        .select_related("contact", "assigned_to", "completed_by", "rule")
        .filter(pk=task_id)
        .first()
    )
    if found is None:
        raise NotFound("This task does not exist, or you may not see it.")
    return found


def sees(contact: Contact) -> bool:
    """Whether the actor may open the task's contact; a task may be theirs while the contact is not."""
    actor = scope.current().actor
    if actor.sees_everything or contact.assigned_to_id == actor.id or actor.id in contact.followers:
        return True
    return contact.team_id is not None and contact.team_id in actor.teams


@require_POST
@allowed("contacts.write")
def complete(request: HttpRequest, task: str) -> HttpResponse:
    """Complete a task, or reopen it, as `done` says; a second time changes nothing."""
    held = one(task)
    if request.POST.get("done") == "on":
        held.complete()
    elif request.POST.get("done") == "off":
        held.reopen()
    else:
        raise Http404
    if not is_partial(request):
        return back(request, held)
    is_row = request.POST.get("as") == "row"
    template = "contacts/tasks/row.html" if is_row else "contacts/record/task.html"
    context = {"task": one(task), "may_edit": True, "contact": held.contact, "sees_contact": sees(held.contact)}
    words = "Task completed." if held.completed else "Task is open again."
    response = render(request, template, context)
    undo = link("contacts:tasks_chosen", deed="reopen" if held.completed else "complete") + f"?ids={held.pk}"
    toast = {"text": words, "level": "ok", "undo_url": undo}
    told = {"toast": toast} if is_row else {"toast": toast, "record:changed": "", "counts": counts(held.contact)}
    response["HX-Trigger"] = json.dumps(told)
    return response


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def edit(request: HttpRequest, task: str) -> HttpResponse:
    """A form in a dialog, or on a page of its own without a script."""
    held = one(task)
    listed = people()
    if held.assigned_to and held.assigned_to.pk not in {person.pk for person in listed}:
        listed = [held.assigned_to, *listed]
    form = TaskForm.of(held, listed)
    if request.method == "POST":
        form = TaskForm(request.POST, people=listed, initial=form.initial, repeats=held.rule_id is not None)
        if form.is_valid():
            try:
                if form.cleaned_data.get("span") == "following":
                    recurring.change_following(held, **form.values())
                else:
                    held.change(**form.values())
                return closed(request, held, "Task saved.")
            except Problem as error:
                form.add_error("title", error.message)
    context = {
        "title": "Edit task",
        "form": form,
        "action": link("contacts:task_edit", task),
        "remove_url": link("contacts:task_remove", task),
        "back": target_of(held),
        "submit": "Save",
    }
    template = "contacts/record/edit-dialog.html" if is_partial(request) else "contacts/record/form-page.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def remove(request: HttpRequest, task: str) -> HttpResponse:
    """Ask, then delete a task."""
    held = one(task)
    if request.method == "POST":
        if request.POST.get("span") == "following" and held.rule_id:
            recurring.remove_following(held)
            return closed(request, held, "Task deleted. It does not repeat any more.")
        held.remove(facts={"title": held.title})
        return closed(request, held, "Task deleted.")
    context = {
        "title": "Delete this task?",
        "text": f"“{held.title}” is gone at once and cannot be brought back.",
        "action": link("contacts:task_remove", task),
        "back": target_of(held),
        "submit": "Delete task",
        "kind": "danger",
        "repeats": held.rule_id is not None,
    }
    template = "contacts/tasks/remove.html" if is_partial(request) else "contacts/tasks/remove-page.html"
    return render(request, template, context)


def target_of(task: Task) -> str:
    """Where a person goes after a form about the task."""
    return link("contacts:show", task.contact_id) + "?panel=tasks" if sees(task.contact) else link("contacts:tasks")


def back(request: HttpRequest, task: Task) -> HttpResponse:
    return redirect(link("contacts:tasks") if request.POST.get("as") == "row" else target_of(task))


def closed(request: HttpRequest, task: Task, done: str) -> HttpResponse:
    if not is_partial(request):
        messages.success(request, done)
        return redirect(target_of(task))
    return telling(HttpResponse(), "dialog:close", *CHANGED, toast=done, counts=counts(task.contact))
