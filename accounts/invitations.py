"""Invitations: a mail with a link that lets somebody into a location once, within a day. An open one takes up a seat."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import abilities, allowance, confirmation, current, passwords, people
from accounts.invitation_links import found
from accounts.models import Invitation, Location, Membership, Role, User
from accounts.models.invitation import LASTS
from accounts.models.membership import overrides
from accounts.models.user import plain_email
from accounts.tasks import send_invitation
from core import clock, scope
from core.errors import Refused
from journal.recorded import quietly

WAITING = "This person has been invited already. The invitation can be sent again."


def invite(
    email: str,
    role: str,
    *,
    first_name: str = "",
    last_name: str = "",
    only_assigned: bool = False,
    may: set[str] | None = None,
    custom_role: Role | None = None,
) -> Invitation:
    """Invite somebody to the location in scope; the mail leaves after the transaction.

    Args:
        role: "admin" or "user"; a custom role goes with "user".
        may: as in `Membership.set_access`.

    Raises:
        Refused: they are here or invited already, or sign in at another company. LimitReached: no seat is left.
        Invalid: a field breaks a rule. Unconfirmed: the owner has to confirm their address first.
    """
    confirmation.required()
    email = plain_email(email)
    user = User.objects.everywhere(reason="sign-in addresses are one to a person on the installation")
    known: User | None = user.filter(email=email).first()
    if known is not None and known.company_id != scope.company_id():
        raise Refused(people.TAKEN)
    if known is not None and Membership.objects.filter(user=known).exists():
        raise Refused(f"{known} has access to this location already.")
    held = frozenset(custom_role.abilities) if custom_role else abilities.of_role(role)
    granted, withheld = overrides(role, held, may)
    now = clock.now()
    with transaction.atomic():
        if not _is_counted(email, known):
            allowance.take("users")
        try:
            with transaction.atomic():
                made: Invitation = Invitation.record_new(
                    email=email,
                    first_name=first_name,
                    last_name=last_name,
                    role=role,
                    custom_role=custom_role if role != "admin" else None,
                    only_assigned=only_assigned and role != "admin",
                    granted=granted,
                    withheld=withheld,
                    invited_by_id=scope.current().actor.user_id,
                    sent_at=now,
                    expires_at=now + LASTS,
                    facts={"email": email},
                )
        except IntegrityError as error:
            if "one_pending_invitation" in str(error):
                raise Refused(WAITING) from error
            raise
        _send(made)
    return made


def send_again(invitation: Invitation) -> None:
    """Mail a new link, good for another day; the one before stops working.

    Raises:
        Refused: it was accepted or taken back. LimitReached: it had expired and its seat is gone.
        Unconfirmed: the owner has to confirm their address first.
    """
    confirmation.required()
    with transaction.atomic():
        invitation.lock()
        _check_pending(invitation)
        if invitation.has_expired and not _is_counted(invitation.email):
            allowance.take("users")
        now = clock.now()
        invitation.change(
            "invitation.sent",
            facts={"email": invitation.email},
            serial=invitation.serial + 1,
            sent_at=now,
            expires_at=now + LASTS,
        )
        _send(invitation)


def revoke(invitation: Invitation) -> None:
    """Take an invitation back: its link stops working and its seat is free.

    Raises:
        Refused: it was accepted, or taken back before.
    """
    with transaction.atomic():
        invitation.lock()
        _check_pending(invitation)
        invitation.change("invitation.revoked", facts={"email": invitation.email}, revoked_at=clock.now())
        allowance.settle("users")


def known_user(invitation: Invitation) -> User | None:
    """The person who signs in with the invited address, if there is one."""
    every = User.objects.everywhere(reason="a link from a mail names the address")
    held: User | None = every.filter(email=invitation.email).first()
    return held


def accept(token: str, **person: Any) -> User:
    """Use a link: whoever has no sign-in gets one with `first_name`, `last_name` and `password`; the place is theirs.

    Raises:
        Refused: the link is stale, or the address signs in elsewhere. Invalid: the password or a name breaks a rule.
        LimitReached: the plan has shrunk and has no seat left.
    """
    with transaction.atomic():
        invitation = found(token, lock=True)
        place: Location = invitation.location
        user = known_user(invitation)
        with current.at(place, actor=scope.Actor(user.pk, user.name, "user") if user else scope.SYSTEM, via="ui"):
            with quietly(reason="used, and its seat free for the person; the entry below tells of it"):
                invitation.accepted_at = clock.now()
                invitation.save(update_fields=["accepted_at"])
            if user is None:
                password = person.pop("password")
                passwords.check(password, User(company=place.company, email=invitation.email, **person))
                user = people.take_on(place.company, invitation.email, password=make_password(password), **person)
            elif user.company_id != place.company_id or not user.is_active:
                raise Refused(people.TAKEN)
            with scope.use(actor=scope.Actor(user.pk, user.name, "user")):
                people.give_place(
                    user,
                    place,
                    invitation.role,
                    invitation.only_assigned,
                    custom_role=invitation.custom_role,
                    granted=invitation.granted,
                    withheld=invitation.withheld,
                )
                invitation.change("invitation.accepted", facts={"email": invitation.email}, user=user)
    return user


def _is_counted(email: str, known: User | None = None) -> bool:
    """Whether the address takes up a seat of the company already: its person's, or that of another open invitation."""
    known = known or User.objects.filter(email=email).first()
    if known is not None and people.is_seated(known):
        return True
    every = Invitation.objects.everywhere(reason="a plan counts all of a company").open()
    return bool(every.filter(location__company_id=scope.company_id(), email=email).exists())


def _check_pending(invitation: Invitation) -> None:
    if invitation.accepted_at:
        raise Refused(f"{invitation} has accepted the invitation already.")
    if invitation.revoked_at:
        raise Refused("This invitation was taken back already.")


def _send(invitation: Invitation) -> None:
    send_invitation.apply_async([invitation.pk, invitation.serial])
