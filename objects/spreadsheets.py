"""Cells that no spreadsheet executes."""

from __future__ import annotations

import re

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PHONE = re.compile(r"\+[1-9]\d{5,14}")
NUMBER = re.compile(r"-\d+(\.\d+)?")


def neutral(text: str, type: str = "TEXT") -> str:
    """What would start a formula gets an apostrophe in front; numbers of phones and negative amounts keep their sign."""
    if not text.startswith(STARTS_FORMULA):
        return text
    if type == "PHONE" and PHONE.fullmatch(text):
        return text
    if type in ("NUMERICAL", "FLOAT", "MONETORY") and NUMBER.fullmatch(text):
        return text
    return f"'{text}"
