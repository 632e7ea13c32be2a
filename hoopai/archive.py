"""One file that holds an installation: its database, its uploads and, where it is ours to keep, its secret key.

A tar with `manifest.json`, `database.dump` (pg_dump's custom format), `media/...` and perhaps `secret_key`. The
manifest carries the rows of every table, counted in the very snapshot that was dumped, so that a restore can prove
itself complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.core.management import CommandError
from django.db import connection, transaction
from psycopg import sql

from core.clock import now
from hoopai import postgres_tools

FORMAT = 1
BOOKKEEPING = ("django_migrations", "django_content_type", "auth_permission")
CHUNK = 1024 * 1024


@dataclass
class Manifest:
    """made_at: ISO time; rows: table to count; media: files and bytes; digests: member name to SHA-256."""

    made_at: str
    rows: dict[str, int]
    media_files: int = 0
    media_bytes: int = 0
    key_fingerprint: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def media_folder() -> Path | None:
    """Where uploads lie on this machine; None when they are kept in S3."""
    location = settings.STORAGES["default"].get("OPTIONS", {}).get("location")
    return Path(location) if location else None


def count_rows() -> dict[str, int]:
    """Exact rows of every table of the application's schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = {}
        for table in tables:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            rows[table] = cursor.fetchone()[0]
    return rows


def back_up(target: Path) -> Manifest:
    """Write the installation to `target`, readable by its owner only; nothing is left there if it fails.

    Raises CommandError when the target exists or a tool fails.
    """
    if target.exists():
        raise CommandError(f"{target} exists already; choose another name.")
    partial = target.with_name(f"{target.name}.partial")
    with working_folder(target.parent) as place:
        dump = place / "database.dump"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            manifest = Manifest(made_at=now().isoformat(), rows=count_rows())
            postgres_tools.dump(dump, snapshot)
        postgres_tools.check(dump, tables=len(manifest.rows))
        manifest.digests["database.dump"] = digest(dump)
        manifest.key_fingerprint = fingerprint(settings.SECRET_KEY)
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(dump, "database.dump")
                add_media(tar, manifest)
                if kept_key() == settings.SECRET_KEY:
                    add_text(tar, place, "secret_key", settings.SECRET_KEY)
                add_text(tar, place, "manifest.json", json.dumps(asdict(manifest), indent=2))
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
    return manifest


def bring_back(source: Path, *, replace: bool) -> tuple[Manifest, list[str]]:
    """Put the installation in `source` in place of the present one; returns its manifest and what to mind.

    The present data stays as it is until everything new is in place and counted.
    Raises CommandError when the file is not whole, the present one is not empty and `replace` is False, HoopAI is
    running, or the counts differ.
    """
    folder = media_folder()
    if not replace and not is_empty(folder):
        raise CommandError(
            "There is data here already. Restore into an empty --data folder, or replace it with --force."
        )
    postgres_tools.refuse_while_in_use()
    with working_folder(Path(settings.DATA)) as place, open_archive(source) as tar:
        manifest = read_manifest(tar)
        dump = place / "database.dump"
        extract(tar, "database.dump", dump, manifest)
        fresh_media = folder.with_name(f"{folder.name}.fresh") if folder else place / "media"
        extract_media(tar, fresh_media, manifest, wanted=folder is not None)
        with postgres_tools.fresh_database() as fresh:
            postgres_tools.load(dump, fresh)
            found = postgres_tools.counting_in(fresh, count_rows)
            if found != manifest.rows:
                wrong = sorted(name for name in manifest.rows if found.get(name) != manifest.rows[name])
                raise CommandError(f"Not every row came back ({', '.join(wrong[:5])}); nothing was changed.")
            postgres_tools.put_in_place(fresh)
        if folder is not None:
            swap_folder(fresh_media, folder)
        notes = restore_key(tar, manifest)
        if folder is None and manifest.media_files:
            notes.append(f"The {manifest.media_files} uploads in the file were left out: MEDIA_URL names S3.")
    return manifest, notes


def is_empty(folder: Path | None) -> bool:
    has_rows = any(count for table, count in count_rows().items() if table not in BOOKKEEPING)
    return not has_rows and not (folder and folder.is_dir() and any(path.is_file() for path in folder.rglob("*")))


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".archive-", dir=parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def open_archive(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as tar:
            yield tar
    except (OSError, tarfile.TarError) as error:
        raise CommandError(f"{source} cannot be read as a backup: {error}") from error


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        told = json.loads(member(tar, "manifest.json").read())
        manifest = Manifest(**told)
    except (ValueError, TypeError) as error:
        raise CommandError("This backup's manifest is not readable.") from error
    if manifest.format != FORMAT:
        raise CommandError(f"This backup has format {manifest.format}; this HoopAI reads format {FORMAT}.")
    return manifest


def member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise CommandError(f"This is not a whole backup: {name} is missing.")
    return found


def extract(tar: tarfile.TarFile, name: str, target: Path, manifest: Manifest) -> None:
    with member(tar, name) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
    if digest(target) != manifest.digests.get(name):
        raise CommandError(f"{name} in this backup is damaged: its checksum differs.")


def add_media(tar: tarfile.TarFile, manifest: Manifest) -> None:
    folder = media_folder()
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            tar.add(path, f"media/{path.relative_to(folder).as_posix()}", recursive=False)
            manifest.media_files += 1
            manifest.media_bytes += path.stat().st_size


def extract_media(tar: tarfile.TarFile, target: Path, manifest: Manifest, *, wanted: bool) -> None:
    """Write the uploads below `target`; names that would lead elsewhere are refused."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700, parents=True)
    files = 0
    for entry in tar:
        name = PurePosixPath(entry.name)
        if name.parts[:1] != ("media",):
            continue
        if not entry.isreg() or ".." in name.parts:
            raise CommandError(f"This backup holds something that is not an upload: {entry.name!r}.")
        files += 1
        if wanted:
            path = target.joinpath(*name.parts[1:])
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with member(tar, entry.name) as source, path.open("xb") as file:
                shutil.copyfileobj(source, file, CHUNK)
            path.chmod(0o600)
    if files != manifest.media_files:
        raise CommandError(f"This backup is not whole: {files} of {manifest.media_files} uploads are in it.")


def swap_folder(fresh: Path, place: Path) -> None:
    former = place.with_name(f"{place.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if place.exists():
        place.rename(former)
    fresh.rename(place)
    shutil.rmtree(former, ignore_errors=True)


def instance_file() -> Path:
    return Path(settings.DATA) / "instance.json"


def kept_key() -> str:
    """The secret key that bin/run made for this data folder; empty where there is none."""
    path = instance_file()
    return str(json.loads(path.read_text()).get("secret_key", "")) if path.is_file() else ""


def restore_key(tar: tarfile.TarFile, manifest: Manifest) -> list[str]:
    """Take over the archived key where ours was made by bin/run; otherwise say what is to be done."""
    if fingerprint(settings.SECRET_KEY) == manifest.key_fingerprint:
        return []
    if kept_key() == settings.SECRET_KEY and "secret_key" in tar.getnames():
        values = json.loads(instance_file().read_text())
        values["secret_key"] = member(tar, "secret_key").read().decode()
        fresh = instance_file().with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(values, indent=2))
        fresh.rename(instance_file())
        return []
    return ["This backup was made under another SECRET_KEY. Set that one, or stored secrets cannot be read."]


def add_text(tar: tarfile.TarFile, place: Path, name: str, text: str) -> None:
    path = place / name
    path.touch(mode=0o600)
    path.write_text(text)
    tar.add(path, name)


def fingerprint(key: str) -> str:
    return hashlib.sha256(b"hoopai backup " + key.encode()).hexdigest()[:16]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
