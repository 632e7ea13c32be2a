"""Look-ups on folded text: `search__folded="Jose"` finds "josé" through the trigram index."""

from __future__ import annotations

from typing import Any

from django.db.models import Lookup, TextField

_ESCAPED = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


class _Folded(Lookup):
    pattern = "%{}%"

    def get_prep_lookup(self) -> str:
        return self.pattern.format(str(self.rhs).translate(_ESCAPED))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE hoopai_fold(%s)", [*params, self.rhs]


@TextField.register_lookup
class Folded(_Folded):
    """Contains, with accents and case folded away on both sides."""

    lookup_name = "folded"


@TextField.register_lookup
class FoldedPrefix(_Folded):
    """Starts with, likewise."""

    lookup_name = "folded_prefix"
    pattern = "{}%"


@TextField.register_lookup
class FoldedEqual(_Folded):
    """Equals, likewise."""

    lookup_name = "folded_eq"
    pattern = "{}"
