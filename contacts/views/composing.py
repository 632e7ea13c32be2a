"""The thread in the middle of a record: more of it, what is new in it, and writing into it; the activity on the right."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts import thread
from contacts.contact_form import say
from contacts.models import Note, Task
from contacts.record_forms import NoteForm, TaskForm
from contacts.views import page, panels
from contacts.views.finding import answer, counts, editable, people, shown
from core import ids, scope
from core.errors import Problem
from core.pages import allowed, is_partial, link


@require_GET
@allowed("contacts.readonly")
def timeline(request: HttpRequest, pk: str) -> HttpResponse:
    """The thread narrowed, what came before an entry, or what came after one."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk))
    show, by = page.show_of(request), page.by_of(request)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    given_day = request.GET.get("day", "")
    if ids.is_id(after):
        found = thread.since(contact, after, show, by)
        if not found.newest:
            return HttpResponse(status=204)
        context = {"contact": contact, "given_day": given_day, **page.middle(contact, found, show, by, [])}
        return render(request, "contacts/record/thread-newer.html", context)
    found = thread.read(contact, show, by, before if ids.is_id(before) else "")
    if before:
        context = {"contact": contact, "given_day": given_day, **page.middle(contact, found, show, by, [])}
        return render(request, "contacts/record/thread-earlier.html", context)
    everybody = people()
    context = {**page.frame(request, contact, everybody), **page.middle(contact, found, show, by, everybody)}
    return render(request, "contacts/record/thread.html", context)


@require_GET
@allowed("contacts.readonly")
def activity(request: HttpRequest, pk: str) -> HttpResponse:
    """The activity panel, narrowed or continued."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk) + "?panel=activity")
    context = {"contact": contact, **panels.activity(request, contact, people())}
    template = "activity-lines" if request.GET.get("before") else "activity"
    response = render(request, f"contacts/record/{template}.html", context)
    response.set_cookie("panel", "activity", max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
@allowed("contacts.write")
def compose(request: HttpRequest, pk: str) -> HttpResponse:
    """Write a note, or add a task whose title is what was written."""
    contact = editable(pk)
    everybody = people()
    kind = "task" if request.POST.get("kind") == "task" else "note"
    body = request.POST.get("body", "")
    trouble: list[str] = []
    blank = TaskForm.blank(everybody, prefix="compose")
    typed = blank
    try:
        if kind == "note":
            form = NoteForm({"body": body})
            if form.is_valid():
                author = scope.current().actor.user_id
                Note.write_on(contact, body=form.cleaned_data["body"], user_id=author)
            else:
                trouble = [str(error) for errors in form.errors.values() for error in errors]
        else:
            data = request.POST.copy()
            data["compose-title"] = " ".join(body.split())
            typed = TaskForm(data, people=everybody, prefix="compose")
            if typed.is_valid():
                Task.record_new(contact=contact, **typed.values())
            else:
                trouble = [str(error) for errors in typed.errors.values() for error in errors]
    except Problem as error:
        trouble = [say(error.message)]
    if trouble:
        composer = {"kind": kind, "body": body, "task": typed, "errors": trouble}
        if not is_partial(request):
            return page.record(request, contact, composer=composer, status=422)
        context = {"contact": contact, "composer": composer}
        return render(request, "contacts/record/composer.html", context, status=422)
    context = {"contact": contact, "composer": {"kind": kind, "task": blank}}
    return answer(
        request,
        contact,
        "contacts/record/composer.html",
        context,
        "record:changed",
        f"{kind}s:changed",
        done="Note saved." if kind == "note" else "Task added.",
        counts=counts(contact),
    )
