"""What other people's exceptions become, and answers that the quick encoder refuses."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import IntegrityError, transaction
from django.http.multipartparser import MultiPartParserError

from accounts.tests import make
from api.errors import from_exception
from api.rendering import answer
from oauth.tests.make import api


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MultiPartParserError("Invalid boundary in multipart: None"), 400),
        (TooManyFilesSent("files"), 413),
        (TooManyFieldsSent("fields"), 413),
        (RequestDataTooBig("bytes"), 413),
        (SuspiciousOperation("other"), 400),
    ],
)
def test_a_body_that_cannot_be_read_is_the_callers_fault(error, status):
    assert from_exception(error, {}).status == status


def test_too_many_members_of_a_query_are_refused(cast, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    query = "&".join(f"a{number}=1" for number in range(9))
    assert api(cast.location).get(f"/contacts?{query}").status_code == 413


@pytest.mark.parametrize("value", [2**64, -(2**70), {"deep": [10**30]}, "\ud800"])
def test_answers_hold_integers_of_any_size_and_broken_text(value):
    assert json.loads(answer({"value": value}).content)["value"] == value


def test_two_who_make_the_same_thing_at_once_are_told_to_try_again(cast):
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make.membership(cast.bob, cast.location)
    assert from_exception(raised.value, {}).status == 409
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make.membership(cast.dora, cast.elsewhere, "admin", only_assigned=True)
    assert from_exception(raised.value, {}).status == 500
