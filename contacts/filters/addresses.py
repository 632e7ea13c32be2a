"""Conditions on e-mails and phones, as a Q: the primary one and all others."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, Q, TextField

from contacts.filters.fields import Field
from contacts.filters.resolving import Resolved, values
from core.phones import BadPhone, e164

NOTHING = Q(pk__in=[])
SEARCHABLE = 3  # letters that a trigram needs


def compare(left: Any, look_up: str, right: Any) -> Q:
    """A look-up on an expression."""
    return Q(left.get_lookup(look_up)(left, right))


class _Numbers(Func):
    """All the other numbers of a contact, as the text of a JSON array."""

    template = "jsonb_path_query_array(%(expressions)s, '$[*].number')::text"
    output_field = TextField()


class _Joined(Func):
    """An array as text, a blank before each element."""

    template = "' ' || array_to_string(%(expressions)s, ' ')"
    output_field = TextField()


def address(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    """An e-mail or a phone: the primary or any other."""
    is_email = found.name == "email"
    if operator == "exists":
        return ~Q(**{found.column: ""})
    whole = NOTHING
    for item in values(value):
        whole |= (_email if is_email else _phone)(operator, str(item), resolved)
    return whole


def _email(operator: str, given: str, resolved: Resolved) -> Q:
    text = given.strip().lower()
    if operator == "eq":
        exact = Q(email=text) | Q(more_emails__contains=[text])
    elif " " in text:
        return NOTHING
    elif operator == "contains":
        exact = Q(email__icontains=text) | compare(_Joined(F("more_emails")), "icontains", text)
    else:
        exact = Q(email__istartswith=text) | compare(_Joined(F("more_emails")), "icontains", f" {text}")
    return Q(search__folded=text) & exact if len(text) >= SEARCHABLE else exact


def _phone(operator: str, given: str, resolved: Resolved) -> Q:
    text = dialled(operator, given, resolved.country)
    if not text:
        return NOTHING
    if operator == "eq":
        exact = Q(phone=text) | Q(more_phones__contains=[{"number": text}])
    elif operator == "contains":
        exact = Q(phone__contains=text) | compare(_Numbers(F("more_phones")), "contains", text)
    else:
        exact = Q(phone__startswith=text) | compare(_Numbers(F("more_phones")), "contains", f'"{text}')
    return Q(search__contains=text) & exact if len(text) >= SEARCHABLE else exact


def dialled(operator: str, given: str, country: str) -> str:
    """A whole number as it is stored, or the digits (and plus) of a part of one; "" when there are none."""
    if operator != "eq":
        return "".join(letter for letter in given if letter in "+0123456789")
    try:
        return e164(given.strip(), country)
    except BadPhone:
        return ""
