"""Roles of a location's own: adding, changing and deleting one. A change holds from its people's next request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from accounts import allowance, matrix
from accounts.models import Invitation, Membership, Role
from core.errors import Invalid, Refused
from journal.recorded import quietly

T = TypeVar("T")


def add_role(name: str, abilities: Iterable[str], description: str = "") -> Role:
    """Add a role to the location in scope.

    Raises:
        Invalid: {"name": sentence}. LimitReached: the plan allows no more roles.
    """
    values = _settled(name, abilities, description)
    with transaction.atomic():
        allowance.take("roles")
        made: Role = _named(lambda: Role.record_new(facts={"role": values["name"]}, **values))
    return made


def change_role(role: Role, name: str, abilities: Iterable[str], description: str = "") -> Role:
    """Change a role for everybody who has it.

    Raises:
        Invalid: {"name": sentence}; nothing is changed.
    """
    values = _settled(name, abilities, description)
    with transaction.atomic():
        role.lock()
        _named(lambda: role.change(facts={"role": values["name"]}, **values))
    return role


def holders(role: Role) -> int:
    """How many people have the role or are invited with it."""
    return Membership.objects.filter(custom_role=role).count() + invited(role).count()


def invited(role: Role) -> Any:
    """The invitations with the role that may still be accepted."""
    return Invitation.objects.pending().filter(custom_role=role)


def delete_role(role: Role, instead: Role | str = "") -> int:
    """Delete a role; whoever has it gets another.

    Args:
        instead: the other one: a role of the location, or "user".

    Returns:
        How many people and invitations were moved.

    Raises:
        Refused: somebody has it and no other was named.
    """
    with transaction.atomic():
        role.lock()
        count = holders(role)
        if count and (not instead or instead == role):
            raise Refused(
                f"{count} {'person has' if count == 1 else 'people have'} this role: choose another for them."
            )
        other = instead if isinstance(instead, Role) else None
        for held in Membership.objects.filter(custom_role=role).select_for_update(of=("self",)).order_by("pk"):
            held.change(facts={"user": held.user_id, "role": role.name}, custom_role=other)
        for waiting in invited(role).select_for_update(of=("self",)).order_by("pk"):
            waiting.change(facts={"email": waiting.email, "role": role.name}, custom_role=other)
        with quietly(reason="invitations that are over only remember the role"):
            Invitation.objects.filter(custom_role=role).update(custom_role=None)
        role.remove(facts={"role": role.name, "abilities": role.abilities})
        allowance.settle("roles")
    return count


def _settled(name: str, abilities: Iterable[str], description: str) -> dict[str, object]:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid({"name": "a role needs a name"})
    if name.lower() in ("admin", "user", "owner"):
        raise Invalid({"name": "this is the name of a role that is built in"})
    return {"name": name, "abilities": matrix.sound(abilities), "description": description.replace("\x00", "").strip()}


def _named(write: Callable[[], T]) -> T:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        if "role_name" in str(error):
            raise Invalid({"name": "there is a role of this name already"}) from error
        raise
