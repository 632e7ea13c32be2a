"""What the pages of imports say about one: its steps, figures, tabs and choices."""

from __future__ import annotations

import datetime as dt
from typing import Any

from contacts.importing.targets import BY_KEY, CUSTOM
from contacts.models import Import
from contacts.models.importing import MODES
from core import clock
from core.errors import NotFound
from core.pages import link
from objects.models import CustomField

ROWS_A_SECOND = 2500  # a careful guess, for "about 2 minutes"
LEVELS = {"completed": "ok", "failed": "bad", "checked": "accent", "cancelled": "warn", "uploaded": "", "undone": ""}
STEPS = (
    ("Upload", ""),
    ("Map", "import_map"),
    ("Duplicates", "import_duplicates"),
    ("Preferences", "import_preferences"),
    ("Review", "import"),
)
STATS = (
    ("create", "Create", "plus", "ok", "new contacts"),
    ("update", "Update", "pencil", "info", ""),
    ("duplicate", "Duplicate", "merge", "warn", "repeat an earlier row, later row wins"),
    ("skip", "Skip", "minus", "", "left as they are, as you chose"),
    ("reject", "Reject", "x-circle", "bad", "left out, with a reason"),
    ("left", "Not reached", "pause", "", "the import was stopped before"),
)  # fmt: skip
DONE = {
    "create": "Created",
    "update": "Updated",
    "duplicate": "Duplicates",
    "skip": "Skipped",
    "reject": "Rejected",
    "left": "Not reached",
}


def find(pk: str) -> Import:
    """An import of this location.

    Raises:
        NotFound: there is none.
    """
    batch: Import | None = Import.objects.select_related("owner", "made_list").filter(pk=pk).first()
    if batch is None:
        raise NotFound("There is no such import.")
    return batch


def steps(batch: Import | None, now: int) -> list[dict[str, Any]]:
    """The steps of the wizard; those before `now` can be gone back to."""
    return [
        {
            "label": label,
            "done": place < now,
            "current": place == now,
            "url": link(f"contacts:{name}", batch.pk) if name and batch and batch.is_editable else "",
        }
        for place, (label, name) in enumerate(STEPS)
    ]


def level_of(batch: Import) -> str:
    return LEVELS.get(batch.status, "info")


def figures(batch: Import) -> str:
    """What it did, in few words."""
    if not batch.counts:
        return ""
    words = [
        (batch.counts.get(name, 0), word)
        for name, word in (("create", "created"), ("update", "updated"), ("reject", "rejected"))
    ]
    if batch.status in ("checked", "uploaded", "queued"):
        words = [
            (count, {"created": "to create", "updated": "to update", "rejected": "to reject"}[word])
            for count, word in words
        ]
    return ", ".join(f"{count:,} {word}" for count, word in words if count) or "nothing"


def page_url(show: str, name: str, number: int) -> str:
    if not number:
        return ""
    return f"?show={show}&{name}={number}" if show else f"?{name}={number}"


def stats(batch: Import) -> list[dict[str, Any]]:
    """The cards: four always, skipped and not reached rows where there are any."""
    told = {"update": f"matched by {match_words(batch)}"}
    done = batch.status != "checked"
    return [
        {
            "label": DONE[name] if done else label,
            "icon": icon,
            "level": level,
            "value": f"{batch.counts.get(name, 0):,}",
            "note": told.get(name, note),
        }
        for name, label, icon, level, note in STATS
        if name in ("create", "update", "duplicate", "reject") or batch.counts.get(name)
    ]


def bar(batch: Import) -> list[dict[str, Any]]:
    return [
        {"label": label.lower(), "level": level or "none", "count": batch.counts[name]}
        for name, label, _, level, _ in STATS
        if batch.counts.get(name)
    ]


def tabs(batch: Import, wanted: str) -> list[dict[str, Any]]:
    shown = [("", "All rows", batch.total)]
    shown += [
        (name, label, batch.counts.get(name, 0))
        for name, label, *_ in STATS
        if batch.counts.get(name) or name in ("create", "update", "reject")
    ]
    if batch.counts.get("warning"):
        shown.append(("warning", "With a warning", batch.counts["warning"]))
    return [
        {"label": label, "url": f"?show={name}" if name else "?", "count": f"{count:,}", "current": name == wanted}
        for name, label, count in shown
    ]


def match_words(batch: Import) -> str:
    """The match keys as a person says them: e-mail, then phone."""
    if batch.mode == "always_create":
        return "nothing"
    keys = batch.plan.get("keys") or batch.match_by
    fields = {}
    if any(key.startswith(CUSTOM) for key in keys):
        fields = dict(
            CustomField.objects.filter(pk__in=[key.removeprefix(CUSTOM) for key in keys]).values_list("pk", "name")
        )
    words = []
    for key in keys:
        word = BY_KEY[key].label if key in BY_KEY else fields.get(key.removeprefix(CUSTOM), "")
        words.append(word.lower() if key in BY_KEY else word)
    return ", then ".join(filter(None, words))


def choices(batch: Import) -> list[tuple[str, str]]:
    """What was chosen, for the side of the review."""
    mapped = sum(1 for column in batch.mapping if column.get("field"))
    left = len(batch.mapping) - mapped
    words = match_words(batch)
    rows = [
        ("File", batch.file_name),
        ("Size", f"{batch.total:,} rows, {size_words(batch.size)}"),
        ("Mode", dict(MODES)[batch.mode]),
        ("Match by", words[:1].upper() + words[1:]),
        ("Smart list", batch.name if batch.makes_list else "None"),
        ("Columns", f"{mapped} mapped, {left} left out" if left else f"{mapped} mapped"),
    ]
    if batch.empty_clears:
        rows.append(("Empty cells", "Clear values"))
    return rows


def size_words(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{size // 1024:,} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


def duration(rows: int) -> str:
    """How long writing will take, roughly."""
    minutes = rows / ROWS_A_SECOND / 60
    if minutes < 1:
        return "Less than a minute"
    return "About a minute" if minutes < 2 else f"About {round(minutes)} minutes"


def working(batch: Import) -> dict[str, Any]:
    title = {
        "checking": "Looking at every row",
        "undoing": "Taking the import back",
        "cancelling": "Stopping",
    }.get(batch.status, "Importing")
    note = {
        "checking": "Nothing is written yet. You will see what every row does before you decide.",
        "undoing": "Created contacts go to the trash, changed values return unless someone edited them since.",
        "cancelling": "The batch in hand is written to its end. What is through can be taken back.",
    }.get(batch.status, "You can leave this page; the import goes on and you find it under Imports.")
    is_late = batch.heartbeat_at is not None and batch.heartbeat_at < clock.now() - dt.timedelta(minutes=2)
    return {
        "batch": batch,
        "title": title,
        "note": note,
        "can_cancel": batch.status in ("checking", "queued", "running"),
        "is_late": is_late,
    }
