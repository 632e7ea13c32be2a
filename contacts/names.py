"""Names for the ids that entries of the journal hold: people, tags, companies, fields, tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from accounts import names as people
from contacts.models import Business, Contact, Tag, Task
from core import scope
from objects.models import CustomField, FieldFolder

Wanted = dict[str, set[str]]


def names_for(wanted: Wanted) -> dict[str, str]:
    """{id: name} for {"user": ids, "tag": ids, …}; kinds are the nouns of models. One query a kind, none for no ids."""
    found: dict[str, str] = {}
    if ids := wanted.get("user"):
        found |= people.of_users(ids)
    if ids := wanted.get("team"):
        found |= people.of_teams(ids)
    if ids := wanted.get("tag"):
        found |= Tag.objects.names_of(ids)
    if ids := wanted.get("business"):
        found |= dict(Business.objects.filter(pk__in=ids).values_list("pk", "name"))
    if ids := wanted.get("custom_field"):
        found |= dict(CustomField.objects.filter(pk__in=ids).values_list("pk", "name"))
    if ids := wanted.get("field_folder"):
        found |= dict(FieldFolder.objects.filter(pk__in=ids).values_list("pk", "name"))
    if ids := wanted.get("task"):
        found |= dict(Task.objects.filter(pk__in=ids).values_list("pk", "title"))
    if ids := wanted.get("contact"):
        rows = Contact.objects.visible_to(scope.current().actor).filter(pk__in=ids)
        found |= {row.pk: str(row) for row in rows.only("first_name", "last_name", "email", "phone")}
    return found


def names_beside(known: Mapping[str, str]) -> Callable[[Wanted], dict[str, str]]:
    """A resolver that asks the database only for what is not in `known`."""

    def resolve(wanted: Wanted) -> dict[str, str]:
        unknown = {kind: {pk for pk in ids if pk not in known} for kind, ids in wanted.items()}
        return {**known, **names_for(unknown)}

    return resolve
