"""Every table that holds something of a company, found from the models, with the rows of one company and their order.

Nobody registers a table: one that names a location, a company, a person or a row of such a table is one. A new app is
part of every deletion from its first migration on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import Company, Location
from core.tenancy import CompanyModel, LocationModel
from privacy.remains import BY_STORE

# Doors are closed before anything else goes.
FIRST = ("accounts.Session", "oauth.AccessToken", "oauth.RefreshToken", "oauth.Grant", "oauth.PrivateIntegration")
ROOTS = (Company, Location)
SOFT = (models.SET_NULL,)


@dataclass(frozen=True)
class Store:
    """A table with something of a company in it."""

    model: Any
    hard: frozenset[str]  # stores that its rows cannot do without: they go later
    soft: frozenset[str]  # stores that its rows point at and can let go of

    @property
    def label(self) -> str:
        label: str = self.model._meta.label
        return label

    def rows(self, company_id: str, location_ids: Iterable[str]) -> Any:
        """Everything of a company in this table, unscoped."""
        return self.model._base_manager.filter(_belongs(self.model, company_id, list(location_ids)))

    def doomed(self, company_id: str, location_ids: Iterable[str]) -> Any:
        """The same without what the law wants kept."""
        rows = self.rows(company_id, location_ids)
        remain = BY_STORE.get(self.label)
        if remain is None:
            return rows
        return rows.exclude(remain.rows) if remain.rows else rows.none()


def _columns(model: Any) -> set[str]:
    return {column.attname for column in model._meta.concrete_fields}


def _foreign(model: Any) -> list[Any]:
    return [column for column in model._meta.concrete_fields if column.remote_field]


@cache
def _reaches(model: Any) -> bool:
    """Whether rows of `model` belong to a company by themselves."""
    return model is Company or bool(_columns(model) & {"company_id", "location_id"})


@cache
def _owners(model: Any) -> tuple[Any, ...]:
    """The foreign keys through which a row belongs to the company of another row and goes with it.

    Between two tables of one tenant they add nothing; through people and apps they can cross from one to another.
    """
    own = _reaches(model)
    return tuple(
        column
        for column in _foreign(model)
        if column.remote_field.on_delete not in SOFT
        and column.related_model not in (*ROOTS, model)
        and _is_owned(column.related_model)
        and not (
            own and issubclass(column.related_model, (LocationModel, CompanyModel)) and model._meta.app_label != "oauth"
        )
    )


@cache
def _is_owned(model: Any) -> bool:
    """Whether rows of `model` can belong to a company, by themselves or through another row."""
    if _reaches(model):
        return True
    return any(
        column.remote_field.on_delete not in SOFT
        and column.related_model is not model
        and _is_owned(column.related_model)
        for column in _foreign(model)
    )


def _belongs(model: Any, company_id: str, location_ids: list[str]) -> Q:
    columns = _columns(model)
    if model is Company:
        return Q(pk=company_id)
    found = Q(pk__in=[])
    if "location_id" in columns:
        found |= Q(location_id__in=location_ids)
        if "company_id" in columns:
            found |= Q(company_id=company_id, location_id=None)
    elif "company_id" in columns:
        found |= Q(company_id=company_id)
    for column in _owners(model):
        parent = column.related_model
        inside = parent._base_manager.filter(_belongs(parent, company_id, location_ids)).values("pk")
        found |= Q(**{f"{column.name}__in": inside})
    return found


@cache
def stores() -> tuple[Store, ...]:
    """All stores in the order in which they are emptied: what points at a row goes before the row."""
    found: dict[str, Store] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and _is_owned(model):
            targets = [column for column in _foreign(model) if column.related_model is not model]
            hard = {column.related_model._meta.label for column in targets if column.remote_field.on_delete not in SOFT}
            soft = {column.related_model._meta.label for column in targets if column.remote_field.on_delete in SOFT}
            if "location_id" in _columns(model):
                hard.add(Location._meta.label)
            if model is not Company:
                hard.add(Company._meta.label)
            found[model._meta.label] = Store(model, frozenset(hard), frozenset(soft - hard))
    left = sorted(found, key=lambda label: (label not in FIRST, label))
    ordered: list[Store] = []
    while left:
        free = [label for label in left if not any(label in found[other].hard for other in left if other != label)]
        easy = [label for label in free if not any(label in found[other].soft for other in left if other != label)]
        if not free:
            raise RuntimeError(f"These tables need each other: {', '.join(left)}")
        chosen = next((label for label in free if label in FIRST), (easy or free)[0])
        ordered.append(found[chosen])
        left.remove(chosen)
    return tuple(ordered)


@cache
def pointing_at(model: Any) -> tuple[tuple[Any, Any], ...]:
    """(model, column) of every foreign key that lets go of rows of `model`."""
    return tuple(
        (other, column)
        for other in apps.get_models(include_auto_created=True)
        for column in _foreign(other)
        if column.related_model is model and column.remote_field.on_delete in SOFT and other._meta.managed
    )


def places_of(company_id: str) -> list[str]:
    """The ids of a company's locations."""
    rows = Location.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    return list(rows.order_by("pk").values_list("pk", flat=True))
