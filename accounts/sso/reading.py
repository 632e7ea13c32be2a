"""The identity provider's answer: signature, addressee and time, checked by the library and then more strictly by us.

The library passes over what an answer leaves out; the profile (SAML 2.0 Profiles, 4.1.4) wants it to be there.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_datetime
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response

from accounts.models import SingleSignOn
from accounts.models.user import plain_email
from accounts.sso import provider
from core import clock

log = logging.getLogger(__name__)
LONGEST_ANSWER = 256 * 1024  # characters of base64
SKEW = dt.timedelta(minutes=1)  # by which the provider's clock may differ from ours


class NotAccepted(Exception):
    """The answer is not what it has to be; the text is for the company's admins."""


@dataclass(frozen=True)
class Assertion:
    """What a provider vouches for."""

    id: str
    email: str
    authenticated_at: dt.datetime


def verified(held: SingleSignOn, request_id: str, answer: str) -> Assertion:
    """Check an answer and return what it says.

    Args:
        request_id: of the AuthnRequest it has to answer.
        answer: the SAMLResponse as posted, base64.

    Raises:
        NotAccepted: with the reason.
    """
    if not answer or len(answer) > LONGEST_ANSWER:
        raise NotAccepted("The answer is empty or too long.")
    try:
        response = OneLogin_Saml2_Response(provider.as_library(held), answer)
        response.is_valid(_asked_at(), request_id, raise_exceptions=True)
        return _strictly(response, request_id)
    except (NotAccepted, OneLogin_Saml2_ValidationError, OneLogin_Saml2_Error) as error:
        raise NotAccepted(str(error)[:300]) from error
    except Exception as error:  # whatever a hostile document makes the XML libraries stumble over
        log.warning("an answer of an identity provider could not be read", exc_info=True)
        raise NotAccepted("The answer cannot be read.") from error


def _asked_at() -> dict[str, Any]:
    """Our address, as the library wants it: as configured, whatever the headers of the request say."""
    parts = urlsplit(provider.assertion_url())
    return {"https": "on" if parts.scheme == "https" else "off", "http_host": parts.netloc, "script_name": parts.path}


def _strictly(response: Any, request_id: str) -> Assertion:
    """What the library takes for granted. It has made sure that there is one assertion and that it is signed."""
    now = clock.now_for_all()
    if response.get_in_response_to() != request_id:
        raise NotAccepted("It does not answer the request that was sent.")
    if provider.entity_id() not in response.get_audiences():
        raise NotAccepted(f"It is not meant for {provider.entity_id()}.")
    if len(response.get_issuers()) != 1:
        raise NotAccepted("It does not say who issued it.")
    conditions = response._query_assertion("/saml:Conditions")[0]
    _check_time(conditions, now)
    data = response._query_assertion(
        f"/saml:Subject/saml:SubjectConfirmation[@Method='{Names.CM_BEARER}']/saml:SubjectConfirmationData"
    )
    if not any(_confirms(one, request_id, now) for one in data):
        raise NotAccepted("It is not addressed to us, answers another request, or is too old.")
    said = response._query_assertion("/saml:AuthnStatement")[0].get("AuthnInstant")
    email = plain_email(response.get_nameid() or "")
    try:
        validate_email(email)
    except ValidationError as error:
        raise NotAccepted("The name ID is no e-mail address.") from error
    key = response.get_assertion_id()
    if not key or len(key) > 255:
        raise NotAccepted("The assertion has no usable id.")
    return Assertion(key, email, _moment(said))


def _confirms(data: Any, request_id: str, now: dt.datetime) -> bool:
    """Whether a SubjectConfirmationData is for us, for this request and for now."""
    return (
        data.get("InResponseTo") == request_id
        and data.get("Recipient") == provider.assertion_url()
        and data.get("NotBefore") is None
        and data.get("NotOnOrAfter") is not None
        and _moment(data.get("NotOnOrAfter")) > now - SKEW
    )


def _check_time(conditions: Any, now: dt.datetime) -> None:
    begins, ends = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    if begins is not None and _moment(begins) > now + SKEW:
        raise NotAccepted("It is not valid yet: is the clock of the provider right?")
    if ends is not None and _moment(ends) <= now - SKEW:
        raise NotAccepted("It is not valid any more: is the clock of the provider right?")


def _moment(text: str | None) -> dt.datetime:
    """A time of SAML, which is in UTC whether it says so or not."""
    found = parse_datetime(text or "")
    if found is None:
        raise NotAccepted("A time in it cannot be read.")
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
