"""An identity provider for tests: it reads the request it is sent and signs its answers with a key of its own."""

from __future__ import annotations

import base64
import datetime as dt
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from defusedxml import ElementTree
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

from core import ids

ENTITY = "https://idp.acme.example/metadata"
ADDRESS = "https://idp.acme.example/sso?tenant=1&kind=web"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SAML, PROTOCOL = "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"


@cache
def key_pair(name: str) -> tuple[str, str]:
    """A private key and its certificate, as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=900))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class Asked:
    """A request as it reached the provider."""

    id: str
    answer_to: str
    issuer: str
    relay: str
    is_forced: bool


def asked(address: str) -> Asked:
    """Read the AuthnRequest in an address to which a browser was sent."""
    values = parse_qs(urlsplit(address).query)
    text = zlib.decompress(base64.b64decode(values["SAMLRequest"][0]), -15)
    root = ElementTree.fromstring(text)
    assert root.tag == f"{{{PROTOCOL}}}AuthnRequest"
    return Asked(
        root.get("ID"),
        root.get("AssertionConsumerServiceURL"),
        root.find(f"{{{SAML}}}Issuer").text,
        values["RelayState"][0],
        root.get("ForceAuthn") == "true",
    )


@dataclass
class IdentityProvider:
    """One with a name, an address and a key; what it says can be bent by tests."""

    entity: str = ENTITY
    address: str = ADDRESS
    key_name: str = "acme"

    def metadata(self) -> str:
        certificate = "".join(key_pair(self.key_name)[1].splitlines()[1:-1])
        address = self.address.replace("&", "&amp;")
        return (
            f'<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
            f'entityID="{self.entity}"><md:IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
            f'Location="{address}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
        )

    def assertion(self, to: Asked, email: str, **bent: Any) -> str:
        """A signed assertion.

        Args:
            bent: age (timedelta by which all times lie back), audience, recipient, in_response_to, id, key (the name of
                the key pair that signs), signed (False for none).
        """
        now = dt.datetime.now(dt.UTC) - bent.get("age", dt.timedelta())
        moment, begins, ends = (
            (now + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (0, -1, 5)
        )
        name = bent.get("id") or f"_a{ids.new_id()}"
        in_response_to = bent.get("in_response_to", to.id)
        answers = f'InResponseTo="{in_response_to}" ' if in_response_to else ""
        audience = bent.get("audience", to.issuer)
        restriction = (
            f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
            if audience
            else ""
        )
        text = (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{name}" Version="2.0" IssueInstant="{moment}">'
            f"<saml:Issuer>{bent.get('issuer', self.entity)}</saml:Issuer><saml:Subject>"
            f'<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{email}</saml:NameID>'
            f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData {answers}'
            f'NotOnOrAfter="{ends}" Recipient="{bent.get("recipient", to.answer_to)}"/></saml:SubjectConfirmation>'
            f'</saml:Subject><saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">{restriction}'
            f'</saml:Conditions><saml:AuthnStatement AuthnInstant="{bent.get("authenticated", moment)}"><saml:AuthnContext>'
            f"<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef>"
            f"</saml:AuthnContext></saml:AuthnStatement></saml:Assertion>"
        )
        if not bent.get("signed", True):
            return text
        return sign(text, bent.get("key", self.key_name)).decode()

    def response(self, to: Asked, email: str, assertion: str = "", **bent: Any) -> str:
        """The SAMLResponse that a browser brings back, base64."""
        inside = assertion or self.assertion(to, email, **bent)
        return wrapped(to, inside, self.entity, bent.get("in_response_to", to.id))


def wrapped(to: Asked, inside: str, entity: str = ENTITY, in_response_to: str = "", key: str = "") -> str:
    """A response around an assertion, base64; itself unsigned unless a key pair is named."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answers = f' InResponseTo="{in_response_to}"' if in_response_to else ""
    text = (
        f'<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{SAML}" ID="_r{ids.new_id()}" Version="2.0" '
        f'IssueInstant="{now}" Destination="{to.answer_to}"{answers}><saml:Issuer>{entity}</saml:Issuer>'
        f'<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{inside}</samlp:Response>"
    )
    return base64.b64encode(sign(text, key) if key else text.encode()).decode()


def sign(text: str, key: str) -> bytes:
    """Sign the outermost element, as providers do: enveloped, RSA with SHA-256."""
    signed = Utils.add_sign(text, *key_pair(key))
    return signed if isinstance(signed, bytes) else signed.encode()
