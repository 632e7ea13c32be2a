import json
import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts import current
from accounts.models import Company, Location, Membership, User
from contacts.filters import tree
from contacts.models import Contact, Note, SmartList, Task
from core import clock, scope
from core.phones import e164
from hoopai.demo import company, load
from hoopai.demo.phones import de, fr, gb, se, us
from journal import timeline
from journal.models import Entry
from objects import values
from objects.models import CustomField


@pytest.fixture
def small(monkeypatch, db):
    monkeypatch.setitem(load.SIZES, "studio", 150)
    monkeypatch.setitem(load.SIZES, "lisbon", 80)
    with scope.fresh():
        yield


def told(*arguments):
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_the_demo_loads_once_and_tells_who_can_sign_in(small, client):
    first = json.loads(told("--json"))
    assert json.loads(told("--json")) == first
    assert Company.objects.count() == 1
    assert [place["name"] for place in first["locations"]] == ["Brightwater Studio", "Brightwater Lisbon"]
    assert len(first["sign_ins"]) == 7 and first["sign_ins"][0]["role"].startswith("Agency admin")
    for person in first["sign_ins"]:
        answer = client.post("/account/sign-in", {"email": person["email"], "password": person["password"]})
        assert answer.status_code == 302, person
        client.post("/account/sign-out")
    assert {"contactId", "noteId", "taskId", "tagId", "customFieldId", "businessId", "userId"} <= first["ids"].keys()
    assert "Ada Lindqvist" in told()


def test_everything_in_the_demo_is_valid_and_belongs_together(small):
    load.load()
    for place in Location.objects.everywhere(reason="a test of it"):
        with current.at(place):
            team = set(Membership.objects.values_list("user_id", flat=True))
            contacts = list(Contact.objects.all())
            fields = {field.pk: field for field in CustomField.objects.all()}
            for contact in contacts:
                contact.clean_fields(exclude=["location", "business", "assigned_to", "name_folded", "search"])
                contact.clean()
                assert contact.date_added <= contact.last_activity_at <= clock.now()
                assert contact.assigned_to_id is None or contact.assigned_to_id in team
                assert set(contact.followers) <= team
                assert all(values.clean(fields[key], value) == value for key, value in contact.custom.items())
            for held in ("email", "phone"):
                assert max(Counter(getattr(row, held) for row in contacts if getattr(row, held)).values()) == 1
            for smart_list in SmartList.objects.all():
                tree.parse(smart_list.filters)
            assert Task.objects.filter(completed=False, due_at__lt=clock.now()).exists()
            assert Task.objects.filter(completed=False, due_at__gt=clock.now()).exists()
            assert not Task.objects.filter(completed=True, completed_at__lt=F("date_added")).exists()
            assert Contact.objects.trashed().exists() and Note.objects.filter(pinned=True).exists()


def test_the_demos_history_reads_like_one_and_waits_for_nobody(small):
    load.load()
    entries = Entry.objects.everywhere(reason="a test of it")
    assert not entries.filter(handed_over_at=None).exists()
    ids = list(entries.order_by("pk").values_list("pk", "at"))
    assert all(pk >= timeline.first_id(at) for pk, at in ids)
    assert (clock.now() - min(at for _, at in ids)).days > 500
    with current.at(Location.objects.everywhere(reason="a test of it").order_by("pk")[0]):
        note = Note.objects.order_by("pk").last()
        lines = timeline.page(note.contact_id).lines
    assert lines[-1].sentence == "added the contact" and {"wrote a note"} <= {line.sentence for line in lines}


def test_the_demos_phone_numbers_are_numbers_that_nobody_has():
    ranges = {
        us: r"\+1\d{3}55501\d\d",
        gb: r"\+447700900\d{3}",
        fr: r"\+3363998\d{4}",
        de: r"\+493023125\d{3}",
        se: r"\+468465004\d\d",
    }
    for make, pattern in ranges.items():
        for number in (0, 7, 99, 512, 999):
            assert re.fullmatch(pattern, make(number)) and e164(make(number)) == make(number)


def test_a_password_that_everybody_knows_is_kept_off_installations_that_others_can_reach(small, settings):
    settings.SECURE = True
    with pytest.raises(CommandError, match="--force"):
        told()
    assert not Company.objects.exists()
    told("--force")
    assert User.objects.everywhere(reason="a test of it").filter(email=company.OPERATOR, is_staff=True).exists()
