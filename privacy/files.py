"""Where the files of a location lie in the storage: one folder a kind, and in it one a location."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.files.storage import default_storage

FOLDERS = ("pictures", "documents", "files", "imports", "exports", "data-exports", "support")


def of(location_ids: Iterable[str]) -> Iterator[str]:
    """The keys of every file of these locations, in no order."""
    for place in location_ids:
        for folder in FOLDERS:
            yield from below(f"{folder}/{place}")


def delete(location_ids: Iterable[str]) -> int:
    """Delete every file of these locations. Returns how many."""
    count = 0
    for key in list(of(location_ids)):
        default_storage.delete(key)
        count += 1
    return count


def below(folder: str) -> Iterator[str]:
    """The keys of every file in a folder and those in it."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        yield f"{folder}/{name}"
    for name in folders:
        yield from below(f"{folder}/{name}")
