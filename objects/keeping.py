"""How long what was deleted can be had back."""

from __future__ import annotations

import datetime as dt

KEPT_FOR = dt.timedelta(days=30)
TOO_LATE = "Deleted more than 30 days ago: it can no longer be recovered."
