"""Passkeys (WebAuthn): the device proves it holds the key and that its owner unlocked it. Both steps in one."""

from __future__ import annotations

import ipaddress
import json

from django.db import transaction
from django.http import HttpRequest
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Authenticator, Passkey, User
from accounts.second_factor import policy
from core import clock
from core.errors import Invalid, Refused
from journal.writing import write

MOST = 20  # of one person
LONGEST_ANSWER = 16_384  # characters
CHALLENGE = "passkey_challenge"  # in the session, used up by one answer
REFUSED = "That passkey was not accepted. Try again, or use your password."
NOT_ADDED = "The passkey could not be added. Try again."


def is_possible(request: HttpRequest) -> bool:
    """Passkeys belong to a host name and to HTTPS; browsers offer none for a bare address or over HTTP elsewhere."""
    host = host_of(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or request.is_secure()
    return False


def host_of(request: HttpRequest) -> str:
    """The name keys are bound to: the host, which ALLOWED_HOSTS has let pass, without its port."""
    name, _, port = request.get_host().rpartition(":")
    return name if name and port.isdigit() else request.get_host()


def origin_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def creation(request: HttpRequest, user: User) -> str:
    """What the browser is asked to make, as JSON; its challenge waits in the session."""
    options = generate_registration_options(
        rp_id=host_of(request),
        rp_name="HoopAI",
        user_id=user.pk.encode(),
        user_name=user.email,
        user_display_name=user.name or user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=descriptors(user),
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


def question(request: HttpRequest, user: User | None) -> str:
    """What the browser is asked to prove, as JSON: with a key of `user`, or with whatever key it has for this site."""
    options = generate_authentication_options(
        rp_id=host_of(request),
        allow_credentials=descriptors(user) if user else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


def descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    known = {one.value for one in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.credential),
            transports=[AuthenticatorTransport(name) for name in key.transports if name in known] or None,
        )
        for key in user.passkeys.all()[:MOST]
    ]


def add(request: HttpRequest, user: User, name: str, answer: str) -> Passkey:
    """Keep the key the browser made for this session's challenge.

    Raises:
        Refused: the answer does not fit, the key is there already, or the person has too many.
    """
    challenge, sent = taken_challenge(request), read(answer, NOT_ADDED)
    try:
        found = verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=host_of(request),
            expected_origin=origin_of(request),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(NOT_ADDED) from error
    transports = (sent.get("response") or {}).get("transports") or []
    credential = bytes_to_base64url(found.credential_id)
    with transaction.atomic():
        user.lock()
        if user.passkeys.count() >= MOST:
            raise Refused(f"{MOST} passkeys are the most. Remove one first.")
        if Passkey.objects.filter(credential=credential).exists():
            raise Refused("This passkey is known already.")
        key = Passkey.objects.create(
            user=user,
            name=clean_name(name),
            credential=credential,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            transports=[str(one)[:20] for one in transports if isinstance(one, str)][:6],
            is_synced=found.credential_backed_up,
        )
        write("user.passkey_added", user, facts={"name": key.name})
    return key


def prove(request: HttpRequest, answer: str, expected: User | None = None) -> User:
    """The person whose key answered this session's challenge.

    Args:
        expected: accept a key of this person only.

    Raises:
        Refused: no known key answered, or not to this challenge, or not unlocked by its owner, or a copied one.
    """
    challenge, sent = taken_challenge(request), read(answer, REFUSED)
    with transaction.atomic():
        rows = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        key = rows.filter(credential=str(sent.get("id", ""))[:1400], user__is_active=True).first()
        if key is None or (expected is not None and key.user_id != expected.pk):
            raise Refused(REFUSED)
        handle = (sent.get("response") or {}).get("userHandle")
        try:
            if handle and base64url_to_bytes(handle) != key.user_id.encode():
                raise Refused(REFUSED)
            found = verify_authentication_response(
                credential=sent,
                expected_challenge=challenge,
                expected_rp_id=host_of(request),
                expected_origin=origin_of(request),
                credential_public_key=bytes(key.public_key),
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(REFUSED) from error
        Passkey.objects.filter(pk=key.pk).update(
            sign_count=found.new_sign_count, used_at=clock.now(), is_synced=found.credential_backed_up
        )
    return key.user


def rename(user: User, key: Passkey, name: str) -> None:
    """Raises: Invalid: the name is empty or too long."""
    wanted = clean_name(name)
    if wanted != key.name:
        Passkey.objects.filter(pk=key.pk).update(name=wanted)
        write("user.passkey_renamed", user, {"name": [key.name, wanted]})


@transaction.atomic
def remove(user: User, key: Passkey) -> None:
    """Forget a key. With the last factor goes everything that belongs to the second step.

    Raises:
        Refused: it is the only second step of somebody who must have one.
    """
    user.lock()
    is_last = not Authenticator.objects.filter(user=user).exists() and user.passkeys.count() == 1
    if is_last and policy.is_required(user):
        raise Refused("This is your only second step, and your company requires one. Set up another first.")
    key.delete()
    write("user.passkey_removed", user, facts={"name": key.name})
    if is_last:
        policy.forget(user)
        write("user.second_step_off", user)


def clean_name(name: str) -> str:
    """Raises: Invalid: the name is empty or too long."""
    found = " ".join(name.replace("\x00", "").split())
    if not found or len(found) > 60:
        raise Invalid({"name": "Give it a name of at most 60 characters."})
    return found


def taken_challenge(request: HttpRequest) -> bytes:
    """The challenge of this session, which nobody can answer twice.

    Raises:
        Refused: none was asked.
    """
    held = request.session.pop(CHALLENGE, None)
    if not held:
        raise Refused("That took too long. Try again.")
    return base64url_to_bytes(held)


def read(answer: str, refusal: str) -> dict:  # type: ignore[type-arg]
    """The browser's answer as an object.

    Raises:
        Refused: it is none.
    """
    try:
        sent = json.loads(answer[:LONGEST_ANSWER])
    except ValueError as error:
        raise Refused(refusal) from error
    if not isinstance(sent, dict) or not isinstance(sent.get("response", {}), dict):
        raise Refused(refusal)
    return sent
