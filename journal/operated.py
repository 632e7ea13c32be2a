"""The operator's way to a table: sees every tenant, writes only through the verbs, in the row's own scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from core import scope
from core.errors import Problem
from core.scope import Actor

MOST_FOUND = 200


@contextmanager
def operating(request: HttpRequest, row: Any = None) -> Iterator[None]:
    """The scope of an operator at work on `row`: its company and location, and nothing else's."""
    person = request.user
    actor = Actor(str(person.pk), str(person), "operator", is_admin=True)
    values = {"company_id": getattr(row, "company_id", None), "location_id": getattr(row, "location_id", None)}
    with scope.fresh(actor=actor, via="admin", request_id=scope.current().request_id, **values):
        yield


class OperatorForm(ModelForm):  # type: ignore[type-arg]
    """Validation without look-ups across tenants: what must be unique is checked where it is written."""

    def validate_unique(self) -> None:
        return

    def validate_constraints(self) -> None:
        return


class Operated(ModelAdmin):  # type: ignore[misc]
    """Base of every table in the admin. Operators may read; adding and changing are asked for class by class."""

    may_add = False
    may_change = False
    form = OperatorForm
    paginator = InfinitePaginator  # counting a million rows for a page number helps nobody
    show_full_result_count = False
    list_per_page = 50
    list_select_related: Any = False
    actions: Any = []
    ordering: Any = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.model.objects.everywhere(reason="admin")
        return rows.order_by(*self.get_ordering(request))

    def get_search_results(self, request: HttpRequest, queryset: Any, term: str) -> tuple[Any, bool]:
        """At most 200 rows: a search that finds more is made narrower, not longer."""
        found, _ = super().get_search_results(request, queryset, term[:100].replace("\x00", ""))
        if term:
            found = queryset.filter(pk__in=list(found.values_list("pk", flat=True)[:MOST_FOUND]))
        return found, False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        manager = db_field.remote_field.model.objects
        if hasattr(manager, "everywhere"):
            kwargs["queryset"] = manager.everywhere(reason="admin")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A rule that says no is shown on the form's page; nothing has been written then."""
        try:
            answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
            return answer
        except Problem as problem:
            messages.error(request, problem.message)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        if change:
            held = self.model._base_manager.get(pk=obj.pk)
            with operating(request, held):
                self.change_row(request, held, values)
        else:
            with operating(request, obj):
                held = self.add_row(request, {**form.cleaned_data, **values})
        obj.__dict__.update(held.__dict__)

    def change_row(self, request: HttpRequest, row: Any, values: dict[str, Any]) -> None:
        """Change a row through its verb; a table with rules of its own overrides this."""
        row.change(**values)

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Any:
        """Add a row through its verb."""
        return self.model.record_new(**values)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Rows hang on no form here: there is nothing beside the row itself."""

    def for_each(self, request: HttpRequest, rows: Any, deed: Any, done: str) -> None:
        """Do something to each chosen row in its own scope and say how it went; a refusal stops no other."""
        count = 0
        for row in rows[:MOST_FOUND]:
            try:
                with operating(request, row):
                    deed(row)
                count += 1
            except Problem as problem:
                messages.error(request, f"{row}: {problem.message}")
        if count:
            messages.success(request, done.format(count=count))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may_change and is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The row's history is the journal's."""
        return HttpResponseRedirect(f"{reverse('admin:journal_entry_changelist')}?q={object_id}")

    def log_addition(self, *_: Any, **__: Any) -> None:
        """The journal has it already."""

    def log_change(self, *_: Any, **__: Any) -> None:
        """The journal has it already."""


def is_operator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))
