"""Files into the custom fields of a contact."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from api.bodies import Body
from api.errors import ApiError, unprocessable
from api.fields import Id
from api.parsing import body_of
from api.resources import Resource, operation
from contacts import attachments
from contacts.api.contacts import get_contact
from contacts.api.file_values import address_of, meta_of
from objects.models import CustomField

MOST_FILES = 20
MOST_BYTES = 4 * attachments.MOST_BYTES  # of one request


class UploadBody(Body):
    open = True

    id = Id(required=True, about="of a contact")


class CustomFieldUpload(Resource):
    """Multipart: `id` names the contact; each file part is named by its custom field's id, `_` and anything."""

    reads, writes = "locations/customFields.readonly", "locations/customFields.write"

    def parse(self) -> Any:
        if not (self.request.content_type or "").startswith("multipart/"):
            return body_of(self.request)
        length = self.request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > MOST_BYTES:
            raise ApiError(413, f"The files are larger than {MOST_BYTES // 1024**2} MB together.")
        try:
            return self.request.POST.dict()
        except MultiPartParserError as error:
            raise ApiError(400, f"The body is no multipart/form-data: {error}") from None

    @operation(
        body=UploadBody,
        files=("0Wk3Zr8QeTn5yLbPcA1d_1",),
        title="Upload files to custom fields",
        about="multipart/form-data with `id` (a contact) and file parts named <custom field id>_<anything>, 25 MB each.",
        example={"uploadedFiles": {"offer.pdf": "https://example.com/offer.pdf"}, "meta": []},
    )
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        parts: list[tuple[str, UploadedFile]] = [
            (name, part) for name in request.FILES for part in request.FILES.getlist(name)
        ]
        if not parts:
            raise unprocessable(["send at least one file as multipart/form-data"])
        if len(parts) > MOST_FILES:
            raise unprocessable([f"no more than {MOST_FILES} files are taken at once"])
        contact = get_contact(self.body["id"])
        fields = {field.pk: field for field in CustomField.objects.filter(model="contact", type="FILE_UPLOAD")}
        unknown = [name for name, _ in parts if name.partition("_")[0] not in fields]
        if unknown:
            raise unprocessable([f"{unknown[0][:80]} names no file field of this location"])
        uploaded: dict[str, str] = {}
        meta = []
        stored: list[str] = []
        try:
            for name, part in parts:
                field = fields[name.partition("_")[0]]
                before = set(attachments.held(contact, field.pk))
                attachments.add(contact, field, part)
                (fresh,) = set(attachments.held(contact, field.pk)) - before
                stored.append(attachments.key(contact, field.pk, fresh))
                address = address_of(contact.pk, field.pk, fresh)
                uploaded[str(part.name)] = address
                meta.append({**meta_of(name, fresh, str(part.name), part.size or 0), "url": address})
        except BaseException:
            # The transaction takes the rows back; the files that went before the refused one must follow.
            for key in stored:
                default_storage.delete(key)
            raise
        return {"uploadedFiles": uploaded, "meta": meta}
