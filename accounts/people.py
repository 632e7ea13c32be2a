"""Taking people on, giving them places, and letting them go.

Somebody who leaves stays as a row without sign-in: history keeps their name, and readers of the journal can see what
was theirs and pass it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from accounts import allowance, owners, sessions
from accounts.models import Company, Location, Membership, User
from accounts.models.user import plain_email, unusable_password
from core import clock, scope
from core.errors import Invalid, Refused
from journal.models import Entry
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
            if company is not None and fields.get("agency_role"):
                allowance.take("users", company.pk)
            user: User = User.record_new(company=company, email=email, **fields)
            if user.agency_role == "admin":
                owners.claim(user)
            return user
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
    return list(rows.select_related("location", "custom_role").order_by("pk"))


def is_seated(user: User) -> bool:
    """Whether a person takes up one of the plan's seats: somebody who can open something."""
    if not user.is_active:
        return False
    rows = Membership.objects.everywhere(reason="a person's places lie in several locations")
    return bool(user.agency_role) or bool(rows.filter(user=user, disabled_at=None).exists())


def is_switched_off(user: User, place: Location) -> bool:
    """Whether an administrator switched the person off in a location. One query."""
    rows = Membership.objects.everywhere(reason="the door: the location is named")
    return bool(rows.filter(user=user, location=place, disabled_at__isnull=False).exists())


@transaction.atomic
def give_place(user: User, place: Location, role: str, only_assigned: bool = False, **access: Any) -> Membership:
    """Let a person into a location; does nothing when they are there. The first admin of a company is its owner.

    Args:
        access: `custom_role`, `granted` and `withheld` of the membership.

    Raises:
        Invalid: the person belongs to another company. LimitReached: the plan has no seat left.
    """
    if user.company_id != place.company_id:
        raise Invalid({"locationIds": "this person belongs to another company"})
    with at(place):
        held: Membership | None = Membership.objects.filter(user=user).first()
        if held is not None:
            return held
        if not is_seated(user):
            allowance.take("users")
        made: Membership = Membership.record_new(
            user=user,
            location=place,
            role=role,
            only_assigned=only_assigned and role != "admin",
            facts={"user": user.pk},
            **access,
        )
    if role == "admin":
        owners.claim(user)
    return made


def take_place(membership: Membership, heir: User | None = None) -> None:
    """End a person's access to a location. What was theirs there goes to `heir`, or has no owner any more.

    Raises:
        Refused: the owner or the last admin would go, or the heir does not work there.
    """
    with transaction.atomic(), at(membership.location):
        check_leaving(membership, heir)
        membership.remove(facts={"user": membership.user_id, **_heir(heir)})
        allowance.settle("users")


def disable(membership: Membership, heir: User | None = None) -> None:
    """Switch a person off in a location: their access ends at once, their seat is free, what they did stays.

    What is theirs stays theirs, unless `heir` is to have it. Somebody without any other place is signed out.

    Raises:
        Refused: it is oneself, the owner or the last admin, or the heir does not work there.
    """
    with transaction.atomic(), at(membership.location):
        membership.hold_admins()  # before the row, as `set_access` does: two who switch each other off must not wait
        membership.lock()
        if membership.disabled_at:
            return
        if membership.user_id == scope.current().actor.user_id:
            raise Refused("Nobody can switch themselves off. Another admin can.")
        check_leaving(membership, heir)
        membership.change(
            "membership.disabled", facts={"user": membership.user_id, **_heir(heir)}, disabled_at=clock.now()
        )
        user = membership.user
        if not is_seated(user):
            user.change(is_active=False)
            sessions.end_others(user.pk)
        allowance.settle("users")


def enable(membership: Membership) -> None:
    """Switch a person on again, with the access they had.

    Raises:
        LimitReached: the plan has no seat left. Refused: they were switched off in the whole company.
    """
    with transaction.atomic(), at(membership.location):
        membership.lock()
        if not membership.disabled_at:
            return
        user = membership.user
        user.lock()
        if not is_seated(user):
            if all(one.disabled_at for one in places_of(user)):
                allowance.take("users")
                user.change(is_active=True)
            else:
                raise Refused(f"{user} was switched off for all locations: somebody of the agency can switch them on.")
        membership.change("membership.enabled", facts={"user": membership.user_id}, disabled_at=None)


def switch_off(user: User) -> None:
    """Switch a person off in the whole company: they are signed out and their seat is free; what is theirs stays.

    Raises:
        Refused: it is oneself, the owner, or the last admin of the agency or of a location.
    """
    if user.pk == scope.current().actor.user_id:
        raise Refused("Nobody can switch themselves off. Another admin can.")
    with transaction.atomic():
        user.lock()
        check_agency(user)
        for membership in places_of(user):
            with at(membership.location):
                if membership.is_last_admin():
                    raise Refused(f"{user} is the last admin of {membership.location}: make somebody else one first.")
        user.change(is_active=False)
        sessions.end_others(user.pk)
        allowance.settle("users", user.company_id or "")


def switch_on(user: User) -> None:
    """Let a person sign in again, with the places they had.

    Raises:
        LimitReached: the plan has no seat left.
    """
    with transaction.atomic():
        user.lock()
        if not user.is_active and user.deleted_at is None:
            allowance.take("users", user.company_id or "")
            user.change(is_active=True)


def remove(membership: Membership, heir: User | None = None) -> None:
    """Take a person out of a location; out of the last one, out of the company.

    Raises:
        Refused: as `take_place`.
    """
    user = membership.user
    if user.agency_role or len(places_of(user)) > 1:
        take_place(membership, heir)
    else:
        check_leaving(membership, heir)
        let_go(user, heir)


def check_leaving(membership: Membership, heir: User | None = None) -> None:
    """Refuse to lose somebody a location cannot do without, or to hand over to somebody who is not there.

    Raises:
        Refused: the owner, the last admin, or a wrong heir.
    """
    user, place = membership.user, membership.location
    if membership.is_owner():
        raise Refused(f"{user} owns the account. Ownership has to be transferred first.")
    if membership.is_last_admin():
        raise Refused(f"{user} is the last admin of {place}: make somebody else an admin first.")
    if heir is None:
        return
    if heir.pk == user.pk or not User.objects.working_at(place.pk).filter(pk=heir.pk).exists():
        raise Refused(f"{heir} does not work at {place}: choose somebody else to hand over to.")


def _heir(heir: User | None) -> dict[str, str]:
    return {"heir": heir.pk, "heir_name": heir.name} if heir else {}


def heir_at(entry: Entry) -> str | None:
    """The id of whoever inherits by this entry, if they work at the location in scope. A query where one is named."""
    heir = str(entry.facts.get("heir", ""))
    return heir if heir and User.objects.working_at(scope.location_id()).filter(pk=heir).exists() else None


@transaction.atomic
def let_go(user: User, heir: User | None = None) -> None:
    """Remove a person for good: places, sessions and sign-in end at once. What was theirs is passed on by readers.

    Raises:
        Refused: a location, or the agency, would be left without an admin.
    """
    user.lock()
    if user.deleted_at:
        return
    check_agency(user)
    for membership in places_of(user):
        fits = heir and User.objects.working_at(membership.location_id).filter(pk=heir.pk).exists()
        take_place(membership, heir if fits else None)
    sessions.end_others(user.pk)
    with quietly(reason="the entry below speaks for it"):
        user.password = unusable_password()
        user.save(update_fields=["password"])
    user.change(
        "user.deleted",
        facts={"name": user.name, "email": user.email, **_heir(heir)},
        is_active=False,
        deleted_at=clock.now(),
        agency_role="",
        email=f"{user.pk.lower()}.{clock.epoch_ms(clock.now())}@deleted.invalid",
        phone="",
    )
    if user.company_id:
        allowance.settle("users", user.company_id)


def check_agency(user: User) -> None:
    """Refuse to lose the agency's last admin, or the account's owner.

    Raises:
        Refused: there is no other.
    """
    owners.check_not(user)
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
    with transaction.atomic():
        if role and not is_seated(user):
            allowance.take("users", user.company_id or "")
        user.change(agency_role=role)
        allowance.settle("users", user.company_id or "")


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
