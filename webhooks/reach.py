"""Which endpoints and apps a person may see and manage: the location's own, and those of the agency's apps."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from core import scope
from oauth.models import App, Install
from webhooks.models import Endpoint


def apps_of(user: Any) -> QuerySet[App]:
    """The apps whose endpoints this person manages: those of the own agency, for its admins."""
    if user.agency_role != "admin" or user.company_id != scope.current().company_id:
        return App.objects.none()
    found: QuerySet[App] = App.objects.filter(company_id=user.company_id).order_by("name", "pk")
    return found


def managed(user: Any) -> Any:
    """The endpoints this person may change."""
    every = Endpoint.objects.everywhere(reason="narrowed to the location in scope and to the agency's own apps")
    own = Q(location_id=scope.location_id())
    return every.filter(own | Q(app__in=apps_of(user).values("pk"))).select_related("app")


def seen(user: Any) -> Any:
    """The endpoints whose deliveries this person may read: also those of apps installed here."""
    every = Endpoint.objects.everywhere(reason="narrowed to the location in scope, its apps and the agency's own")
    here = Q(location_id=scope.location_id()) | Q(app__in=Install.here().values("app"))
    return every.filter(here | Q(app__in=apps_of(user).values("pk"))).select_related("app")


def one_managed(user: Any, pk: str) -> Endpoint:
    """The endpoint, or 404 for one of somebody else."""
    found: Endpoint | None = managed(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
