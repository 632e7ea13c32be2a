"""Support at work: the queue of tickets by target, their answers, agreements, and stopping an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.hipaa import is_on as has_hipaa
from core import clock, scope
from core.errors import Invalid
from journal.operated import Operated, OperatorForm, is_operator
from support import files, hipaa, holds, tickets
from support.models import Agreement, Attachment, Hold, Ticket
from support.models.ticket import UNANSWERED, in_words

THEN = [("waiting", "wait for the customer"), ("solved", "it is solved")]


class Queue(admin.SimpleListFilter):
    """What needs an answer, unless something else is asked for."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", "Target missed"), ("waiting", "Waiting for the customer"), ("ended", "Ended"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        rows = list(super().choices(changelist))
        rows[0]["display"] = "Needs an answer"
        return rows

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.value()
        if asked == "all":
            return queryset
        if asked == "late":
            return queryset.filter(is_late=True)
        if asked == "waiting":
            return queryset.filter(state="waiting")
        return queryset.filter(state__in=["solved", "closed"] if asked == "ended" else UNANSWERED)


class TicketForm(OperatorForm):
    answer = forms.CharField(
        required=False, max_length=20_000, widget=UnfoldAdminTextareaWidget, help_text="The customer is mailed."
    )
    file = forms.FileField(required=False, widget=UnfoldAdminFileFieldWidget, help_text="Goes along with the answer.")
    then = forms.ChoiceField(choices=THEN, required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Ticket
        fields: list[str] = []


@admin.register(Ticket)
class TicketAdmin(Operated):
    """The queue: those without a first reply, Enterprise first, the soonest due on top; then the others."""

    may_change = True
    form = TicketForm
    list_display = ["subject", "company", "category", "severity", "state", "first_reply", "is_priority", "is_late",
                    "last_reply_at"]  # fmt: skip
    list_select_related = ["company"]
    list_filter = [Queue, "category", "severity", "is_priority"]
    search_fields = ["subject", "=id", "company__name", "=company__id"]
    facts = ["company", "location", "requester", "category", "severity", "state", "first_reply", "asked",
             "access_until", "date_added", "messages"]  # fmt: skip
    fields = ["subject", *facts, "answer", "file", "then"]
    readonly_fields = ["subject", *facts]

    def get_queryset(self, request: HttpRequest) -> Any:
        rank = Case(When(state__in=UNANSWERED, first_reply_at=None, then=Value(0)), default=Value(1))
        rows = self.model.objects.everywhere(reason="admin").annotate(rank=rank)
        return rows.order_by("rank", "-is_priority", "due_at", "pk")

    @admin.display(description="first reply")
    def first_reply(self, row: Ticket) -> str:
        with scope.use(company_id=row.company_id):
            if row.is_answered or clock.now() > row.due_at:
                return row.target["words"]
            return f"{in_words(row.due_at - clock.now())} left"

    @admin.display(description="what was asked")
    def asked(self, row: Ticket) -> str:
        return format_html_join("", "<div>{}: {}</div>", row.answers) or "-"

    @admin.display(description="messages")
    def messages(self, row: Ticket) -> str:
        with scope.use(company_id=row.company_id):
            return format_html_join(
                "",
                '<div class="mb-4"><strong>{}</strong> {}<div class="whitespace-pre-line">{}</div>{}</div>',
                (
                    (said.author_name, f"{said.at:%d %b %Y, %H:%M}", said.body, _links(said.attachments.all()))
                    for said in tickets.thread(row)
                ),
            )

    def change_row(self, request: HttpRequest, row: Ticket, values: dict[str, Any]) -> None:
        uploads = [values["file"]] if values.get("file") else []
        if values.get("answer") or uploads:
            tickets.answer(row, values.get("answer") or "", uploads, is_solved=values.get("then") == "solved")
        elif values.get("then") == "solved":
            row.solve()
        row.refresh_from_db()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.file)
        return [path("file/<str:pk>", view, name="support_ticket_file"), *super().get_urls()]

    def file(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """A file of a ticket, for operators."""
        held = Attachment.objects.everywhere(reason="admin").filter(pk=pk).first()
        if held is None or not is_operator(request):
            raise Http404
        return files.download(held)


def _links(held: Any) -> SafeString:
    return format_html_join(
        "",
        '<div><a class="text-primary-600 underline" href="{}">{}</a></div>',
        ((reverse("admin:support_ticket_file", args=[one.pk]), one.name) for one in held),
    )


class AgreementForm(OperatorForm):
    file = forms.FileField(required=False, widget=UnfoldAdminFileFieldWidget, label="Countersigned PDF")
    reason = forms.CharField(
        required=False,
        max_length=hipaa.LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget,
        label="To end HIPAA mode: why",
        help_text="It ends after 30 days. The customer's admins are mailed and read this.",
    )
    is_empty = forms.BooleanField(
        required=False, label="The customer confirmed in writing that no health data remains in the account"
    )

    class Meta:
        model = Agreement
        fields = ["company", "covers", "signed_on"]


@admin.register(Agreement)
class AgreementAdmin(Operated):
    """Business associate agreements. Filing one lets the customer switch HIPAA mode on; only here it is ended."""

    may_add = may_change = True
    form = AgreementForm
    list_display = ["company", "signed_on", "filed_by", "date_added"]
    list_select_related = ["company"]
    search_fields = ["company__name", "=company__id", "=id"]
    autocomplete_fields = ["company"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = ["filed", "mode", "filed_by", "date_added", "sha256", "reason", "is_empty"]
        return ["company", "covers", "signed_on", *(own if obj else ["file"])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)[:-2] if obj else []

    @admin.display(description="file")
    def filed(self, row: Agreement) -> SafeString:
        address = reverse("admin:support_agreement_file", args=[row.pk])
        return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, row.name)

    @admin.display(description="HIPAA mode")
    def mode(self, row: Agreement) -> str:
        if not has_hipaa(row.company_id):
            return "off"
        until = row.company.hipaa_until
        return f"on, ends on {until:%-d %B %Y}" if until else f"on since {row.company.hipaa_since:%-d %B %Y}"

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Agreement:
        return hipaa.file(values["company"], values["covers"], values["signed_on"], values.get("file"))

    def change_row(self, request: HttpRequest, row: Agreement, values: dict[str, Any]) -> None:
        if not values.get("reason", "").strip():
            return
        if not values.get("is_empty"):
            raise Invalid({"is_empty": "The customer has to confirm in writing that no health data remains."})
        hipaa.end(row.company_id, values["reason"])

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.file)
        return [path("file/<str:pk>", view, name="support_agreement_file"), *super().get_urls()]

    def file(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """The file of an agreement, for operators."""
        held = Agreement.objects.everywhere(reason="admin").filter(pk=pk).first()
        if held is None or not is_operator(request):
            raise Http404
        return files.download(held)


class HoldForm(OperatorForm):
    confirm = forms.CharField(
        required=False, max_length=200, label="To ban: type the name of the company", help_text="A ban is never lifted."
    )

    class Meta:
        model = Hold
        fields = ["company", "kind", "reason"]


@admin.register(Hold)
class HoldAdmin(Operated):
    """Stopping an account. Its people read the reason; only the actions here let it go on."""

    may_add = True
    form = HoldForm
    list_display = ["company", "kind", "reason_line", "set_by", "date_added", "may_export", "lifted_at", "lifted_by"]
    list_select_related = ["company"]
    list_filter = ["kind", ("lifted_at", admin.EmptyFieldListFilter)]
    search_fields = ["company__name", "=company__id", "=id"]
    autocomplete_fields = ["company"]
    actions = ["lift", "allow_export", "stop_export"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = ["set_by", "date_added", "may_export", "lifted_at", "lifted_by"]
        return ["company", "kind", "reason", *(own if obj else ["confirm"])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj) if obj else []

    @admin.display(description="reason")
    def reason_line(self, row: Hold) -> str:
        return format_html("{}", row.reason[:80])

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Hold:
        company = values["company"]
        if values["kind"] == "ban" and values.get("confirm", "").strip() != company.name:
            raise Invalid({"confirm": f"To ban it, type its name: {company.name}."})
        return holds.put(company.pk, values["kind"], values["reason"])

    @admin.action(description="Lift the hold")
    def lift(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, holds.lift, "{count} go on.")

    @admin.action(description="Allow the export of data")
    def allow_export(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, holds.allow_export, "{count} may export.")

    @admin.action(description="Stop the export of data")
    def stop_export(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(
            request, queryset, lambda row: holds.allow_export(row, may=False), "{count} may no longer export."
        )
