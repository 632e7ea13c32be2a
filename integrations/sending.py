"""Sending the messages of one connection, each at most once.

Before the first message the provider is asked whether the access is good: that question may be repeated, so whatever
can be noticed beforehand (an expired access, a provider that is away) harms no message. Then each message is marked as
being sent, and only then sent. Where no answer tells what became of it, it is left: nobody is told the same thing twice.
"""

from __future__ import annotations

import datetime as dt
import time

from accounts import hipaa
from core import clock
from integrations import renewing, slack, states
from integrations.models import Connection, Line, Mapping, Post
from integrations.troubles import Expired, Later, Mismatch, Trouble, Unclear, Withdrawn

LEASE = dt.timedelta(minutes=3)  # of one worker on a connection
TURN = 90.0  # seconds
AGAIN_IN = dt.timedelta(minutes=1)  # where the provider is away
MOST = 100  # messages in a turn


def send(row: Connection) -> int:
    """Send what is due of a connection, in the scope of its location. Returns how many messages left."""
    free = Connection.objects.live().exclude(not_before__gt=clock.now())
    if not row.may_call or not hipaa.may_reach(row.provider) or not free.note(row.pk, not_before=clock.now() + LEASE):
        return 0
    row.refresh_from_db()
    count, pause = 0, None
    ends = time.monotonic() + TURN
    try:
        pause = _ready(row)
        while pause is None and count < MOST and time.monotonic() < ends:
            post = _next(row)
            if post is None:
                break
            done, pause = _send_one(row, post)
            count += done
    finally:
        Connection.objects.note(row.pk, not_before=clock.now() + pause if pause else None)
    return count


def test(row: Connection, mapping: Mapping, text: str) -> None:
    """Post a test at once.

    Raises:
        Trouble: it did not arrive, or nobody knows.
    """
    try:
        slack.check(row.secret)
        slack.post(row.secret, mapping.channel_id, text)
    except Trouble as trouble:
        Line.write(row, "failed", f"Test to #{mapping.channel_name}: {trouble}")
        row.erred(str(trouble))
        _judge(row, mapping, trouble)
        raise
    Line.write(row, "called", f"Test to #{mapping.channel_name}")
    Connection.objects.note(row.pk, last_sync_at=clock.now())


def _ready(row: Connection) -> dt.timedelta | None:
    """None where the access is good; else how long to leave it alone. An expired one is renewed on the way."""
    try:
        slack.check(row.secret)
    except Expired as trouble:
        if row.secret.refresh:
            _renew_soon(row)
            return None if renewing.renew(row) else AGAIN_IN
        row.stumble(states.EXPIRED, str(trouble))
        return AGAIN_IN
    except Trouble as trouble:
        row.erred(str(trouble))
        _judge(row, None, trouble)
        return dt.timedelta(seconds=trouble.seconds) if isinstance(trouble, Later) else AGAIN_IN
    return None


def _next(row: Connection) -> Post | None:
    """The oldest message that is due, marked as being sent; those of broken mappings wait."""
    due = Post.objects.filter(mapping__connection=row, mapping__broken="", mapping__is_on=True, state="waiting")
    due = due.filter(next_at__lte=clock.now()).exclude(mapping__channel_id="")
    while True:
        post: Post | None = due.select_related("mapping").order_by("next_at", "pk").first()
        if post is None:
            return None
        if Post.objects.filter(pk=post.pk, state="waiting").update(state="sending", tried_at=clock.now()):
            return post


def _send_one(row: Connection, post: Post) -> tuple[bool, dt.timedelta | None]:
    """Whether it left, and how long to pause."""
    mapping = post.mapping
    where = f"{mapping.what.label} to #{mapping.channel_name}"
    try:
        slack.post(row.secret, mapping.channel_id, post.text)
    except (Later, Expired, Withdrawn, Mismatch) as trouble:  # nothing was posted: it waits for a better time
        wait = dt.timedelta(seconds=trouble.seconds) if isinstance(trouble, Later) else dt.timedelta()
        _write(post, "waiting", str(trouble), next_at=clock.now() + wait)
        if not isinstance(trouble, Later):
            Line.write(row, "failed", f"{where}: {trouble}")
            row.erred(str(trouble))
            _judge(row, mapping, trouble)
        if isinstance(trouble, Mismatch):
            return False, None
        return False, wait or AGAIN_IN
    except Trouble as trouble:
        is_unclear = isinstance(trouble, Unclear)
        _write(post, "unclear" if is_unclear else "failed", str(trouble))
        note = " It may have arrived, so it is not sent again." if is_unclear else ""
        Line.write(row, "failed", f"{where}: {trouble}{note}")
        row.erred(str(trouble))
        return False, AGAIN_IN if is_unclear else None
    _write(post, "sent", "")
    Line.write(row, "called", where if post.count == 1 else f"{where}, {post.count:,} at once")
    Connection.objects.note(row.pk, last_sync_at=clock.now())
    return True, None


def _judge(row: Connection, mapping: Mapping | None, trouble: Trouble) -> None:
    """What a failure means for the connection."""
    if isinstance(trouble, Withdrawn):
        row.stumble(states.WITHDRAWN, str(trouble))
    elif isinstance(trouble, Expired):
        if row.secret.refresh:
            _renew_soon(row)
        else:
            row.stumble(states.EXPIRED, str(trouble))
    elif isinstance(trouble, Mismatch) and mapping is not None:
        mapping.break_off(str(trouble))


def _renew_soon(row: Connection) -> None:
    """Bring the renewal forward; one that has failed already keeps to its own times."""
    Connection.objects.filter(refresh_tries=0).note(row.pk, refresh_at=clock.now())


def _write(post: Post, state: str, error: str, **more: object) -> None:
    Post.objects.filter(pk=post.pk).update(state=state, error=error[:300], **more)
