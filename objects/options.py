"""The options of a custom field: reading them as given, and telling what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.errors import Invalid
from core.text import slug

MOST = 200
LONGEST = 200


@dataclass(frozen=True)
class Change:
    """`renamed` is {old label: new label}; `removed` the options that are gone."""

    options: list[dict[str, Any]]
    renamed: dict[str, str]
    removed: list[dict[str, Any]]


def read(given: Iterable[Any], held: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Options as they are stored: [{"key", "label", "image"?}], in the order given.

    Args:
        given: labels, or objects with `label` and, for those that exist, `key`; `image` is an https address.
        held: the present options; a label among them keeps its key.

    Raises:
        Invalid: empty, too many, too long, or two with the same label or key.
    """
    before = {str(option["key"]): option for option in held}
    by_label = {str(option["label"]).lower(): option for option in before.values()}
    rows = [item if isinstance(item, dict) else {"label": item} for item in given]
    named = {str(row.get("key")) for row in rows if row.get("key")}
    found: list[dict[str, Any]] = []
    keys: set[str] = set()
    for row in rows:
        label = " ".join(str(row.get("label") or "").replace("\x00", "").split())
        if not label:
            continue
        if len(label) > LONGEST:
            raise Invalid({"options": f"an option has at most {LONGEST} characters"})
        if any(label.lower() == str(option["label"]).lower() for option in found):
            raise Invalid({"options": f"two options are called {label}"})
        key = str(row.get("key") or "")
        if not key and label.lower() in by_label and str(by_label[label.lower()]["key"]) not in named:
            key = str(by_label[label.lower()]["key"])
        key = key[:100] or _fresh(label, keys | set(before) | named)
        if key in keys:
            raise Invalid({"options": f"two options have the key {key}"})
        keys.add(key)
        option = {"key": key, "label": label}
        image = str(row.get("image") or "").strip()
        if image:
            option["image"] = _address(image)
        found.append(option)
    if not found:
        raise Invalid({"options": "add at least one option"})
    if len(found) > MOST:
        raise Invalid({"options": f"a field has at most {MOST} options"})
    return found


def compare(held: list[dict[str, Any]], options: list[dict[str, Any]]) -> Change:
    """What becomes of the values when `held` becomes `options`.

    Raises:
        Invalid: an option takes the label that another gives up in the same step; values could not be told apart.
    """
    now = {str(option["key"]): option for option in options}
    renamed = {
        str(option["label"]): str(now[str(option["key"])]["label"])
        for option in held
        if str(option["key"]) in now and now[str(option["key"])]["label"] != option["label"]
    }
    removed = [option for option in held if str(option["key"]) not in now]
    given_up = set(renamed) | {str(option["label"]) for option in removed}
    swapped = [str(option["label"]) for option in options if str(option["label"]) in given_up]
    if swapped:
        raise Invalid({"options": f"{swapped[0]} is still the label of another option: save that change first"})
    return Change(options, renamed, removed)


def _fresh(label: str, taken: set[str]) -> str:
    stem = slug(label)[:80] or "option"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _address(image: str) -> str:
    parts = urlsplit(image)
    if parts.scheme != "https" or not parts.hostname or len(image) > 500:
        raise Invalid({"options": "an option's picture is an https address of at most 500 characters"})
    return image
