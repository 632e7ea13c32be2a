"""Tenant scope in the default manager: it fails closed and is resolved when SQL is compiled."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.expressions import Expression

from core import ids, scope


class IdField(models.CharField):  # type: ignore[type-arg]
    """The primary key of every table: see `core.ids`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_length": ids.LENGTH, "primary_key": True, "default": ids.new_id, "editable": False}
        kwargs["db_collation"] = "C"
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        """The long spelling of varchar: for the short one Django makes a second index on every id and foreign key, for
        LIKE, which the C collation answers from the first."""
        return f"character varying({self.max_length})"

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "primary_key", "default", "editable", "db_collation"):
            kwargs.pop(key, None)
        return name, path, args, kwargs


class _Current(Expression):
    """A value of the scope, read while SQL is compiled rather than when the queryset is built."""

    attribute = ""
    allowed_default = False

    def __init__(self) -> None:
        super().__init__(output_field=models.CharField())

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        value = getattr(scope.current(), self.attribute)
        if value is None:
            raise scope.NoLocation(compiler.query.model.__name__)
        return "%s", [value]


class CurrentLocation(_Current):
    attribute = "location_id"


class CurrentCompany(_Current):
    attribute = "company_id"


class ScopedManager(models.Manager):  # type: ignore[type-arg]
    """`objects` of a tenant-owned table. `everywhere(reason=...)` is the only way out, and says why."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(**self.model.tenant_filter())

    def everywhere(self, *, reason: str) -> Any:
        """All tenants' rows. `reason` is for the reader and for the test that lists every use."""
        if not reason:
            raise ValueError("everywhere() needs a reason")
        return super().get_queryset()


class LocationModel(models.Model):
    """A row that belongs to one location. Creation takes the location from the scope."""

    id = IdField()
    # no index of its own: the tables that are read by location have one that starts with it
    location = models.ForeignKey("accounts.Location", models.CASCADE, related_name="+", editable=False, db_index=False)

    objects = ScopedManager()

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._state.adding and not args and not self.location_id:
            self.location_id = scope.current().location_id

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}


class CompanyModel(models.Model):
    """A row that belongs to one company."""

    id = IdField()
    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="+", editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._state.adding and not args and not self.company_id:
            self.company_id = scope.current().company_id

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"company_id": CurrentCompany()}
