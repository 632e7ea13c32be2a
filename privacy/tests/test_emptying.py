"""A deleted location is emptied after its week, and nothing but what is the account's is left."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import locations
from accounts.models import Location, Membership, User
from accounts.tests.make import location as another
from billing.models import Subscription
from billing.tests import make as billing
from contacts.models import Contact
from contacts.tests import make, one_of_everything
from core import clock
from core.scope import SYSTEM
from journal.models import Entry
from privacy import emptying, tasks
from privacy.tests.test_deletion import tables_that_say


@pytest.fixture
def gone(cast, as_) -> Location:
    """Acme's main location, with a row of nearly everything, deleted a moment ago."""
    world = one_of_everything.build(cast, as_)
    default_storage.save(f"documents/{cast.location.pk}/x/secret", ContentFile(b"secret"))
    with as_(cast.alice, cast.elsewhere):
        make.contact("Zoe Elsewhere")
    assert world.ids["contact"]
    locations.delete(cast.location)
    return cast.location


def after(**by) -> object:
    return clock.moved(dt.timedelta(**by))


def contacts_of(place: Location) -> int:
    return Contact._base_manager.filter(location=place).count()


def test_after_a_week_nothing_of_a_deleted_location_is_left(cast, gone, drain):
    with after(days=7, seconds=1), drain():
        tasks.empty_due.delay()
    assert not Location.objects.everywhere(reason="test").filter(pk=gone.pk).exists()
    assert not default_storage.exists(f"documents/{gone.pk}/x/secret")
    assert set(tables_that_say(gone.pk)) <= {"journal_entry"}  # that it was deleted, in the account's own log
    assert not tables_that_say("ann@example.com")
    told = Entry.objects.everywhere(reason="test").filter(company_id=cast.company.pk, verb="location.emptied").get()
    assert told.facts["name"] == gone.name and told.actor_kind == SYSTEM.kind
    assert contacts_of(cast.elsewhere) == 1 and User.objects.filter(company=cast.company).count() == 3
    assert Membership.objects.everywhere(reason="test").filter(location=cast.elsewhere).exists()


def test_before_the_week_is_over_nothing_is_touched_and_it_can_come_back(cast, gone, drain):
    had = contacts_of(gone)
    with after(days=6, hours=23), drain():
        tasks.empty_due.delay()
        assert contacts_of(gone) == had > 0
        locations.restore(gone)
    with after(days=30), drain():
        tasks.empty_due.delay()
    assert contacts_of(gone) == had and Location.objects.get(pk=gone.pk).is_active


def test_a_legal_hold_keeps_the_location(cast, gone, drain):
    held = billing.paying(cast.company)
    Subscription._base_manager.filter(pk=held.pk).update(is_kept=True)
    had = contacts_of(gone)
    with after(days=8), drain():
        tasks.empty_due.delay()
    assert contacts_of(gone) == had > 0


def test_a_worker_that_stopped_halfway_is_taken_up_where_it_was(cast, gone, monkeypatch):
    monkeypatch.setattr(emptying, "BATCH", 2)
    with after(days=8):
        rounds = 1
        while not emptying.go_on(gone.pk, seconds=0):
            rounds += 1
        assert rounds > 10 and emptying.go_on(gone.pk)
    assert not Location.objects.everywhere(reason="test").filter(pk=gone.pk).exists()


def test_another_companys_location_stays(cast, gone, drain):
    spare = another(cast.globex, "Globex East")
    with after(days=8), drain():
        tasks.empty_due.delay()
    assert Location.objects.everywhere(reason="test").filter(pk__in=[spare.pk, cast.globex_location.pk]).count() == 2
