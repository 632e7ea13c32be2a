"""Look-ups on folded text: `search__folded="Jose"` finds "josé" through the trigram index."""

from __future__ import annotations

from typing import Any

from django.db.models import Lookup, TextField

# Escaped after folding, which makes a plain % of a wide one. All of it is immutable, so the planner sees a constant.
_ESCAPED = r"replace(replace(replace(hoopai_fold(%s), '\', '\\'), '%%', '\%%'), '_', '\_')"


class _Folded(Lookup):
    before, after = "'%%' || ", " || '%%'"

    def get_prep_lookup(self) -> str:
        return str(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE ({self.before}{_ESCAPED}{self.after})", [*params, self.rhs]


@TextField.register_lookup
class Folded(_Folded):
    """Contains, with accents and case folded away on both sides."""

    lookup_name = "folded"


@TextField.register_lookup
class FoldedPrefix(_Folded):
    """Starts with, likewise."""

    lookup_name = "folded_prefix"
    before = ""


@TextField.register_lookup
class FoldedEqual(_Folded):
    """Equals, likewise."""

    lookup_name = "folded_eq"
    before = after = ""
