"""What a provider gives: an access, and with what it is renewed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Token:
    access: str
    refresh: str = ""
    lives: int | None = None  # seconds from when it was given; None: until it is revoked

    def kept(self) -> dict[str, Any]:
        """What is worth keeping of it."""
        return {name: value for name, value in asdict(self).items() if name != "lives"}
