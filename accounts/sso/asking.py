"""The way to the identity provider: an AuthnRequest, remembered, and bound to the browser that begins it."""

from __future__ import annotations

import datetime as dt
import secrets
from urllib.parse import urlencode

from django.http import HttpRequest
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request as AuthnRequest

from accounts.models import SignOnAttempt, SingleSignOn
from accounts.sso import provider
from core.crypto import digest

LASTS = dt.timedelta(minutes=5)
ATTEMPT = "single_sign_on"  # in the session: which attempt this browser began
LONGEST_TARGET = 2000


def begin(request: HttpRequest, held: SingleSignOn, target: str, *, confirming: bool = False) -> str:
    """Remember an attempt and return the address at the provider where it goes on.

    Args:
        target: where to go in the end, on this host.
        confirming: the provider shall ask again, even somebody who is signed in there.
    """
    asked = AuthnRequest(provider.as_library(held), force_authn=confirming)
    relay = secrets.token_urlsafe(32)
    attempt = SignOnAttempt.objects.everywhere(reason="the company is named").create(
        company_id=held.company_id,
        relay=digest(relay),
        request=asked.get_id(),
        target=target if len(target) <= LONGEST_TARGET else "/",
        is_confirming=confirming,
    )
    request.session[ATTEMPT] = attempt.pk
    values = urlencode({"SAMLRequest": asked.get_request(), "RelayState": relay})
    return f"{held.address}{'&' if '?' in held.address else '?'}{values}"
