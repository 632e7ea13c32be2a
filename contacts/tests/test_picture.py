"""Pictures of contacts and files in custom fields."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contacts import attachments, pictures
from contacts.models import Contact
from contacts.tests import make
from core.pages import link
from objects.models import CustomField

AJAX = {"HX-Request": "true"}


def image(kind: str = "PNG", size: tuple[int, int] = (800, 600), color: str = "red", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()


def upload(client, contact, content: bytes, name: str = "me.png", content_type: str = "image/png"):
    file = SimpleUploadedFile(name, content, content_type)
    return client.post(link("contacts:picture_change", contact.pk), {"picture": file})


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that claims 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\x00" * 1_000_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_contacts_016_a_picture_becomes_a_square_webp_of_at_most_512_pixels(cast, browse, kind):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    assert upload(client, contact, image(kind, (1600, 900)), f"me.{kind.lower()}").status_code == 302
    contact = Contact.objects.get(pk=contact.pk)
    served = client.get(pictures.address(contact))
    body = b"".join(served.streaming_content)
    with Image.open(io.BytesIO(body)) as stored:
        assert (stored.format, stored.size) == ("WEBP", (512, 512))
    assert served["Content-Type"] == "image/webp"
    assert "private" in served["Cache-Control"]
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served["Content-Security-Policy"]
    page = client.get(link("contacts:show", contact.pk)).content.decode()
    assert pictures.address(contact) in page


def test_contacts_016_three_megabytes_are_refused_and_the_former_picture_stays(cast, browse):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    upload(client, contact, image())
    before = Contact.objects.get(pk=contact.pk).picture
    noise = Image.effect_noise((1500, 2200), 100)
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert len(out.getvalue()) > 2.5 * 1024 * 1024
    answer = upload(client, contact, out.getvalue())
    assert answer.status_code == 422 and "larger than 2.5 MB" in answer.content.decode()
    assert Contact.objects.get(pk=contact.pk).picture == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "JPEG, PNG, GIF or WebP"),
        (b"<html><script>alert(1)</script></html>", "JPEG, PNG, GIF or WebP"),
        (b"%PDF-1.7 not a picture", "JPEG, PNG, GIF or WebP"),
        (image()[:200], "damaged"),
        (bomb(), "40 million pixels"),
        (bomb(7000, 7000), "40 million pixels"),
        (b"", "Choose a picture"),
    ],
    ids=["svg", "html", "pdf", "torn", "bomb", "smaller bomb", "empty"],
)
def test_what_is_no_harmless_picture_is_refused_whatever_it_calls_itself(cast, browse, content, sentence):
    contact = make.contact("Ann")
    answer = upload(browse(cast.alice), contact, content, "me.png", "image/png")
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert Contact.objects.get(pk=contact.pk).picture == ""


def test_a_bmp_is_refused_although_the_library_could_read_it(cast, browse):
    contact = make.contact("Ann")
    assert upload(browse(cast.alice), contact, image("BMP", (40, 40)), "me.png").status_code == 422


def test_where_and_when_a_picture_was_taken_is_thrown_away_and_it_stands_upright(cast, browse):
    contact = make.contact("Ann")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture = Image.new("RGB", (600, 400), "blue")
    picture.paste("white", (0, 0, 600, 60))
    picture.save(out, "JPEG", exif=exif, comment=b"SecretComment")
    client = browse(cast.alice)
    upload(client, contact, out.getvalue())
    body = default_storage.open(Contact.objects.get(pk=contact.pk).picture).read()
    assert b"Secret" not in body and b"EXIF" not in body and b"Exif" not in body
    with Image.open(io.BytesIO(body)) as stored:
        right, left = stored.convert("RGB").getpixel((stored.width - 5, 200)), stored.convert("RGB").getpixel((5, 200))
        assert right[0] > 200 and left[0] < 60  # the white edge on top has turned to the right


def test_a_new_picture_has_a_new_address_and_the_old_file_is_deleted(cast, browse, django_capture_on_commit_callbacks):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    upload(client, contact, image(color="red"))
    old = Contact.objects.get(pk=contact.pk)
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, contact, image(color="blue"))
    new = Contact.objects.get(pk=contact.pk)
    assert pictures.address(old) != pictures.address(new)
    assert client.get(pictures.address(old)).status_code == 404
    assert not default_storage.exists(old.picture) and default_storage.exists(new.picture)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(link("contacts:picture_remove", contact.pk), headers=AJAX)
    assert Contact.objects.get(pk=contact.pk).picture == ""
    assert not default_storage.exists(new.picture)


def test_a_picture_shows_only_to_those_who_see_the_contact(cast, browse):
    contact = make.contact("Ann", assigned_to=cast.dora)
    upload(browse(cast.alice), contact, image())
    url = pictures.address(Contact.objects.get(pk=contact.pk))
    assert browse(cast.dora).get(url).status_code == 200
    for stranger in (cast.bob, cast.charlie):
        assert browse(stranger).get(url).status_code == 404


def paper(**fields) -> CustomField:
    return CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD", **fields)


def attach(client, contact, field, *files):
    return client.post(link("contacts:files", contact.pk, field.pk), {"file": list(files)}, headers=AJAX)


def test_a_file_of_any_kind_comes_back_only_as_a_download(cast, browse):
    contact, field = make.contact("Ann"), paper(allows_many_files=True, most_files=3)
    client = browse(cast.alice)
    answer = attach(client, contact, field, SimpleUploadedFile("evil.html", b"<script>alert(1)</script>", "text/html"))
    assert answer.status_code == 200 and "evil.html" in answer.content.decode()
    (file_id,) = Contact.objects.get(pk=contact.pk).custom[field.pk]
    served = client.get(link("contacts:file", contact.pk, field.pk, file_id))
    assert b"".join(served.streaming_content) == b"<script>alert(1)</script>"
    assert served["Content-Type"] == "application/octet-stream"
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff" and "sandbox" in served["Content-Security-Policy"]
    assert browse(cast.bob).get(link("contacts:file", contact.pk, field.pk, file_id)).status_code == 404


def test_a_field_takes_only_its_formats_and_only_so_many_files(cast, browse):
    contact, field = make.contact("Ann"), paper(accepted_formats=["pdf"])
    client = browse(cast.alice)
    wrong = attach(client, contact, field, SimpleUploadedFile("a.exe", b"x"))
    assert wrong.status_code == 422 and "takes pdf" in wrong.content.decode()
    empty = attach(client, contact, field, SimpleUploadedFile("a.pdf", b""))
    assert empty.status_code == 422
    assert attach(client, contact, field).status_code == 422
    assert field.pk not in Contact.objects.get(pk=contact.pk).custom
    assert attach(client, contact, field, SimpleUploadedFile("a.pdf", b"1")).status_code == 200
    second = attach(client, contact, field, SimpleUploadedFile("b.pdf", b"2"))
    assert second.status_code == 422 and "one file" in second.content.decode()
    assert len(Contact.objects.get(pk=contact.pk).custom[field.pk]) == 1


def test_removing_a_file_deletes_it(cast, browse, django_capture_on_commit_callbacks):
    contact, field = make.contact("Ann"), paper()
    client = browse(cast.alice)
    attach(client, contact, field, SimpleUploadedFile("a.pdf", b"1"))
    (file_id,) = Contact.objects.get(pk=contact.pk).custom[field.pk]
    key = attachments.key(contact, field.pk, file_id)
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(link("contacts:files", contact.pk, field.pk), {"remove": file_id}, headers=AJAX)
    assert not default_storage.exists(key)
    assert field.pk not in Contact.objects.get(pk=contact.pk).custom


def test_a_value_written_by_a_program_cannot_point_at_somebody_elses_file(cast, browse):
    contact, field = make.contact("Ann"), paper()
    upload(browse(cast.alice), contact, image())
    picture = Contact.objects.get(pk=contact.pk).picture
    contact.change(custom={field.pk: {"../../" + picture: {"name": "x"}, "0" * 20: {"name": "y", "key": picture}}})
    assert browse(cast.alice).get(link("contacts:file", contact.pk, field.pk, "0" * 20)).status_code == 404
    assert browse(cast.alice).get(link("contacts:show", contact.pk) + "?tab=additional").status_code == 200
