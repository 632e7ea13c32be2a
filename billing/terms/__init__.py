"""What holds for every plan: trial, retries, retention. Files of terms, the newest in force."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def current() -> dict[str, Any]:
    """The terms in force: {section: {name: value}}; days, hours and minutes are whole numbers."""
    newest = max(FOLDER.glob("*.toml"))
    return tomllib.loads(newest.read_text())
