"""Plans and what companies have taken, in the operator's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header

from billing import exemptions, gateways, refunding, trials
from billing.gateways import sandbox
from billing.models import AddOn, Attempt, Invoice, Meter, Plan, Subscription, SubscriptionItem, TaxExemption, TaxRate
from billing.subscribing import subscribe
from core import clock
from core.errors import NotFound
from journal.operated import Operated


@admin.register(Plan)
class PlanAdmin(Operated):
    """The catalogue. Rows come from its files and never change."""

    list_display = ["name", "version", "monthly_cents", "annual_cents", "retention_days", "support_hours"]
    list_filter = ["version"]
    fields = ["id", "key", *list_display, "limits"]
    readonly_fields = fields
    ordering = ["-version", "position"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Plan.objects.order_by(*self.ordering)


@admin.register(AddOn)
class AddOnAdmin(Operated):
    """The catalogue of add-ons. Rows come from its files and never change."""

    list_display = ["name", "version", "most", "adds", "prices"]
    list_filter = ["version"]
    fields = ["id", "key", *list_display, "about"]
    readonly_fields = fields
    ordering = ["-version", "position"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return AddOn.objects.order_by(*self.ordering)


@admin.register(SubscriptionItem)
class SubscriptionItemAdmin(Operated):
    """What companies have of the add-ons; they buy and give up themselves."""

    list_display = ["company", "add_on", "quantity", "next_quantity", "date_added"]
    list_select_related = ["company", "add_on"]
    list_filter = ["key"]
    fields = list_display
    readonly_fields = fields


@admin.register(Subscription)
class SubscriptionAdmin(Operated):
    may_add = may_change = True
    list_display = ["company", "plan", "state", "hold", "interval", "period_end", "date_added"]
    list_filter = ["state", "hold"]
    actions = ["extend_trial", "keep", "keep_no_longer"]
    list_select_related = ["company", "plan"]
    autocomplete_fields = ["company"]
    fields = ["company", "plan", "overrides", "date_added"]
    readonly_fields = ["date_added"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["date_added", *(["company"] if obj else [])]

    @admin.action(description="Make the trial two weeks longer")
    def extend_trial(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda row: trials.extend(row.company_id), "{count} trials are longer.")

    @admin.action(description="Put under a legal hold: never deleted by the clock")
    def keep(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda row: row.change("subscription.held", is_kept=True), "{count} are kept.")

    @admin.action(description="Lift the legal hold")
    def keep_no_longer(self, request: HttpRequest, queryset: Any) -> None:
        def deed(row: Subscription) -> None:
            row.change("subscription.released", is_kept=False)
            row.look_at(clock.now())

        self.for_each(request, queryset, deed, "{count} are kept no longer.")

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Any:
        held = subscribe(values["company"], values["plan"])
        held.override(**(values.get("overrides") or {}))
        return held

    def change_row(self, request: HttpRequest, row: Any, values: dict[str, Any]) -> None:
        if "plan" in values:
            subscribe(row.company, values["plan"])
            row.lock()
        if "overrides" in values:
            row.change("subscription.overridden", overrides=values["overrides"])


@admin.register(Meter)
class MeterAdmin(Operated):
    list_display = ["company", "name", "used", "warned", "counted_at"]
    list_select_related = ["company"]
    list_filter = ["name"]
    fields = list_display
    readonly_fields = fields


@admin.register(Invoice)
class InvoiceAdmin(Operated):
    """Invoices never change; an operator gives money back or takes an unpaid one back."""

    list_display = ["number", "company", "purpose", "state", "total_cents", "refunded_cents", "issued_at"]
    list_select_related = ["company"]
    list_filter = ["state", "purpose"]
    search_fields = ["=number", "=id"]
    fields = [*list_display, "subtotal_cents", "tax_cents", "credit_cents", "billed_to", "void_reason"]
    readonly_fields = fields
    actions = ["refund", "void", "dispute", "win", "lose"]

    def get_actions(self, request: HttpRequest) -> Any:
        """Disputes are played in the sandbox only; elsewhere banks open and decide them."""
        found = super().get_actions(request)
        if not gateways.current().is_sandbox:
            for name in ("dispute", "win", "lose"):
                found.pop(name, None)
        return found

    @admin.action(description="Sandbox: the bank disputes the payment")
    def dispute(self, request: HttpRequest, queryset: Any) -> None:
        self._play(request, queryset, "opened")

    @admin.action(description="Sandbox: the bank decides for us")
    def win(self, request: HttpRequest, queryset: Any) -> None:
        self._play(request, queryset, "won")

    @admin.action(description="Sandbox: the bank decides against us")
    def lose(self, request: HttpRequest, queryset: Any) -> None:
        self._play(request, queryset, "lost")

    def _play(self, request: HttpRequest, queryset: Any, how: str) -> None:
        def deed(row: Invoice) -> None:
            paid = Attempt.objects.filter(invoice=row, state="succeeded").order_by("number").first()
            sandbox.dispute(paid.reference if paid else "", how)

        self.for_each(request, queryset, deed, "{count} told by the sandbox.")

    @admin.action(description="Give everything back")
    def refund(self, request: HttpRequest, queryset: Any) -> None:
        def deed(row: Invoice) -> None:
            refunding.refund(row.company_id, row.pk, row.total_cents - row.refunded_cents, "Refunded by the operator")

        self.for_each(request, queryset, deed, "{count} given back.")

    @admin.action(description="Void")
    def void(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(
            request,
            queryset,
            lambda row: refunding.void(row.company_id, row.pk, "Voided by the operator"),
            "{count} void.",
        )


@admin.register(TaxExemption)
class TaxExemptionAdmin(Operated):
    """Certificates to look at: accept them by the action, refuse one by writing the reason."""

    may_change = True
    list_display = ["company", "number", "country", "region", "valid_until", "state", "date_added"]
    list_select_related = ["company"]
    list_filter = ["state"]
    fields = [*list_display, "certificate", "reviewed_at", "note"]
    readonly_fields = fields[:-1]
    actions = ["accept"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[Any]:
        file = self.admin_site.admin_view(self.file)
        return [path("<path:pk>/file/", file, name="billing_taxexemption_file"), *super().get_urls()]

    @admin.display(description="Certificate")
    def certificate(self, row: TaxExemption) -> str:
        url = reverse("admin:billing_taxexemption_file", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, row.file_name)

    def file(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The certificate as it was sent, as a download."""
        row = TaxExemption.objects.everywhere(reason="admin").filter(pk=pk).first()
        if row is None or not self.has_view_permission(request):
            raise NotFound("There is no such certificate.")
        answer = HttpResponse(bytes(row.content), content_type=row.content_type)
        answer.headers["Content-Disposition"] = content_disposition_header(True, row.file_name) or "attachment"
        return answer

    @admin.action(description="Accept")
    def accept(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, exemptions.accept, "{count} accepted.")

    def change_row(self, request: HttpRequest, row: Any, values: dict[str, Any]) -> None:
        exemptions.refuse(row, values.get("note", ""))


@admin.register(TaxRate)
class TaxRateAdmin(Operated):
    """The law's rates; an issued invoice keeps the rate it was issued with."""

    may_add = may_change = True
    list_display = ["name", "country", "state", "postal_prefix", "rate", "valid_from", "valid_to"]
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> Any:
        return TaxRate.objects.order_by("country", "state", "postal_prefix")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save()
