"""Teams: adding, changing and deleting one, with what that means for the contacts it owns."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts.models import Team, User
from billing import limits
from contacts.models import Contact
from core import clock, scope
from core.errors import Forbidden, Invalid
from journal.recorded import quietly
from journal.writing import write_selected

MOST_MEMBERS = 200
MOST_LEVELS = 3
OWNED = """
SELECT id AS subject_id, id AS contact_id, jsonb_build_object('team', jsonb_build_array(team_id, NULL)) AS changes,
    jsonb_build_object('team', %s::text) AS facts
FROM contacts_contact WHERE location_id = %s AND team_id = %s FOR UPDATE
"""


def add_team(
    name: str,
    members: Iterable[str] = (),
    description: str = "",
    leaders: Iterable[str] = (),
    parent: Team | str | None = None,
) -> Team:
    """Add a team to the location in scope.

    Args:
        members: user ids of people who work here.
        leaders: user ids of those who may change its members; they are members too.
        parent: the team that it is a part of, or its id.

    Raises:
        Invalid: {"name", "members" or "parent": sentence}. LimitReached: the plan allows no more teams.
    """
    values = _settled(name, members, description, leaders)
    with transaction.atomic():
        values["parent"] = _place_below(parent)
        limits.take("teams")
        return _named(lambda: Team.record_new(**values))


def change_team(
    team: Team,
    name: str,
    members: Iterable[str],
    description: str = "",
    leaders: Iterable[str] = (),
    parent: Team | str | None = None,
) -> Team:
    """Change a team; people who leave it no longer see what it owns.

    Raises:
        Invalid: {"name", "members" or "parent": sentence}; nothing is changed.
    """
    values = _settled(name, members, description, leaders)
    with transaction.atomic():
        values["parent"] = _place_below(parent, team)
        team.lock()
        _named(lambda: team.change(**values))
    return team


def set_members(team: Team, members: Iterable[str]) -> Team:
    """Change who is in a team: what its leaders may do. The leaders stay.

    Raises:
        Forbidden: the actor neither leads the team nor decides about people. Invalid: {"members": sentence}.
    """
    actor = scope.current().actor
    with transaction.atomic():
        team.lock()
        if not actor.may("users.write") and actor.user_id not in team.leaders:
            raise Forbidden("Only the leaders of the team and admins can change who is in it.")
        team.change(**_settled(team.name, members, team.description, team.leaders))
    return team


def delete_team(team: Team) -> int:
    """Delete a team. Its contacts stay, without an owner.

    Returns:
        How many contacts it owned.
    """
    with transaction.atomic():
        team.lock()
        count = write_selected("contact.assigned", "contact", OWNED, [team.name, scope.location_id(), team.pk])
        with quietly(reason="one entry a contact was written above"):
            Contact.objects.filter(team=team).update(team=None, date_updated=clock.now())
        team.remove(facts={"name": team.name})
        limits.give_back("teams")
    return count


def leave_all(user_id: str) -> None:
    """Take a person out of every team of the location."""
    for team in Team.objects.filter(members__contains=[user_id]).order_by("pk"):
        team.lock()
        kept = [held for held in team.members if held != user_id]
        team.change(members=kept, leaders=[held for held in team.leaders if held != user_id])


def _settled(name: str, members: Iterable[str], description: str, leaders: Iterable[str] = ()) -> dict[str, object]:
    leading = list(dict.fromkeys(leaders))
    wanted = list(dict.fromkeys([*members, *leading]))
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid({"name": "a team needs a name"})
    if len(wanted) > MOST_MEMBERS:
        raise Invalid({"members": f"a team has at most {MOST_MEMBERS} members"})
    known = set(User.objects.working_at(scope.location_id()).filter(pk__in=wanted).values_list("pk", flat=True))
    if set(wanted) - known:
        raise Invalid({"members": "not everybody named works at this location"})
    description = description.replace("\x00", "").strip()
    return {"name": name, "members": wanted, "description": description, "leaders": leading}


def _place_below(parent: Team | str | None, team: Team | None = None) -> Team | None:
    """The team to stand below, once it is sure that three levels are enough and nothing goes in a circle.

    The location's teams are held in one order, so that two who move teams below each other wait for each other.
    """
    if not parent:
        return None
    rows = {row.pk: row for row in Team.objects.select_for_update(of=("self",)).order_by("pk")}
    held = rows.get(parent.pk if isinstance(parent, Team) else parent)
    if held is None:
        raise Invalid({"parent": "there is no such team"})
    above = [held]
    while above[-1].parent_id and len(above) <= len(rows):
        above.append(rows[above[-1].parent_id])
    if team is not None and team.pk in {row.pk for row in above}:
        raise Invalid({"parent": "a team cannot be a part of itself or of its own parts"})
    if len(above) + _height(team, rows.values()) > MOST_LEVELS:
        raise Invalid({"parent": f"teams have at most {MOST_LEVELS} levels"})
    return held


def _height(team: Team | None, rows: Iterable[Team]) -> int:
    """How many levels a team takes up with what is below it; a new one takes one."""
    parts = [row for row in rows if team is not None and row.parent_id == team.pk]
    return 1 + max((_height(part, rows) for part in parts), default=0)


def _named(write):  # type: ignore[no-untyped-def]
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        if "team_name" in str(error):
            raise Invalid({"name": "there is a team of this name already"}) from error
        raise
