"""Members of bodies and queries: each reads one JSON value, or adds a sentence that says what is wrong with it."""

from api.fields.field import ABSENT, BAD, Field
from api.fields.moments import Date, Moment
from api.fields.numbers import Flag, Number
from api.fields.structures import Anything, List, Nested
from api.fields.text import Email, Id, OneOf, Text, Url

__all__ = [
    "ABSENT",
    "BAD",
    "Anything",
    "Date",
    "Email",
    "Field",
    "Flag",
    "Id",
    "List",
    "Moment",
    "Nested",
    "Number",
    "OneOf",
    "Text",
    "Url",
]
