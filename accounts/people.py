"""Taking people on, giving them places, and letting them go.

Somebody who leaves stays as a row without sign-in: history keeps their name, and readers of the journal can see what
was theirs and pass it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from accounts import sessions
from accounts.models import Company, Location, Membership, User
from accounts.models.user import plain_email, unusable_password
from core import clock, scope
from core.errors import Invalid, Refused
from journal.recorded import quietly

TAKEN = "Somebody signs in with this e-mail already."


def take_on(company: Company | None, email: str, **fields: Any) -> User:
    """Add a person. Without a `password` hash among the fields they can sign in only after setting one by mail.

    Raises:
        Refused: the address is taken, in this company or another. Invalid: a field breaks a rule.
    """
    email = plain_email(email)
    if (
        User.objects.everywhere(reason="sign-in addresses are one to a person on the installation")
        .filter(email=email)
        .exists()
    ):
        raise Refused(TAKEN)
    try:
        with transaction.atomic():
            return User.record_new(company=company, email=email, **fields)
    except IntegrityError as error:
        if "email" in str(error):
            raise Refused(TAKEN) from error
        raise


def move_sign_in(user: User, email: str) -> None:
    """Give a person another sign-in address.

    Raises:
        Refused: somebody has it. Invalid: it is no address.
    """
    email = plain_email(email)
    if email == user.email:
        return
    if (
        User.objects.everywhere(reason="sign-in addresses are one to a person on the installation")
        .filter(email=email)
        .exists()
    ):
        raise Refused(TAKEN)
    user.change(email=email)


def places_of(user: User) -> list[Membership]:
    """All of a person's memberships, with their locations. One query."""
    rows = Membership.objects.everywhere(reason="a person's places lie in several locations").filter(user=user)
    return list(rows.select_related("location").order_by("pk"))


def give_place(user: User, place: Location, role: str, only_assigned: bool = False) -> Membership:
    """Let a person into a location; does nothing when they are there.

    Raises:
        Invalid: the person belongs to another company.
    """
    if user.company_id != place.company_id:
        raise Invalid({"locationIds": "this person belongs to another company"})
    with at(place):
        held: Membership | None = Membership.objects.filter(user=user).first()
        return held or Membership.record_new(
            user=user,
            location=place,
            role=role,
            only_assigned=only_assigned and role != "admin",
            facts={"user": user.pk},
        )


def take_place(membership: Membership) -> None:
    """End a person's access to a location.

    Raises:
        Refused: the last admin would go.
    """
    with transaction.atomic(), at(membership.location):
        if membership.is_last_admin():
            raise Refused(
                f"{membership.user} is the last admin of {membership.location}: make somebody else an admin first."
            )
        membership.remove(facts={"user": membership.user_id})


@transaction.atomic
def let_go(user: User) -> None:
    """Remove a person for good: places, sessions and sign-in end at once. What was theirs is passed on by readers.

    Raises:
        Refused: a location, or the agency, would be left without an admin.
    """
    user.lock()
    if user.deleted_at:
        return
    check_agency(user)
    for membership in places_of(user):
        take_place(membership)
    sessions.end_others(user.pk)
    with quietly(reason="the entry below speaks for it"):
        user.password = unusable_password()
        user.save(update_fields=["password"])
    user.change(
        "user.deleted",
        facts={"name": user.name, "email": user.email},
        is_active=False,
        deleted_at=clock.now(),
        agency_role="",
        email=f"{user.pk.lower()}.{clock.epoch_ms(clock.now())}@deleted.invalid",
        phone="",
    )


def check_agency(user: User) -> None:
    """Refuse to lose the agency's last admin.

    Raises:
        Refused: there is no other.
    """
    if user.agency_role != "admin":
        return
    others = User.objects.everywhere(reason="the user names its company").filter(
        company_id=user.company_id, agency_role="admin", is_active=True
    )
    if not others.exclude(pk=user.pk).exists():
        raise Refused(f"{user} is the last admin of the agency: make somebody else an admin first.")


def set_agency_role(user: User, role: str) -> None:
    """Change what a person is in the agency.

    Raises:
        Refused: the agency would lose its last admin, or it is one's own role.
    """
    if role == user.agency_role:
        return
    if user.pk == scope.current().actor.user_id:
        raise Refused("Nobody can change their own role. Ask another admin.")
    if role != "admin":
        check_agency(user)
    user.change(agency_role=role)


def at(place: Location) -> Any:
    """The location's scope, the actor staying as it is."""
    return scope.use(company_id=place.company_id, location_id=place.pk)


def live_places(location_ids: Iterable[str], company_id: str) -> list[Location]:
    """The company's active locations of these ids.

    Raises:
        Invalid: one of them is none of the company's.
    """
    wanted = list(dict.fromkeys(location_ids))
    rows = Location.objects.everywhere(reason="the company is named").filter(company_id=company_id, is_active=True)
    found = {row.pk: row for row in rows.filter(pk__in=wanted)}
    missing = [pk for pk in wanted if pk not in found]
    if missing:
        raise Invalid({"locationIds": f"there is no location {missing[0][:40]}"})
    return [found[pk] for pk in wanted]
