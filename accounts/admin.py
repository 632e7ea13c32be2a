"""Companies, locations, people and their places in the operator's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import lockout, people, sessions
from accounts.models import Company, Location, Membership, Session, User
from accounts.second_factor import policy
from accounts.tasks import send_reset, send_welcome
from core.errors import Refused
from journal.operated import Operated
from journal.writing import write

ADDRESS = ["address", "city", "state", "postal_code", "country", "timezone"]


@admin.register(Company)
class CompanyAdmin(Operated):
    may_add = may_change = True
    list_display = ["name", "email", "city", "country", "date_added", "id"]
    search_fields = ["name", "email", "domain", "=id"]
    fields = ["id", "name", "email", "phone", "website", "domain", *ADDRESS, "logo_url", "date_added"]
    readonly_fields = ["id", "date_added"]


@admin.register(Location)
class LocationAdmin(Operated):
    may_add = may_change = True
    list_display = ["name", "company", "city", "country", "timezone", "is_active", "id"]
    list_select_related = ["company"]
    list_filter = ["is_active"]
    search_fields = ["name", "email", "=id"]
    autocomplete_fields = ["company"]
    fields = [
        "id",
        "company",
        "name",
        "email",
        "phone",
        "website",
        "domain",
        *ADDRESS,
        "allow_duplicates",
        "is_active",
        "date_added",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["id", "date_added", *(["company"] if obj else [])]


@admin.register(User)
class UserAdmin(Operated):
    may_add = may_change = True
    list_display = [
        "email",
        "first_name",
        "last_name",
        "company",
        "agency_role",
        "is_active",
        "is_staff",
        "last_login",
        "is_locked",
    ]
    list_select_related = ["company"]
    list_filter = ["is_active", "is_staff", "agency_role"]
    search_fields = ["email", "first_name", "last_name", "=id"]
    autocomplete_fields = ["company"]
    actions = ["unlock", "reset_second_step", "send_password_link", "end_sessions", "let_go"]
    fields = [
        "id", "company", "email", "first_name", "last_name", "phone", "agency_role", "timezone", "is_active",
        "is_staff", "last_login", "is_locked", "date_added",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(deleted_at=None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["id", "last_login", "is_locked", "date_added", *(["company"] if obj else [])]

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> User:
        user = people.take_on(values.pop("company"), values.pop("email"), **values)
        send_welcome.delay(user.pk)
        return user

    def change_row(self, request: HttpRequest, row: User, values: dict[str, Any]) -> None:
        if row.agency_role == "admin" and (
            values.get("agency_role", "admin") != "admin" or values.get("is_active") is False
        ):
            people.check_agency(row)
        if "email" in values:
            people.move_sign_in(row, values.pop("email"))
        row.change(**values)
        if not row.is_active:
            sessions.end_others(row.pk)

    @admin.display(boolean=True, description="locked")
    def is_locked(self, user: User) -> bool:
        return lockout.is_locked(user)

    @admin.action(description="Lift the lock")
    def unlock(self, request: HttpRequest, queryset: Any) -> None:
        def deed(user: User) -> None:
            lockout.lift(user)
            write("user.unlocked", user, facts={"user": user.pk})

        self.for_each(request, queryset, deed, "{count} can sign in again.")

    @admin.action(description="Reset the second step")
    def reset_second_step(self, request: HttpRequest, queryset: Any) -> None:
        def deed(user: User) -> None:
            if user.pk == request.user.pk:
                raise Refused("Nobody can reset their own second step.")
            policy.reset(user)

        self.for_each(request, queryset, deed, "{count} can set a second step up again.")

    @admin.action(description="Mail a link to set a password")
    def send_password_link(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda user: send_reset.delay(user.email), "{count} mails are on their way.")

    @admin.action(description="Sign out everywhere")
    def end_sessions(self, request: HttpRequest, queryset: Any) -> None:
        def deed(user: User) -> None:
            write(
                "user.sessions_ended", user, facts={"count": sessions.end_others(user.pk, request.session.session_key)}
            )

        self.for_each(request, queryset, deed, "{count} signed out.")

    @admin.action(description="Remove for good")
    def let_go(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, people.let_go, "{count} removed.")


@admin.register(Membership)
class MembershipAdmin(Operated):
    may_add = may_change = True
    list_display = ["user", "location", "role", "only_assigned", "date_added"]
    list_select_related = ["user", "location"]
    list_filter = ["role", "only_assigned"]
    search_fields = ["user__email", "location__name", "=id"]
    autocomplete_fields = ["user", "location"]
    actions = ["take"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "location", "role", "only_assigned", *(["granted", "withheld"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "location", "granted", "withheld"] if obj else []

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Membership:
        return people.give_place(values["user"], values["location"], values["role"], values["only_assigned"])

    def change_row(self, request: HttpRequest, row: Membership, values: dict[str, Any]) -> None:
        role = values.get("role", row.role)
        row.set_access(role, values.get("only_assigned", row.only_assigned), set(row.abilities), row.custom_role)

    @admin.action(description="Take the access away")
    def take(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, people.take_place, "{count} taken away.")


@admin.register(Session)
class SessionAdmin(Operated):
    list_display = ["user", "address", "browser", "started_at", "seen_at"]
    list_display_links = None
    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["-seen_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Session.objects.filter(user__isnull=False).order_by("-seen_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
