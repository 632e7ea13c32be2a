"""One batch of an import, and how SQL reaches its rows (s) and their contacts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contacts.importing.keys import Key
from contacts.models import Import

# Contacts are fetched by id, one probe per row: without fresh statistics the planner would rather walk the whole location.
BY_ID = "SELECT * FROM contacts_contact AS k WHERE k.id = m.contact_id AND k.location_id = %s AND k.deleted_at IS NULL OFFSET 0"
RANGE = "s.import_id = %s AND s.location_id = %s AND s.number > %s AND s.number <= %s"


@dataclass
class Batch:
    """Rows (after, upto] of an import, with what its check settled."""

    batch: Import
    after: int
    upto: int
    keys: Sequence[Key]

    @property
    def names(self) -> list[str]:
        """The staged columns."""
        return [name for name in self.batch.plan["columns"] if name != "ref"]

    @property
    def prefix(self) -> str:
        return str(self.batch.plan["prefix"])

    @property
    def rows(self) -> list[Any]:
        """Parameters of WHERE."""
        return [self.batch.pk, self.batch.location_id, self.after, self.upto]

    @property
    def facts(self) -> str:
        return json.dumps({"import": self.batch.pk, "name": self.batch.name})
