"""What is given about an opportunity, brought into the form in which it is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import connection

from accounts import current
from accounts.models import User
from contacts.models import Business, Tag
from core import ids, scope
from core.dates import parse_date
from core.errors import Invalid
from objects.models import CustomField
from objects.values import clean_all
from opportunities.models import LostReason, Opportunity, Pipeline, Stage
from opportunities.models.opportunity import CATEGORIES, MOST_FOLLOWERS, check_status

MOST_VALUE = Decimal(10) ** 13
MOST_TAGS = 100
TEXTS = {"name": 200, "source": 200}
KNOWN = frozenset(
    {
        "name", "source", "value", "expected_close_on", "probability", "forecast_category", "assigned_to", "followers",
        "tags", "business", "custom", "status", "lost_reason", "pipeline", "stage",
    }
)  # fmt: skip


def normal(given: dict[str, Any], held: Opportunity | None = None) -> dict[str, Any]:
    """Checked values by name: `value` becomes `value_cents`, `tags` rows of Tag, `assigned_to` an id or None.

    Args:
        given: see `opportunities.dealing.add`.
        held: the opportunity that is changed, if there is one.

    Raises:
        Invalid: {field: sentence} with every fault at once. TypeError: a name that no opportunity has.
    """
    unknown = given.keys() - KNOWN
    if unknown:
        raise TypeError(f"an opportunity has no {', '.join(sorted(unknown))}")
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if name in ("pipeline", "stage"):
                continue
            if name == "value":
                values["value_cents"] = cents(value)
            elif name == "custom":
                values["custom"] = _custom(value or {})
            else:
                values[name] = _one(name, value)
        except Invalid as error:
            errors |= error.errors
        except ValueError as error:
            errors[name] = str(error)
    try:
        values |= place(given.get("pipeline"), given.get("stage"), held)
    except Invalid as error:
        errors |= error.errors
    if errors:
        raise Invalid(errors)
    return values


def cents(value: Any) -> int:
    """An amount in whole units as cents, rounded half up.

    Raises:
        ValueError: no number, negative, or beyond ten trillion.
    """
    if value is None or value == "":
        return 0
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not amount.is_finite() or isinstance(value, bool):
        raise ValueError("must be a number")
    if amount < 0:
        raise ValueError("must not be less than 0")
    if amount > MOST_VALUE:
        raise ValueError("is too large")
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def whole_units(cents: int) -> int | float:
    """Cents as a number of whole units, without a zero fraction: what the wire wants."""
    return cents // 100 if cents % 100 == 0 else float(Decimal(cents) / 100)


def place(pipeline: Any, stage: Any, held: Opportunity | None = None) -> dict[str, Any]:
    """{"stage": Stage} with its pipeline at hand, {} when neither is given. A pipeline alone means its first stage.

    Raises:
        Invalid: no such pipeline or stage among those the actor sees, or the stage is of another pipeline.
    """
    if not pipeline and not stage:
        return {}
    seen = Pipeline.objects.live().visible_to(scope.current().actor)
    pipeline_id, stage_id = _pk(pipeline), _pk(stage)
    if pipeline_id and not (ids.is_id(pipeline_id) and seen.filter(pk=pipeline_id).exists()):
        raise Invalid({"pipeline": "there is no such pipeline"})
    if not stage_id:
        if held is not None and held.pipeline_id == pipeline_id:
            return {}
        first = Stage.objects.filter(pipeline=pipeline_id).select_related("pipeline").first()
        if first is None:
            raise Invalid({"pipeline": "this pipeline has no stages"})
        return {"stage": first}
    rows = Stage.objects.filter(pipeline__in=seen.order_by().values("pk")).select_related("pipeline")
    if pipeline_id:
        rows = rows.filter(pipeline=pipeline_id)
    found = rows.filter(pk=stage_id).first() if ids.is_id(stage_id) else None
    if found is None:
        raise Invalid({"stage": "there is no such stage" + (" in this pipeline" if pipeline_id else "")})
    return {"stage": found}


def workers(user_ids: Iterable[str]) -> list[str]:
    """These ids without repeats, all of people who work at the location.

    Raises:
        Invalid: somebody does not.
    """
    wanted = list(dict.fromkeys(str(_pk(each)) for each in user_ids))
    named = [each for each in wanted if ids.is_id(each)]
    known = set(User.objects.working_at(scope.location_id()).filter(pk__in=named).values_list("pk", flat=True))
    if set(wanted) - known:
        raise Invalid({"followers": "not everybody named works at this location"})
    return wanted


def _pk(value: Any) -> Any:
    return getattr(value, "pk", value)


def _custom(given: dict[str, Any]) -> dict[str, Any]:
    fields = CustomField.objects.filter(model="opportunity", pk__in=[key for key in given if ids.is_id(key)])
    return clean_all(given, fields, current.location().country)


def _one(name: str, value: Any) -> Any:
    if name in TEXTS:
        text = " ".join(str(value).replace("\x00", "").split()) if value is not None else ""
        if len(text) > TEXTS[name]:
            raise ValueError(f"longer than {TEXTS[name]} characters")
        return text
    if name == "expected_close_on":
        return value if isinstance(value, dt.date) else parse_date(str(value)) if value else None
    if name == "probability":
        return _per_cent(value)
    if name == "forecast_category":
        if value not in dict(CATEGORIES):
            raise ValueError(f"must be one of {', '.join(dict(CATEGORIES))}")
        return value
    if name == "status":
        check_status(value)
        return value
    if name == "assigned_to":
        return _worker(_pk(value))
    if name == "followers":
        found = workers(value or ())
        if len(found) > MOST_FOLLOWERS:
            raise ValueError(f"at most {MOST_FOLLOWERS} people can follow an opportunity")
        return found
    if name == "tags":
        found = list(value or ())
        if len(found) > MOST_TAGS:
            raise ValueError(f"at most {MOST_TAGS} tags")
        return found
    kind = {"business": Business, "lost_reason": LostReason}[name]
    return _row(kind, _pk(value), name)


def _per_cent(value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("must be a whole number from 0 to 100") from None
    within = number.is_finite() and 0 <= number <= 100  # asked first: writing out 1e9999999 would take hours
    if not within or number != int(number) or isinstance(value, bool):
        raise ValueError("must be a whole number from 0 to 100")
    return int(number)


def _worker(person: Any) -> str | None:
    if not person:
        return None
    if not (ids.is_id(person) and User.objects.working_at(scope.location_id()).filter(pk=person).exists()):
        raise ValueError("nobody with this id works at this location")
    return str(person)


def _row(model: Any, pk: Any, name: str) -> Any:
    if not pk:
        return None
    found = model.objects.filter(pk=pk).first() if ids.is_id(pk) else None
    if found is None:
        raise ValueError({"business": "there is no such company", "lost_reason": "there is no such lost reason"}[name])
    return found


def tag_rows(names: Iterable[str]) -> list[Tag]:
    """Tags by name, created where there are none."""
    found: list[Tag] = Tag.objects.named(names)
    return found


def refuse_used(custom: dict[str, Any], but: str = "") -> None:
    """Hold unique custom fields: one query for the definitions, two for each unique value given.

    Raises:
        Invalid: another live opportunity than `but` has the value.
    """
    given = {key: value for key, value in custom.items() if value is not None}
    if not given:
        return
    for field in CustomField.objects.filter(model="opportunity", pk__in=list(given), is_unique=True).order_by("pk"):
        value = given[field.pk]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{field.pk}:{str(value).lower()}"]
            )
        same = (
            {f"custom__{field.pk}__iexact": value}
            if isinstance(value, str)
            else {"custom__contains": {field.pk: value}}
        )
        other = Opportunity.objects.live().filter(**same).exclude(pk=but).first()
        if other is not None:
            raise Invalid({f"customFields.{field.pk}": f"{field.name}: this value is already used by {other}"})
