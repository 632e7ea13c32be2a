"""Names of people, for pages that hold their ids."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import Team, User


def of_users(user_ids: Iterable[str]) -> dict[str, str]:
    """{id: name} of these users of the present company; unknown ids are left out. One query, none for no ids."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    rows = User.objects.filter(pk__in=wanted).values_list("pk", "first_name", "last_name", "email")
    return {pk: f"{first} {last}".strip() or email for pk, first, last, email in rows}


def of_teams(team_ids: Iterable[str]) -> dict[str, str]:
    """{id: name} of these teams of the present location; unknown ids are left out. One query, none for no ids."""
    wanted = set(team_ids)
    return dict(Team.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
