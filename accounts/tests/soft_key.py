"""A security key made of software: it answers the server's questions as a browser and its authenticator would."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftKey:
    """One key. `unlocked` is whether its owner showed finger or PIN."""

    def __init__(self, host: str = "localhost", origin: str = "http://localhost") -> None:
        self.host, self.origin = host, origin
        self.unlocked = True
        self.id = secrets.token_bytes(32)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.count = 0
        self.handle = ""

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a creation question."""
        self.handle = options["user"]["id"]
        numbers = self.private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(ATTESTED) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options["challenge"]),
            attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def get(self, options: dict[str, Any]) -> str:
        """The answer to a question at the sign-in."""
        self.count += 1
        client, data = self._client("webauthn.get", options["challenge"]), self._data()
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.handle)

    def _data(self, more: int = 0) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.unlocked else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, **response: Any) -> str:
        coded = {name: bytes_to_base64url(one) if isinstance(one, bytes) else one for name, one in response.items()}
        key = bytes_to_base64url(self.id)
        return json.dumps(
            {"id": key, "rawId": key, "type": "public-key", "response": coded, "clientExtensionResults": {}}
        )
