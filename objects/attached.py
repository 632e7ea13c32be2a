"""Files in custom fields of records: what is accepted and where they lie.

A stored value is {file id: {"name", "size"}}. Where a file lies follows from location, record, field and file id and
never from the value itself, which the API can write.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from core import ids
from core.errors import Invalid, LimitReached, NotFound, TooLarge
from objects.models import CustomField

MOST_BYTES = 25 * 1024 * 1024
MOST_SIGNATURE_BYTES = 512 * 1024
LONGEST_NAME = 150
LONGEST_SIGNATURE = 80
PAPER = (800, 240)  # pixels of a signature
INK = (23, 26, 38)
Write = Callable[..., Any]  # write(record, custom={field id: value}): the verb that stores it


def key(location_id: str, record_id: str, field_id: str, file_id: str) -> str:
    return f"files/{location_id}/{record_id}/{field_id}/{file_id}"


def held(record: Any, field_id: str) -> dict[str, dict[str, Any]]:
    """The files of a field that we keep, by id; addresses that came through the API are not among them."""
    return _ours(record.custom.get(field_id))


def keys_of(location_id: str, record_id: str, field_id: str, value: Any) -> Iterator[str]:
    """Where the files of a value lie."""
    for file_id in _ours(value):
        yield key(location_id, record_id, field_id, file_id)


def add(record: Any, field: CustomField, upload: UploadedFile, write: Write) -> None:
    """Keep a file in a field of the record.

    Raises:
        Invalid: empty, too large, or a kind of file the field does not take. LimitReached: the field is full.
    """
    name = " ".join(str(upload.name or "file").replace("\x00", "").split())[-LONGEST_NAME:]
    ending = name.rpartition(".")[2].lower()
    if not upload.size:
        raise Invalid({"file": "This file is empty."})
    if upload.size > MOST_BYTES:
        raise TooLarge({"file": "This file is larger than 25 MB."})
    if field.accepted_formats and ending not in field.accepted_formats:
        raise Invalid({"file": f"This field takes {', '.join(field.accepted_formats)}."})
    most = field.most_files if field.allows_many_files else 1

    def added(files: dict[str, Any], file_id: str) -> dict[str, Any]:
        if len(files) >= most:
            words = f"This field holds {most} files." if most > 1 else "This field holds one file. Remove it first."
            raise LimitReached(words)
        return {**files, file_id: {"name": name, "size": upload.size}}

    _keep(record, field, upload, write, added)


def remove(record: Any, field: CustomField, file_id: str, write: Write) -> None:
    """Take a file or a signature out of a field and delete it.

    Raises:
        NotFound: it is not there.
    """
    with transaction.atomic():
        record.lock()
        files = record.custom.get(field.pk)
        if not isinstance(files, dict) or file_id not in files:
            raise NotFound("This file is no longer here.")
        write(record, custom={field.pk: {name: item for name, item in files.items() if name != file_id} or None})
        if ids.is_id(file_id):
            place = key(record.location_id, record.pk, field.pk, file_id)
            transaction.on_commit(lambda: default_storage.delete(place), robust=True)


def sign(record: Any, field: CustomField, drawn: str, typed: str, write: Write) -> None:
    """Keep a signature: what was drawn, or else the name that was typed, as a picture. It replaces the one before.

    Args:
        drawn: a data: address of a PNG, or "".

    Raises:
        Invalid: neither, or no picture.
    """
    typed = " ".join(typed.replace("\x00", "").split())
    if len(typed) > LONGEST_SIGNATURE:
        raise Invalid({"typed": f"A name has at most {LONGEST_SIGNATURE} characters here."})
    if not drawn and not typed:
        raise Invalid({"typed": "Draw the signature, or type the name."})
    picture = _drawn(drawn) if drawn else _written(typed)
    before = list(held(record, field.pk))

    def signed(files: dict[str, Any], file_id: str) -> dict[str, Any]:
        return {file_id: {"name": "signature.png", "size": len(picture)}}

    _keep(record, field, ContentFile(picture), write, signed)
    for file_id in before:
        place = key(record.location_id, record.pk, field.pk, file_id)
        transaction.on_commit(lambda place=place: default_storage.delete(place), robust=True)


def _keep(
    record: Any,
    field: CustomField,
    content: File[Any],
    write: Write,
    added: Callable[[dict[str, Any], str], dict[str, Any]],
) -> None:
    file_id = ids.new_id()
    place = key(record.location_id, record.pk, field.pk, file_id)
    default_storage.save(place, content)
    try:
        with transaction.atomic():
            record.lock()
            value = record.custom.get(field.pk)
            write(record, custom={field.pk: added(dict(value) if isinstance(value, dict) else {}, file_id)})
    except BaseException:
        default_storage.delete(place)
        raise


def _ours(value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {name: item for name, item in value.items() if ids.is_id(name) and isinstance(item, dict) and "name" in item}


def _drawn(address: str) -> bytes:
    head, _, body = address.partition(",")
    if head != "data:image/png;base64" or len(body) > MOST_SIGNATURE_BYTES * 2:
        raise Invalid({"drawn": "This is no drawing."})
    try:
        with Image.open(io.BytesIO(base64.b64decode(body, validate=True)), formats=["PNG"]) as sent:
            if sent.width > 4000 or sent.height > 4000:
                raise Invalid({"drawn": "This drawing is too large."})
            picture = sent.convert("RGBA")
    except (OSError, ValueError, binascii.Error, Image.DecompressionBombError, SyntaxError):
        raise Invalid({"drawn": "This is no drawing."}) from None
    if picture.getchannel("A").getbbox() is None:
        raise Invalid({"drawn": "The drawing is empty."})
    picture.thumbnail(PAPER)
    return _png(picture)


def _written(name: str) -> bytes:
    picture = Image.new("RGBA", PAPER, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    size = 96
    while size > 16 and pen.textlength(name, font=ImageFont.load_default(size)) > PAPER[0] - 40:
        size -= 8
    pen.text((PAPER[0] / 2, PAPER[1] / 2), name, fill=INK, font=ImageFont.load_default(size), anchor="mm")
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    """On white, so that the ink is seen on a dark page as well."""
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return out.getvalue()
