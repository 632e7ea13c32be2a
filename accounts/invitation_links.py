"""The link of an invitation: signed, for one mail, good for a day and one use."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Invitation
from core.errors import Refused

STALE = "This invitation has expired, was taken back or was used already. Ask for a new one."
SIGNER = signing.Signer(salt="accounts.invitations")


def link_of(invitation: Invitation) -> str:
    """The address in the mail."""
    token = SIGNER.sign(f"{invitation.pk}.{invitation.serial}")
    return settings.BASE_URL + reverse("accounts:invitation", args=[token])


def found(token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link.

    Raises:
        Refused: the link is wrong, old or used, or its location is closed.
    """
    try:
        pk, _, serial = SIGNER.unsign(token).partition(".")
    except signing.BadSignature as error:
        raise Refused(STALE) from error
    rows = Invitation.objects.everywhere(reason="a link from a mail names the invitation").open()
    rows = rows.filter(pk=pk, serial=int(serial), location__is_active=True, location__suspended_at=None)
    if lock:
        rows = rows.select_for_update(of=("self",))
    held: Invitation | None = rows.select_related("location__company", "custom_role", "invited_by").first()
    if held is None:
        raise Refused(STALE)
    return held
