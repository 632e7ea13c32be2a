"""Which list a person is in, as an address carries it: a saved list or ad-hoc filters, an order and a search.

The list page shows it, bulk actions and exports take their audience from it, and the record walks it with previous and
next. In the query string: `list` (id), `filters` (packed tree), `sort`, `q`, and `n` (the place of the contact shown).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, TextField, Value
from django.http import HttpRequest, QueryDict

from contacts.filters import BadFilter, Group, parse, resolve, sorting
from contacts.filters.compiler import compile_resolved
from contacts.filters.resolving import Resolved
from contacts.models import Contact, SmartList
from contacts.models.querysets import LONGEST_QUERY, ContactQuerySet
from contacts.models.smart_list import built_in
from core import ids, scope

DEFAULT_SORT = "-dateAdded"
LONGEST_PACKED = 12_000  # characters of filters that an address can carry
LAST_PLACE = 100_000_000


@dataclass(frozen=True)
class ListContext:
    """A list as it is looked at. `filters` and `sort` are in force; None of an override means "as saved"."""

    smart_list: SmartList | None = None
    own_filters: list[Any] | None = None
    own_sort: str | None = None
    search: str = ""
    place: int = 0  # of the contact shown, from 1; 0 when unknown
    problem: str = ""  # why the list cannot be used, in a sentence; it is empty then

    @property
    def list_id(self) -> str:
        return self.smart_list.pk if self.smart_list else ""

    @property
    def filters(self) -> list[Any]:
        if self.own_filters is not None:
            return self.own_filters
        return self.smart_list.filters if self.smart_list else []

    @property
    def sort(self) -> str:
        return self.own_sort or (self.smart_list.sort if self.smart_list else DEFAULT_SORT)

    @cached_property
    def tree(self) -> Group:
        """The checked filters. One query when they name custom fields.

        Raises:
            BadFilter: they cannot be used.
        """
        return parse(self.filters)

    @cached_property
    def resolved(self) -> Resolved:
        """The filters with what they name. One query for each kind of thing that they name."""
        return resolve(self.tree)

    @cached_property
    def condition(self) -> Q:
        """The filters as a Q."""
        return compile_resolved(self.resolved)

    @cached_property
    def orders(self) -> list[sorting.Order]:
        """The order in force; a saved list whose column was deleted falls back to newest first.

        Raises:
            BadFilter: the address asks for an order that does not exist.
        """
        try:
            return [sorting.order(self.sort)]
        except BadFilter:
            if self.own_sort:
                raise
            return [sorting.order(DEFAULT_SORT)]

    def queryset(self, actor: scope.Actor | None = None) -> ContactQuerySet:
        """The live contacts of the list that `actor` (the one in scope by default) may see, unsorted.

        Raises:
            BadFilter: the filters cannot be used.
        """
        found = Contact.objects.live().visible_to(actor or scope.current().actor)
        if self.problem:
            return found.none()
        if self.filters:
            found = found.filter(self.condition)
        return found.search(self.search) if self.search else found

    def sorted(self, actor: scope.Actor | None = None) -> ContactQuerySet:
        """The same in the order of the list."""
        return sorting.sort(self.queryset(actor), self.orders)

    def members(self) -> dict[str, str]:
        """What an address needs to come back to this list."""
        found = {
            "list": self.list_id,
            "filters": sorting.pack(self.own_filters) if self.own_filters is not None else "",
            "sort": self.own_sort or "",
            "q": self.search,
        }
        return {name: value for name, value in found.items() if value}

    def query_string(self, **more: Any) -> str:
        """The context as a query string without "?"; `more` adds members, such as n=51 for the place of a contact."""
        members = {**self.members(), **{name: str(value) for name, value in more.items() if value}}
        return urlencode(members)

    def at(self, place: int) -> ListContext:
        """The same list, looked at from another place."""
        return replace(self, place=place)


def context_from(request: HttpRequest | QueryDict, known: Iterable[SmartList] = ()) -> ListContext:
    """The list that an address names, from GET or from a given QueryDict. At most one query, none for a `known` list.

    Never raises: what cannot be read is said in `problem`, and the list is empty then.

    Args:
        known: lists the actor may see that have been fetched already.
    """
    given = request if isinstance(request, QueryDict) else request.GET
    problems: list[str] = []
    found = None
    wanted = given.get("list", "")
    if wanted:
        found = next((row for row in known if row.pk == wanted), None) or built_in(wanted)
        if found is None and ids.is_id(wanted):
            found = SmartList.objects.visible_to(scope.current().actor).filter(pk=wanted).first()
        if found is None:
            problems.append("This list was deleted or is no longer shared with you.")
    own_filters = _filters(given.get("filters", ""), problems)
    search = given.get("q", "").replace("\x00", "").strip()
    if len(search) > LONGEST_QUERY:
        problems.append(f"A search has at most {LONGEST_QUERY} characters.")
    place = given.get("n", "")
    context = ListContext(
        smart_list=found,
        own_filters=own_filters,
        own_sort=given.get("sort", "")[:80] or None,
        search=search[:LONGEST_QUERY],
        place=min(int(place), LAST_PLACE) if place.isascii() and place.isdigit() else 0,
    )
    if not problems:
        try:
            _ = context.orders, context.condition
        except BadFilter as error:
            problems.append(error.message)
    return replace(context, problem=problems[0]) if problems else context


def _filters(packed: str, problems: list[str]) -> list[Any] | None:
    if not packed:
        return None
    if len(packed) > LONGEST_PACKED:
        problems.append("These filters are too long for an address. Save them as a smart list in smaller steps.")
        return []
    try:
        return sorting.unpack(packed)
    except (BadFilter, RecursionError):
        problems.append("The filters of this address are damaged. Choose them again.")
        return []


def neighbours(context: ListContext, contact: Contact, actor: scope.Actor | None = None) -> tuple[str, str, int]:
    """The contacts before and after `contact` in the list.

    One query that reads two rows, and one more where the order is computed from other data. The contact itself
    need not match any more: its place follows from its values.

    Returns:
        (id of the previous, id of the next, place of this one); "" where there is none, 0 when the place is unknown.
    """
    try:
        orders = context.orders
        row = contact
        if any(one.alias.startswith("sort_") for one in orders):
            row = sorting.sort(Contact.objects.filter(pk=contact.pk), orders).get()
        cursor = sorting.cursor_of(orders, row)
        found = context.queryset(actor)
        following = _first(sorting.after(sorting.sort(found, orders), orders, cursor), "next")
        preceding = _first(sorting.after(sorting.sort(found, orders, True), orders, cursor, True), "previous")
        beside = {side: pk for pk, side in following.union(preceding, all=True)}
    except (BadFilter, Contact.DoesNotExist):
        return "", "", 0
    return beside.get("previous", ""), beside.get("next", ""), context.place


def _first(contacts: ContactQuerySet, side: str) -> Any:
    """The first id, with `side` beside it so that two such rows can come in one answer."""
    return contacts.annotate(side=Value(side, output_field=TextField())).values_list("pk", "side")[:1]
