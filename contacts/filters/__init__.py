"""The filter language of contacts: one tree for smart lists, the list page, exports, bulk actions and the API's search.

A tree is a list of conditions {"field", "operator", "value"} and groups {"group": "AND" | "OR", "filters": [...]}, joined
by AND. `parse` checks it, `resolve` looks up what it names, `compile_tree` makes it a Q, `evaluate` holds one contact
against it and says why, `in_words` puts it for people, `sorting` and `paging` walk it.
"""

from contacts.filters.compiler import compile_tree
from contacts.filters.evaluating import evaluate
from contacts.filters.fields import Field
from contacts.filters.offering import catalogue
from contacts.filters.resolving import resolve
from contacts.filters.tree import BadFilter, Condition, Group, parse
from contacts.filters.words import in_words

__all__ = [
    "BadFilter",
    "Condition",
    "Field",
    "Group",
    "catalogue",
    "compile_tree",
    "evaluate",
    "in_words",
    "parse",
    "resolve",
]
