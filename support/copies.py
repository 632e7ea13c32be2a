"""The offer of a copy of the data of a banned account: a signed link to its owner, for nobody there can sign in."""

from __future__ import annotations

from django.core import signing

from core import access, clock, scope
from core.errors import NotFound
from support.models import Hold

SALT = "support.data-copy"


def token_of(hold: Hold) -> str:
    """What the link of the mail carries."""
    return signing.dumps(hold.pk, salt=SALT)


def hold_of(token: str) -> Hold:
    """The ban whose offer the token is.

    Raises:
        NotFound: it was made up, or the days of the offer are over.
    """
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NotFound(GONE) from None
    rows = Hold.objects.everywhere(reason="the token names the hold").select_related("company__owner")
    hold: Hold | None = rows.filter(pk=pk, kind="ban").first()
    if hold is None:
        raise NotFound(GONE)
    with scope.use(company_id=hold.company_id):
        now = access.standing()
        if now.reason != "ban" or now.delete_after is None or clock.now() >= now.delete_after:
            raise NotFound(GONE)
    return hold


GONE = "This link is no longer good. A copy could be had for 30 days after the account was closed."
