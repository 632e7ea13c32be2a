"""What comes in before Django's own handling of errors begins."""

from __future__ import annotations

import io

import pytest
from django.test import RequestFactory

from hoopai.wsgi import application


@pytest.mark.django_db(transaction=True)  # the real application closes connections between requests
@pytest.mark.parametrize("charset", ["base64", "rot13", "idna", "utf-16", "nonsense", "utf-8"])
@pytest.mark.parametrize("path", ["/contacts", "/account/sign-in", "/oauth/token"])
def test_a_strange_charset_breaks_nothing(charset, path):
    environ = RequestFactory()._base_environ(
        PATH_INFO=path,
        QUERY_STRING="query=%C3%A9a",
        REQUEST_METHOD="GET",
        CONTENT_TYPE=f"application/json; charset={charset}",
        **{"wsgi.input": io.BytesIO()},
    )
    told: list[str] = []
    b"".join(application(environ, lambda status, headers: told.append(status)))
    assert int(told[0][:3]) < 500
