"""What we and an identity provider know of each other: our addresses, and its metadata, read with suspicion."""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.urls import reverse
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.models import SingleSignOn
from core.errors import Invalid

log = logging.getLogger(__name__)
LONGEST_METADATA = 256 * 1024  # bytes
MOST_CERTIFICATES = 5
SHORTEST_KEY = 2048  # bits, of RSA


@dataclass(frozen=True)
class Provider:
    """What metadata says of an identity provider."""

    entity_id: str
    address: str  # where browsers are sent with an AuthnRequest
    certificates: list[str]  # base64 of DER
    fingerprints: list[str]  # SHA-256, hexadecimal


def entity_id() -> str:
    """What we are called: the address of our metadata. The same for every company."""
    return settings.BASE_URL + reverse("saml_metadata")


def assertion_url() -> str:
    """Where providers send people back to."""
    return settings.BASE_URL + reverse("saml_acs")


def read_metadata(data: bytes) -> Provider:
    """Read the metadata of an identity provider.

    Raises:
        Invalid: {"metadata": sentence}; it is too long, no metadata, or lacks what is needed.
    """
    if len(data) > LONGEST_METADATA:
        raise Invalid({"metadata": f"This is longer than {LONGEST_METADATA // 1024} KB. Metadata is much shorter."})
    try:
        found = MetadataParser.parse(data, required_sso_binding=Names.BINDING_HTTP_REDIRECT).get("idp", {})
    except Exception as error:  # the parser lets through whatever XML makes it stumble over
        log.info("metadata of an identity provider could not be read: %s", type(error).__name__)
        raise Invalid({"metadata": "This is no metadata of a SAML identity provider."}) from error
    name, address = str(found.get("entityId") or ""), str(found.get("singleSignOnService", {}).get("url") or "")
    if not name:
        raise Invalid({"metadata": "This is no metadata of a SAML identity provider."})
    if not address:
        raise Invalid({"metadata": "It names no sign-on address with the binding HTTP-Redirect."})
    check_address(address)
    held = found.get("x509certMulti", {}).get("signing") or [found.get("x509cert") or ""]
    texts = list(dict.fromkeys("".join(text.split()) for text in held if text))
    if not texts:
        raise Invalid({"metadata": "It holds no certificate for signing."})
    if len(texts) > MOST_CERTIFICATES or len(name) > 1024:
        raise Invalid({"metadata": f"It holds more than {MOST_CERTIFICATES} certificates, or an overlong entity ID."})
    return Provider(name, address, texts, [fingerprint(text) for text in texts])


def check_address(address: str) -> None:
    """Refuse a sign-on address to which nobody should be sent.

    Raises:
        Invalid: it is not HTTPS (HTTP will do where this installation itself has nothing better).
    """
    schemes = {"https", urlsplit(settings.BASE_URL).scheme}
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise Invalid({"metadata": "Its sign-on address is none."}) from error
    if (
        parts.scheme not in schemes
        or not parts.hostname
        or len(address) > 2048
        or any(sign in address for sign in ' "<>')
    ):
        raise Invalid({"metadata": "Its sign-on address has to begin with https://."})


def fingerprint(text: str) -> str:
    """The SHA-256 of a certificate.

    Args:
        text: base64 of DER.

    Raises:
        Invalid: it is no certificate, or its key is of a weak kind.
    """
    try:
        found = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        key = found.public_key()
    except (ValueError, binascii.Error, x509.InvalidVersion) as error:
        raise Invalid({"metadata": "A certificate in it cannot be read."}) from error
    if not (isinstance(key, rsa.RSAPublicKey) and key.key_size >= SHORTEST_KEY) and not isinstance(
        key, ec.EllipticCurvePublicKey
    ):
        raise Invalid({"metadata": f"A certificate in it is too weak: RSA keys need {SHORTEST_KEY} bits."})
    return found.fingerprint(hashes.SHA256()).hex()


def as_library(held: SingleSignOn) -> OneLogin_Saml2_Settings:
    """Both sides as the library wants to be told of them."""
    told: dict[str, Any] = {
        "strict": True,
        "sp": {
            "entityId": entity_id(),
            "assertionConsumerService": {"url": assertion_url(), "binding": Names.BINDING_HTTP_POST},
            "NameIDFormat": Names.NAMEID_EMAIL_ADDRESS,
        },
        "idp": {
            "entityId": held.entity_id,
            # the library puts it into the text of its request as it stands
            "singleSignOnService": {
                "url": escape(held.address, {'"': "&quot;"}),
                "binding": Names.BINDING_HTTP_REDIRECT,
            },
            "x509certMulti": {"signing": held.certificates},
        },
        "security": {
            "allowSingleLabelDomains": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,  # how people prove who they are is the provider's affair
            "wantAttributeStatement": False,
        },
    }
    return OneLogin_Saml2_Settings(told)
