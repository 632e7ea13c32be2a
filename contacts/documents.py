"""Documents of contacts: taking files in, adding versions, giving them out, and forgetting them.

A file lies under a random key that says nothing of it; what it is called and what it is are in the rows. Files are
copied in chunks and never held in memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.template.defaultfilters import filesizeformat

from contacts import attachments, file_types
from contacts.models import Contact, Document, DocumentVersion
from contacts.models.document import LONGEST_FOLDER, LONGEST_NAME
from contacts.models.trash import KEPT_FOR
from core import clock, scope
from core.errors import Invalid, LimitReached, TooLarge
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write, write_many
from objects.models import CustomField

MOST_VERSIONS = 100
BATCH = 200


@dataclass(frozen=True)
class FieldFile:
    """A file that lies in a custom field: shown among the internal documents, changed in its field."""

    field_id: str
    field_name: str
    file_id: str
    name: str
    size: int


def checked(uploads: Sequence[Any]) -> list[tuple[Any, str, str]]:
    """(file, clean name, media type) of every file of one upload.

    Raises:
        Invalid: {"file": sentence}: none or too many files, too large alone or together, empty, or a program.
    """
    if not uploads:
        raise Invalid({"file": "Choose a file."})
    if len(uploads) > settings.DOCUMENT_MOST_FILES:
        raise Invalid({"file": f"At most {settings.DOCUMENT_MOST_FILES} files at once; these are {len(uploads)}."})
    if sum(upload.size or 0 for upload in uploads) > settings.DOCUMENT_MOST_TOTAL:
        raise Invalid({"file": f"Together at most {filesizeformat(settings.DOCUMENT_MOST_TOTAL)} at once."})
    found = []
    for upload in uploads:
        name = clean_name(upload.name)
        if not upload.size:
            raise Invalid({"file": f"{name} is empty."})
        if upload.size > settings.DOCUMENT_MOST_BYTES:
            raise TooLarge({"file": f"{name} is larger than {filesizeformat(settings.DOCUMENT_MOST_BYTES)}."})
        try:
            found.append((upload, name, file_types.sniff(upload, name)))
        except file_types.Executable:
            raise Invalid({"file": f"{name} is a program. Programs are not kept."}) from None
    return found


def clean_name(name: Any) -> str:
    """A file name without folders, control characters and needless blanks, of at most 200 characters."""
    bare = str(name or "").replace("\\", "/").rpartition("/")[2]
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in bare).split())
    return words[-LONGEST_NAME:] or "file"


def clean_folder(name: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:LONGEST_FOLDER]


def upload(contact: Contact, uploads: Sequence[Any], folder: str = "") -> list[Document]:
    """Keep files that a person uploads, all or none of them, as internal documents.

    Raises:
        Invalid: see `checked`; nothing is kept.
    """
    return _keep(contact, checked(uploads), "internal", "upload", clean_folder(folder))


def received(contact: Contact, file: File[Any], name: str, source: str) -> Document:
    """Keep a file that came from the contact. `source` is the way it came: email, sms, portal …

    Raises:
        Invalid: see `checked`; nothing is kept.
    """
    return _arrived(contact, file, name, "received", source)


def sent(contact: Contact, file: File[Any], name: str, source: str) -> Document:
    """Keep a file that went to the contact; otherwise like `received`."""
    return _arrived(contact, file, name, "sent", source)


def _arrived(contact: Contact, file: File[Any], name: str, category: str, source: str) -> Document:
    file.name = name
    return _keep(contact, checked([file]), category, source, "Client portal" if source == "portal" else "")[0]


def _keep(
    contact: Contact, files: Sequence[tuple[Any, str, str]], category: str, source: str, folder: str
) -> list[Document]:
    keys: list[str] = []
    by = scope.current().actor.name[:200]
    try:
        for file, _, _ in files:
            keys.append(_stored(contact, file))
        rows = []
        with transaction.atomic():
            for (file, name, kind), key in zip(files, keys, strict=True):
                row = Document.record_new(
                    "document.added",
                    facts={"name": name},
                    contact=contact,
                    category=category,
                    source=source[:30],
                    folder=folder,
                    name=name,
                    type=kind,
                    size=file.size,
                    added_by=by,
                )
                DocumentVersion.objects.create(
                    document=row, number=1, name=name, type=kind, size=file.size, key=key, added_by=by
                )
                rows.append(row)
        return rows
    except BaseException:
        _delete(keys)
        raise


def add_version(document: Document, uploads: Sequence[Any]) -> DocumentVersion:
    """A newer file of a document; the earlier ones are kept.

    Raises:
        Invalid: see `checked`. LimitReached: it has a hundred versions.
    """
    ((file, name, kind),) = checked(uploads[:1])
    key = _stored(document.contact, file)
    try:
        with transaction.atomic():
            document.lock()
            number = (document.versions.aggregate(last=Max("number"))["last"] or 0) + 1
            if number > MOST_VERSIONS:
                raise LimitReached(f"A document has at most {MOST_VERSIONS} versions.")
            by = scope.current().actor.name[:200]
            version = DocumentVersion.objects.create(
                document=document, number=number, name=name, type=kind, size=file.size, key=key, added_by=by
            )
            document.change(
                "document.versioned",
                facts={"name": document.name, "number": number},
                version=number,
                type=kind,
                size=file.size,
                name=_with_ending(document.name, name),
            )
        return version
    except BaseException:
        _delete([key])
        raise


def rename(document: Document, name: str, folder: str) -> None:
    """Call a document otherwise, or put an internal one into another folder; what it is stays told by its content.

    Raises:
        Invalid: {"name": sentence}.
    """
    clean = clean_name(name) if name.strip() else ""
    if not clean:
        raise Invalid({"name": "Give it a name."})
    try:
        file_types.refuse_name(clean)
    except file_types.Executable:
        raise Invalid({"name": "This is the name of a program. Choose another ending."}) from None
    changed = {"name": clean}
    if document.category == "internal":
        changed["folder"] = clean_folder(folder)
    document.change("document.renamed", facts={"name": clean}, **changed)


def opened(document: Document, number: int = 0) -> tuple[DocumentVersion, Any] | None:
    """A version (0: the one that is shown) and its open file, or None where either is gone."""
    version = document.versions.filter(number=number or document.version).first()
    if version is None:
        return None
    try:
        return version, default_storage.open(version.key)
    except FileNotFoundError:
        return None


def tell_of_download(document: Document, number: int) -> None:
    write("document.downloaded", document, {}, {"name": document.name, "number": number})


def of_fields(contact: Contact) -> list[FieldFile]:
    """The files in custom fields of the contact. One query, none where it has no such value."""
    holding = [field_id for field_id in contact.custom if attachments.held(contact, field_id)]
    if not holding:
        return []
    fields = CustomField.objects.filter(model="contact", type__in=("FILE_UPLOAD", "SIGNATURE"), pk__in=holding)
    return [
        FieldFile(field.pk, field.name, file_id, str(item["name"]), int(item.get("size") or 0))
        for field in fields.order_by("name", "pk")
        for file_id, item in attachments.held(contact, field.pk).items()
    ]


def folders(contact: Contact) -> list[str]:
    """The folders that hold an internal document of the contact, by name, at most 200."""
    rows = Document.objects.live().filter(contact=contact, category="internal").exclude(folder="")
    return list(rows.order_by("folder").values_list("folder", flat=True).distinct()[:200])


def discard(contact_ids: Sequence[str]) -> None:
    """Delete, once this is committed, every document file of contacts that go for good."""
    keys = DocumentVersion.objects.filter(document__contact__in=contact_ids).values_list("key", flat=True)
    _delete_later(list(keys))


def purge() -> int:
    """Delete for good the documents of the present location that are in the trash for thirty days. Returns how many."""
    count = 0
    while True:
        with transaction.atomic():
            old = Document.objects.filter(deleted_at__lt=clock.now() - KEPT_FOR).order_by("pk")
            rows = list(old.select_for_update(skip_locked=True)[:BATCH])
            if not rows:
                return count
            held = DocumentVersion.objects.filter(document__in=rows)
            _delete_later(list(held.values_list("key", flat=True)))
            write_many([entry_for("document.purged", row) for row in rows])
            with quietly(reason="document.purged is written for each"):
                Document.objects.filter(pk__in=[row.pk for row in rows]).delete()
        count += len(rows)


def _stored(contact: Contact, file: Any) -> str:
    file.seek(0)
    return default_storage.save(f"documents/{contact.location_id}/{secrets.token_hex(20)}", file)


def _with_ending(name: str, other: str) -> str:
    stem = name.rpartition(".")[0] if "." in name else name
    ending = other.rpartition(".")[2] if "." in other else ""
    return clean_name(f"{stem[: LONGEST_NAME - 20]}.{ending[-19:]}" if ending else stem)


def _delete(keys: Sequence[str]) -> None:
    for key in keys:
        default_storage.delete(key)


def _delete_later(keys: Sequence[str]) -> None:
    for key in keys:
        transaction.on_commit(partial(default_storage.delete, key), robust=True)
