"""The signatures of a webhook's bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from webhooks.models import Endpoint, SigningKey

ED25519, RSA, HMAC = "X-GHL-Signature", "x-wh-signature", "x-wl-signature"


def signatures(body: bytes, key: SigningKey, endpoint: Endpoint) -> dict[str, str]:
    """The headers that prove where the bytes come from.

    The RSA signature costs fifty times the modern one; receivers that check only the modern one can do without it.
    """
    modern, legacy = key.pair
    found = {ED25519: base64.b64encode(modern.sign(body)).decode()}
    if endpoint.legacy_signature:
        found[RSA] = base64.b64encode(legacy.sign(body, PKCS1v15(), SHA256())).decode()
    if endpoint.secret:
        found[HMAC] = hmac.new(endpoint.secret_text.encode(), body, hashlib.sha256).hexdigest()
    return found
