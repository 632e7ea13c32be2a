"""Deletions of accounts in the operator's admin: how far each is, its certificate, and what one would delete."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.models import Company
from billing.models import Subscription
from journal.operated import Operated, is_operator
from privacy import purging
from privacy.models import Deletion
from privacy.remains import BY_STORE

MOST_FOUND = 50


@admin.register(Deletion)
class DeletionAdmin(Operated):
    list_display = ["name", "state", "due_at", "began_at", "done_at", "rows", "files", "keep_until"]
    list_filter = ["state"]
    search_fields = ["=company__id", "legal__name"]
    fields = ["company", "name", *list_display[1:], "hash", "is_genuine", "certificate"]
    readonly_fields = fields
    list_before_template = "privacy/admin_deletions.html"

    @admin.display(description="name")
    def name(self, row: Deletion) -> str:
        return str(row.legal.get("name", ""))

    @admin.display(boolean=True, description="certificate is unchanged")
    def is_genuine(self, row: Deletion) -> bool | None:
        return purging.is_genuine(row) if row.state == "done" else None

    @admin.display(description="certificate")
    def certificate(self, row: Deletion) -> str:
        return format_html("<pre>{}</pre>", purging.certificate(row)) if row.state == "done" else "not done yet"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.count)
        return [path("count", view, name="privacy_deletion_count"), *super().get_urls()]

    def count(self, request: HttpRequest) -> HttpResponse:
        """What the deletion of a company would delete and keep, counted now. Nothing is deleted."""
        if not is_operator(request):
            raise Http404
        term = request.GET.get("company", "").replace("\x00", "").strip()[:100]
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "What a deletion would delete",
            "term": term,
        }
        if term:
            named = Company.objects.filter(pk=term) or Company.objects.filter(name__icontains=term).order_by("name")
            found = list(named[:MOST_FOUND])
            context["found"] = [(one, f"{reverse('admin:privacy_deletion_count')}?company={one.pk}") for one in found]
            if len(found) == 1:
                going, staying, files = purging.counts(found[0].pk)
                rows = Subscription.objects.everywhere(reason="the company is named")
                context |= {
                    "company": found[0],
                    "subscription": rows.filter(company=found[0]).first(),
                    "going": going,
                    "staying": [(label, number, BY_STORE[label].why) for label, number in staying.items()],
                    "files": files,
                }
        return render(request, "privacy/admin_count.html", context)
