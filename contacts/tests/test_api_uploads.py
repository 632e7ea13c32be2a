"""Files that come through the API into custom fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse

from contacts.models import Contact
from contacts.tests.one_of_everything import UNKNOWN


def multipart(parts: list[tuple[str, str, bytes]], **members: str) -> tuple[bytes, str]:
    lines = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in members.items()
    ]
    for name, file, content in parts:
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: text/plain\r\n\r\n'
        lines.append(head.encode() + content + b"\r\n")
    return b"".join(lines) + b"--edge--\r\n", "multipart/form-data; boundary=edge"


@pytest.fixture
def upload(world) -> Callable[..., HttpResponse]:
    def send(*parts: tuple[str, str, bytes], id: str = "") -> HttpResponse:
        body, kind = multipart(list(parts), id=id or world.ids["contact"])
        return world.ask("POST", f"/locations/{world.place}/customFields/upload", body, content_type=kind)

    return send


def test_a_refused_file_takes_those_before_it_along(world, upload):
    pk = world.fields["FILE_UPLOAD"].pk
    folder = f"files/{world.place}/{world.ids['contact']}/{pk}"
    answer = upload((f"{pk}_1", "one.txt", b"one"), (f"{pk}_2", "two.txt", b"two"))
    assert answer.status_code == 422 and Contact.objects.get(pk=world.ids["contact"]).custom.get(pk) is None
    assert not default_storage.exists(folder) or default_storage.listdir(folder)[1] == []


@pytest.mark.parametrize(
    ("name", "file", "content", "contact"),
    [
        ("{field}_1", "empty.txt", b"", ""),
        ("{text}_1", "text.txt", b"x", ""),
        ("file", "text.txt", b"x", ""),
        ("_", "text.txt", b"x", ""),
        ("{field}_1", "text.txt", b"x", UNKNOWN),
        ("{field}_1", "text.txt", b"x", "{stranger}"),
    ],
)
def test_a_file_without_a_place_is_refused(world, upload, name, file, content, contact):
    known = {"field": world.fields["FILE_UPLOAD"].pk, "text": world.fields["TEXT"].pk, "stranger": world.stranger.pk}
    assert upload((name.format(**known), file, content), id=contact.format(**known)).status_code in (404, 422)


def test_a_file_that_was_read_can_be_sent_back_and_is_still_there(world, upload):
    pk, path = world.fields["FILE_UPLOAD"].pk, f"/contacts/{world.ids['contact']}"
    sent = upload((f"{pk}_1", "offer.txt", b"hello"))
    assert sent.status_code == 200 and sent.json()["meta"][0]["size"] == 5
    held = Contact.objects.get(pk=world.ids["contact"]).custom[pk]
    shown = next(one for one in world.ask("GET", path).json()["contact"]["customFields"] if one["id"] == pk)["value"]
    (file,) = shown.values()
    assert file["meta"]["originalname"] == "offer.txt" and file["url"] == sent.json()["uploadedFiles"]["offer.txt"]
    world.ask("PUT", path, {"customFields": [{"id": pk, "field_value": shown}], "city": "Oslo"})
    assert Contact.objects.get(pk=world.ids["contact"]).custom[pk] == held


def test_a_request_that_announces_too_much_is_refused_unread(world):
    _, kind = multipart([])
    path = f"/locations/{world.place}/customFields/upload"
    answer = world.client.send("POST", path, b"--edge--", content_type=kind, CONTENT_LENGTH=str(10**12))
    assert answer.status_code == 413 and "MB" in answer.json()["message"]
