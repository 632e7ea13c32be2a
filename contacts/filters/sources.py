"""Where the ids in conditions come from: what is called how, what can be chosen, and what was deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Model, Q

from accounts import current
from accounts import names as people
from accounts.models import Team, User
from contacts.models import Business, Import, Tag
from objects.models import Association

MOST_OPTIONS = 500


@dataclass(frozen=True)
class Source:
    """One kind of thing that conditions name by id.

    Args:
        noun: "stage", for "the stage was deleted".
        names: {id: name} of those of the given ids that exist. One query, none for no ids.
        options: (id, name) of what can be chosen, at most MOST_OPTIONS. One query.
    """

    noun: str
    names: Callable[[Collection[str]], Mapping[str, str]]
    options: Callable[[], Sequence[tuple[str, str]]]


def of_model(model: type[Model], noun: str = "", name: str = "name", order: str = "") -> Source:
    """The rows of a model of the location, called as their column `name`; `order` is the column they are listed by."""

    def names(wanted: Collection[str]) -> dict[str, str]:
        rows = model.objects.filter(pk__in=list(wanted)) if wanted else []  # type: ignore[attr-defined]
        return dict(rows.values_list("pk", name)) if wanted else {}

    def options() -> list[tuple[str, str]]:
        rows = model.objects.order_by(order or name)  # type: ignore[attr-defined]
        return list(rows.values_list("pk", name)[:MOST_OPTIONS])

    return Source(noun or str(model._meta.verbose_name), names, options)


def _people() -> list[tuple[str, str]]:
    rows = User.objects.working_at(current.location().pk)[:MOST_OPTIONS]
    return [("me", "Me"), *((row.pk, row.name or row.email) for row in rows)]


def _owner_names(wanted: Collection[str]) -> dict[str, str]:
    found = people.of_users(wanted)
    missing = [pk for pk in wanted if pk not in found]
    return found | TEAMS.names(missing)


def _owners() -> list[tuple[str, str]]:
    teams = [("my teams", "My teams")] + [(pk, f"{name} (team)") for pk, name in TEAMS.options()]
    return [_people()[0], ("unassigned", "Nobody"), *_people()[1:], *(teams if len(teams) > 1 else [])]


TEAMS = of_model(Team, "team")
TAGS = of_model(Tag, "tag")
IMPORTS = of_model(Import, "import", order="-pk")
BUSINESSES = of_model(Business, "company")


def key_of(item: str) -> str:
    """The id in what a condition names: of "<association>:<side>" the association."""
    return item.partition(":")[0]


def _label_names(wanted: Collection[str]) -> dict[str, str]:
    rows = Association.objects.filter(pk__in={key_of(item) for item in wanted}) if wanted else []
    return {item: label for row in rows for item, label in _labels(row) if item in wanted}


def _labels(row: Association) -> list[tuple[str, str]]:
    """What a contact can be to others under an association: "Employee of", "Employs"."""
    if row.is_symmetric:
        return [(f"{row.pk}:both", row.first_label)]
    sides = (("first", row.first_kind), ("second", row.second_kind))
    return [(f"{row.pk}:{side}", row.label_at(side)) for side, kind in sides if kind == "contact"]


def _label_options() -> list[tuple[str, str]]:
    rows = Association.objects.filter(Q(first_kind="contact") | Q(second_kind="contact"), is_system=False)
    return [label for row in rows[: MOST_OPTIONS // 2] for label in _labels(row)]


LABELS = Source("association", _label_names, _label_options)
PEOPLE = Source("user", people.of_users, _people)
OWNERS = Source("user or team", _owner_names, _owners)
