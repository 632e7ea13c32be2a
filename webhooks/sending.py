"""A sender: takes what is due, posts much of it at once, and writes down how it went.

It can be killed at any point. What it had taken is due again when its lease ends, and nothing behind it in the same
line goes out before. So a receiver may see a delivery twice, and never two of one resource in the wrong order.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts import hipaa
from core import clock, scope
from core.http_async import Post, Wire
from webhooks import bodies, queueing, retrying, signing
from webhooks.models import Delivery, Endpoint, SigningKey
from webhooks.queueing import Claimed, Outcome

log = logging.getLogger(__name__)
TIMEOUT = 10.0  # seconds a receiver has for its whole answer
IN_FLIGHT = 400
PATIENCE = 0.05  # seconds to wait for answers before looking for more that is due
KEPT = 4000  # characters of an answer
REFRESH = 2.0  # seconds between two looks at endpoints and keys
FAILURES = 10  # in a row
FAILING_FOR = 3600  # seconds from the first of them
AGENT = "HoopAI-Webhooks/1"


class Sender:
    """One run of a sender. Works in the thread and on the database connection of its caller."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.keys: tuple[SigningKey, SigningKey | None] | None = None
        self.in_hipaa: set[str] = set()  # companies
        self.read_at = 0.0
        self.busy: Counter[str] = Counter()
        self.sent = 0

    def run(self, seconds: float, beat: Callable[[], None] = lambda: None) -> int:
        """Send until nothing is due and nothing is under way, or `seconds` have passed. Returns how many attempts.

        Args:
            beat: called about every 50 ms, to show that the sender lives.
        """
        ends = time.monotonic() + seconds
        with scope.fresh(via="task"), queueing.senders_mode(), Wire(queueing.PER_HOST) as wire:
            while True:
                room = IN_FLIGHT - wire.in_flight if time.monotonic() < ends else 0
                taken = queueing.claim(room, self.busy) if room else []
                wire.post(self._posts(taken))
                if not wire.in_flight:
                    return self.sent
                self._write(wire.collect(PATIENCE))
                beat()

    def _refresh(self, wanted: set[str]) -> None:
        """Endpoints and keys are read anew every two seconds and when an unknown endpoint turns up."""
        late = time.monotonic() - self.read_at > REFRESH
        if late:
            self.endpoints.clear()
            self.keys = (SigningKey.current(), SigningKey.next())
            self.in_hipaa = hipaa.companies()
            self.read_at = time.monotonic()
        missing = wanted - self.endpoints.keys()
        if missing:
            every = Endpoint.objects.everywhere(reason="a sender serves the whole installation")
            self.endpoints |= every.select_related("app").in_bulk(list(missing))

    def _withhold(self, taken: list[Claimed]) -> list[Claimed]:
        """Delete what a company in HIPAA mode must not send where it goes; the rest."""
        if not self.in_hipaa:
            return taken
        every = Delivery.objects.everywhere(reason="a sender serves the whole installation")
        theirs = every.filter(pk__in=[one.id for one in taken], is_test=False, company_id__in=self.in_hipaa)
        companies = dict(theirs.values_list("pk", "company_id"))
        kept = []
        for one in taken:
            endpoint, company = self.endpoints.get(one.endpoint_id), companies.get(one.id)
            if endpoint is None or company is None or hipaa.may_reach(endpoint.host, company):
                kept.append(one)
        gone = {one.id for one in taken} - {one.id for one in kept}
        if gone:
            queueing.drop(sorted(gone))
        return kept

    def _posts(self, taken: list[Claimed]) -> list[Post]:
        if not taken:
            return []
        self._refresh({one.endpoint_id for one in taken})
        assert self.keys is not None
        not_after = time.monotonic() + queueing.LEASE.total_seconds() - 2 * TIMEOUT
        posts = []
        for one in self._withhold(taken):
            endpoint = self.endpoints.get(one.endpoint_id)
            if endpoint is None:
                continue  # deleted a moment ago, and its deliveries with it
            key = (endpoint.takes_next_key and self.keys[1]) or self.keys[0]
            body, headers = request(one, endpoint, key)
            one.host = endpoint.host
            self.busy[one.host] += 1
            posts.append(Post(one, endpoint.url, body, headers, TIMEOUT, not_after))
        return posts

    def _write(self, done: list[Post]) -> None:
        if not done:
            return
        for post in done:
            self.busy[post.key.host] -= 1
            if self.busy[post.key.host] <= 0:
                del self.busy[post.key.host]
        late = [post.key for post in done if post.is_late]
        if late:
            queueing.release(late)
        tried = [post for post in done if not post.is_late]
        self.sent += len(tried)
        with transaction.atomic():
            written = queueing.finish([outcome(post) for post in tried])
            self._judge([post for post in tried if post.key.id in written and not post.key.is_test])

    def _judge(self, posts: list[Post]) -> None:
        """Keep each endpoint's count of failures in a row, and switch off those that have failed for too long."""
        by_endpoint: dict[str, list[Post]] = {}
        for post in posts:
            by_endpoint.setdefault(post.key.endpoint_id, []).append(post)
        for pk, results in by_endpoint.items():
            held = self.endpoints.get(pk)
            failures = 0 if held is None else held.failures
            for post in results:
                failures = 0 if arrived(post) else failures + 1
            if held is not None and (failures or held.failures):
                self._note(pk, results)

    def _note(self, pk: str, results: list[Post]) -> None:
        rows = Endpoint.objects.everywhere(reason="a sender serves the whole installation")
        held = rows.select_for_update(of=("self",)).filter(pk=pk).first()
        if held is None:
            return
        since = held.failing_since
        for post in results:
            good = arrived(post)
            held.failures = 0 if good else held.failures + 1
            since = None if good else since or clock.now()
        held.failing_since = since
        rows.note(pk, held.failures, since)
        if pk in self.endpoints:
            self.endpoints[pk].failures = held.failures
        with scope.use(company_id=held.company_id, location_id=held.location_id):
            if any(post.answer and post.answer.status == 410 for post in results):
                held.give_up("gone", "The receiver answered 410: it wants no more.")
            elif held.failures >= FAILURES and since and (clock.now() - since).total_seconds() >= FAILING_FOR:
                held.give_up("failing", f"{held.failures} deliveries in a row failed, over more than an hour.")


def request(one: Claimed, endpoint: Endpoint, key: SigningKey) -> tuple[bytes, dict[str, str]]:
    """The bytes and the headers of one attempt. Every attempt has its own timestamp and signatures."""
    timestamp = clock.iso(one.sent_at)
    assert timestamp
    body = bodies.body(one.payload, one.id, timestamp)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "X-HoopAI-Event": one.event,
        "X-HoopAI-Delivery": one.id,
        "X-HoopAI-Sequence": str(one.sequence),
        "X-HoopAI-Attempt": str(one.attempts),
    }
    if one.is_test:
        headers["X-HoopAI-Test"] = "1"
    return body, {**headers, **signing.signatures(body, key, endpoint)}


def arrived(post: Post) -> bool:
    return post.answer is not None and retrying.is_success(post.answer.status)


def outcome(post: Post) -> Outcome:
    """What becomes of a delivery after this attempt."""
    one: Claimed = post.key
    status = post.answer.status if post.answer else None
    error = post.error
    next_at, state = None, "delivered"
    if not retrying.is_success(status):
        asked = post.answer.headers.get("Retry-After", "") if post.answer else ""
        wait = None if one.is_test else retrying.delay(one.attempts, status, asked, post.is_refused)
        state, next_at = ("dead", None) if wait is None else ("waiting", clock.now() + wait)
        error = error or sentence(status)
    answer = post.answer.body.decode("utf-8", "replace").replace("\x00", "")[:KEPT] if post.answer else ""
    milliseconds = round(post.seconds * 1000)
    attempt: dict[str, Any] = {"at": clock.iso(one.sent_at), "ms": milliseconds, "status": status}
    if error:
        attempt["error"] = error
    return Outcome(one, state, next_at, status, answer, error[:300], milliseconds, attempt)


def sentence(status: int | None) -> str:
    """What an answer that is no success means, in words."""
    if status is not None and 300 <= status < 400:
        return f"The receiver answered {status}: redirects are not followed."
    if status == 429:
        return "The receiver answered 429: too many requests."
    return f"The receiver answered {status}."


def run(seconds: float = 50.0, beat: Callable[[], None] = lambda: None) -> int:
    """Send what is due. Returns how many attempts were made."""
    return Sender().run(seconds, beat)
