"""Pictures of contacts: what is accepted, how it is made harmless, where it lies."""

from __future__ import annotations

import io
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from contacts.models import Contact
from core import ids
from core.errors import Invalid, TooLarge
from core.pages import link

SIDE = 512  # pixels
MOST_PIXELS = 40_000_000  # four bytes each while decoding
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
TYPE = "image/webp"


def read(upload: BinaryIO) -> bytes:
    """An uploaded picture as a square WebP of at most 512 pixels a side, without anything but its pixels.

    The format is told from the content, never from a name. Dimensions are checked before anything is decoded.

    Raises:
        Invalid: {"picture": sentence}.
    """
    raw = upload.read(settings.PICTURE_MOST_BYTES + 1)
    if len(raw) > settings.PICTURE_MOST_BYTES:
        raise TooLarge({"picture": "This picture is larger than 2.5 MB. Choose a smaller one."})
    if not raw:
        raise Invalid({"picture": "Choose a picture."})
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid({"picture": "This picture has more than 40 million pixels. Choose a smaller one."})
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image)
            side = min(SIDE, *upright.size)
            square = ImageOps.fit(upright.convert("RGBA" if has_alpha(upright) else "RGB"), (side, side))
    except Image.DecompressionBombError:
        raise Invalid({"picture": "This picture has more than 40 million pixels. Choose a smaller one."}) from None
    except UnidentifiedImageError:
        raise Invalid({"picture": "Choose a JPEG, PNG, GIF or WebP picture."}) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError):
        raise Invalid({"picture": "This picture is damaged. Choose another one."}) from None
    bare = Image.new(square.mode, square.size)
    bare.paste(square)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=85)
    return out.getvalue()


def has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def put(contact: Contact, picture: bytes) -> None:
    """Make what `read` returned the contact's picture; the former file goes once this is committed."""
    key = f"pictures/{contact.location_id}/{contact.pk}/{ids.new_id()}.webp"
    former = contact.picture
    default_storage.save(key, ContentFile(picture))
    try:
        contact.change("contact.pictured", picture=key)
    except BaseException:
        default_storage.delete(key)
        raise
    discard(former)


def remove(contact: Contact) -> None:
    """Take the picture away; initials show again."""
    former = contact.picture
    contact.change("contact.pictured", picture="")
    discard(former)


def discard(key: str) -> None:
    if key:
        transaction.on_commit(lambda: default_storage.delete(key))


def version(contact: Contact) -> str:
    """What tells one picture of a contact from the next; "" without one."""
    return contact.picture.rpartition("/")[2].partition(".")[0]


def address(contact: Contact) -> str:
    """Where the picture is served, or "". It changes with every picture, so browsers may keep it."""
    found = version(contact)
    return link("contacts:picture", contact.pk, found) if ids.is_id(found) else ""
