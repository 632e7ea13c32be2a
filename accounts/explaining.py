"""What a person may see and do in a location, and why: each ability with what decided about it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts import abilities, matrix
from accounts.models import Location, Membership, Team
from core import access


@dataclass(frozen=True)
class Verdict:
    """One ability: whether it is held, and the sentence that says why."""

    name: str
    label: str
    held: bool
    why: str


@dataclass(frozen=True)
class Answer:
    doors: str  # why nothing opens at all, or ""
    sees: str
    teams: list[Team]
    areas: list[tuple[str, list[Verdict]]]

    @property
    def held(self) -> int:
        return sum(one.held for _, rows in self.areas for one in rows)


def explain(membership: Membership) -> Answer:
    """All of it, by area. Two queries."""
    rows: dict[str, list[Verdict]] = {area.name: [] for area in matrix.areas(frozenset(abilities.ADMIN))}
    for name in sorted(abilities.ADMIN):
        rows[matrix.area_of(name)].append(verdict(membership, name))
    teams = list(Team.objects.filter(members__contains=[membership.user_id]).order_by("name", "pk")[:50])
    return Answer(doors(membership), sees(membership, teams), teams, list(rows.items()))


def verdict(membership: Membership, name: str) -> Verdict:
    """Whether the person holds an ability, and which rule decided: the last one that had a say."""
    role = f"the role {membership.role_name}"
    place: Location = membership.location
    if membership.user.agency_role == "admin":
        held, why = True, "As an admin of the agency."
    elif membership.only_assigned and name in abilities.UNRESTRICTED and name in raw(membership):
        held, why = False, "Withheld: it shows or opens the whole location, and they see only assigned data."
    elif name in membership.withheld:
        held, why = False, f"Withheld from this person, though {role} has it." if name in membership.of_role else (
            "Withheld from this person."
        )  # fmt: skip
    elif name in membership.of_role:
        held, why = True, f"By {role}."
    elif name in membership.granted:
        held, why = True, f"Granted to this person, beyond {role}."
    else:
        held, why = False, f"Not part of {role}, and not granted."
    if held and place.access != access.FULL and name not in abilities.while_read_only(frozenset({name})):
        held, why = False, "Held back for everybody: the account can only be read at present."
    return Verdict(name, matrix.label_of(name), held, why)


def raw(membership: Membership) -> frozenset[str]:
    """What role and switches say, before the restriction to assigned data."""
    return (membership.of_role | set(membership.granted)) - set(membership.withheld)


def doors(membership: Membership) -> str:
    """Why nothing opens for the person at present; "" when it does."""
    user, place = membership.user, membership.location
    if not user.is_active:
        return f"{user} is switched off and cannot sign in."
    if place.suspended_at and user.agency_role != "admin":
        return "The location is suspended: only admins of the agency come in."
    if membership.disabled_at and not user.agency_role:
        return f"{user} is switched off in this location."
    return ""


def sees(membership: Membership, teams: list[Team]) -> str:
    """Which records the person sees, in a sentence."""
    if membership.user.agency_role == "admin":
        return "Everything in the location, as an admin of the agency."
    if membership.role == "admin":
        return "Everything in the location, as an admin of it."
    if not membership.only_assigned:
        return "Everything in the location: they are not restricted to assigned data."
    beside = f", and what belongs to their teams {', '.join(team.name for team in teams)}" if teams else ""
    return f"Only what is assigned to or followed by them{beside}. Everything else answers as if it did not exist."
