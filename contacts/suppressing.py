"""Whoever was erased is not contacted again: of their e-mails and phones a keyed one-way code is kept, per location.

A contact that gets such an address, by a page, the API or an import, gets do not disturb on every channel; only somebody
who knows that the person wants to hear from us again lifts it. The codes are HMAC-SHA256 under SECRET_KEY: whoever
changes that keeps the old one in SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

from contacts.importing.batches import RANGE, Batch
from contacts.models import Contact, Import, Suppression
from contacts.models.consent import CHANNELS
from core import scope

REASON = "Erased earlier"
WARNING = "Somebody with this e-mail or phone was erased: do not disturb will be on for every channel"
BLOCK = 64  # bytes of a block of SHA-256

# The codes that a row's addresses have in the location of %s, one row for each that is kept. `{row}` is the row's alias.
KNOWN = """
LATERAL (SELECT 'email' AS kind, {row}.email AS value UNION ALL SELECT 'email', unnest({row}.more_emails)
    UNION ALL SELECT 'phone', {row}.phone UNION ALL SELECT 'phone', unnest({row}.more_phones)) AS held
CROSS JOIN unnest(%s::bytea[], %s::bytea[]) AS pad (inner_pad, outer_pad)
JOIN contacts_suppression AS kept ON kept.location_id = %s AND kept.digest = encode(sha256(pad.outer_pad ||
    sha256(pad.inner_pad || convert_to(%s || ':' || held.kind || ':' || held.value, 'UTF8'))), 'hex')
"""


def add(emails: Iterable[str], phones: Iterable[str]) -> int:
    """Keep the codes of these addresses in the location in scope. Harmless to repeat. Returns how many there are."""
    codes = {_code(_keys()[0], kind, value) for kind, value in _addresses(emails, phones)}
    Suppression.objects.bulk_create([Suppression(digest=code) for code in sorted(codes)], ignore_conflicts=True)
    return len(codes)


def is_known(emails: Iterable[str], phones: Iterable[str]) -> bool:
    """Whether somebody with one of these addresses was erased here. One query, none without addresses."""
    codes = [_code(key, kind, value) for kind, value in _addresses(emails, phones) for key in _keys()]
    return bool(codes) and Suppression.objects.filter(digest__in=codes).exists()


def heed(contact: Contact, emails: Iterable[str], phones: Iterable[str]) -> bool:
    """Switch do not disturb on for a contact that got one of these addresses, if it is known. Returns whether it is."""
    if not is_known(emails, phones):
        return False
    _block(contact)
    return True


def heed_all(contact: Contact) -> bool:
    """`heed` for every address that a contact has."""
    return heed(contact, contact.emails, [held["number"] for held in contact.phones])


def is_heeded(contact: Contact) -> bool:
    """Whether it is blocked for this reason."""
    return contact.dnd and any(state.get("message") == REASON for state in contact.dnd_settings.values())


def warn(cursor: Any, batch: Import, places: dict[str, int]) -> None:
    """In the check of an import: rows of `import_read` with a known address say so, beside the column that has it."""
    if not Suppression.objects.exists():
        return
    place = "CASE min(held.kind) WHEN 'email' THEN %s ELSE %s END"
    cursor.execute(
        f"INSERT INTO import_kept_out (number, key, place, sentence) SELECT r.number, '', {place}, %s "  # noqa: S608
        f"FROM import_read AS r, {KNOWN.format(row='r')} WHERE r.errors IS NULL GROUP BY r.number",
        [str(places.get("email", "")), str(places.get("phone", "")), WARNING, *_pads(batch.location_id)],
    )


def heed_rows(part: Batch) -> int:
    """After a batch of an import was written: contacts that it made or gave a known address. Returns how many."""
    if not Suppression.objects.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT s.contact_id FROM contacts_importrow AS s, {KNOWN.format(row='s')} WHERE {RANGE} "  # noqa: S608
            "AND (s.outcome = 'create' OR s.before ?| ARRAY['email', 'phone', 'more_emails', 'more_phones'])",
            [*_pads(part.batch.location_id), *part.rows],
        )
        found = [row[0] for row in cursor.fetchall()]
    for contact in Contact.objects.live().filter(pk__in=found).order_by("pk"):
        _block(contact)
    return len(found)


def _block(contact: Contact) -> None:
    open_ = [name for name in CHANNELS if contact.dnd_settings.get(name, {}).get("status") != "permanent"]
    contact.set_dnd(True, {name: {"status": "active", "message": REASON} for name in open_})


def _addresses(emails: Iterable[str], phones: Iterable[str]) -> list[tuple[str, str]]:
    found = [*(("email", value) for value in emails), *(("phone", value) for value in phones)]
    return [(kind, value) for kind, value in dict.fromkeys(found) if value]


@lru_cache(maxsize=4)
def _derived(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(hashlib.blake2b(one.encode(), digest_size=32, person=b"hoopai-erased").digest() for one in secrets)


def _keys() -> Sequence[bytes]:
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _code(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{scope.location_id()}:{kind}:{value}".encode(), "sha256").hexdigest()


def _pads(location_id: str) -> list[Any]:
    """Parameters of KNOWN: HMAC is two hashes whose input begins with the key, padded (RFC 2104)."""
    keys = [key.ljust(BLOCK, b"\0") for key in _keys()]
    pads = [[bytes(byte ^ mask for byte in key) for key in keys] for mask in (0x36, 0x5C)]
    return [*pads, location_id, location_id]
