"""The link at the foot of a mail by which it is the last of its kind, without signing in."""

from __future__ import annotations

from django.core import signing
from django.urls import reverse

from accounts import current
from accounts.models import Location, User
from core import scope
from core.errors import NotFound
from notifications import preferences
from notifications.kinds import KINDS

SALT = "notifications.stopping"
GONE = "This link is not complete. Copy the whole address from the mail."


def address(user_id: str, location_id: str, kind: str) -> str:
    """The path that stops mail of a kind, or with "" of every kind, in a location. It does not grow old."""
    return reverse("stop_mail", args=[signing.dumps([user_id, location_id, kind], salt=SALT)])


def read(token: str) -> tuple[User, Location, str]:
    """Whose mail a link stops, where, and of which kind.

    Raises:
        NotFound: it was not made here, or the person or the place is gone.
    """
    try:
        user_id, location_id, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound(GONE) from None
    user = User.objects.everywhere(reason="the signed link names the person").filter(pk=user_id).first()
    place = Location.objects.everywhere(reason="the signed link names the place").filter(pk=location_id).first()
    if user is None or place is None or (kind and kind not in KINDS):
        raise NotFound(GONE)
    return user, place, kind


def stop(token: str) -> None:
    """Send no more mail of that kind. Harmless to repeat.

    Raises:
        NotFound: see `read`.
    """
    user, place, kind = read(token)
    with scope.fresh(), current.at(place, via="ui"):
        preferences.stop_mail(user.pk, kind)
