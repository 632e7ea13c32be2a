"""Writing one standard or custom field, or clearing it."""

from __future__ import annotations

import json
from typing import Any

from contacts.bulk_steps.owning import undoing
from contacts.bulk_steps.putting import put, put_back
from contacts.models import BulkAction
from core import clock, ids
from core.errors import Refused
from objects.models import CustomField

NAMELESS = "Needs a name, an e-mail or a phone number"
OTHER_NAME = {"first_name": "last_name", "last_name": "first_name"}


def update_field(action: BulkAction, bounds: dict[str, Any]) -> None:
    name, value = action.params["field"], action.params["value"]
    params = {**bounds, "now": clock.now(), "value": json.dumps(value), "field": name}
    held = "Is empty already" if value in (None, "") else "Has this value already"
    refusal = "''"
    if ids.is_id(name):
        _refuse_gone(name)
        after = "jsonb_build_object('custom', jsonb_build_object(%(field)s::text, %(value)s::jsonb))"
        put("contact.updated", ("custom",), after, params, held=held)
        return
    if name in OTHER_NAME and not value:
        params["nameless"] = NAMELESS
        refusal = f"""CASE WHEN c.{OTHER_NAME[name]} = '' AND c.email = '' AND c.phone = '' THEN %(nameless)s
            ELSE '' END"""
    after = "jsonb_build_object(%(field)s::text, %(value)s::jsonb)"
    put("contact.updated", (name,), after, params, held=held, refusal=refusal)


def put_back_field(action: BulkAction, bounds: dict[str, Any]) -> None:
    name = action.params["field"]
    if ids.is_id(name):
        _refuse_gone(name)
    put_back("contact.updated", [("custom",) if ids.is_id(name) else (name,)], undoing(action, bounds))


def _refuse_gone(field_id: str) -> None:
    if not CustomField.objects.filter(model="contact", pk=field_id).exists():
        raise Refused("The field has been deleted.")
