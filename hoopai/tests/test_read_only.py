"""An account that may only read: its pages, its API, its verbs and its jobs. And back again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import locations, standing
from contacts import documents
from contacts.models import Contact, Document, Tag, Task
from contacts.tasks import recurring, trash
from contacts.tests import make
from core import access, clock, scope
from core.access import AccountReadOnly
from core.pages import link
from core.tasks import task
from journal.models import Entry
from oauth.tests.make import api

UNTIL = dt.datetime(2030, 5, 4, 15, tzinfo=dt.UTC)


@pytest.fixture
def ann(cast) -> Contact:
    return make.contact("Ann")


@pytest.fixture
def client(cast):
    return api(cast.location)


@pytest.fixture
def agency(cast):
    return api(company=cast.company)


@pytest.fixture
def frozen(cast, ann, client, agency) -> Contact:
    """Ann, in an account that became read-only after the tokens were made."""
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended", delete_after=UNTIL)
    return ann


@task
def tag_everybody() -> None:
    """A job such as any app has: it writes by a verb."""
    for one in Contact.objects.live():
        one.tag(["late"])


def test_accounts_093_the_api_reads_and_refuses_every_write_with_a_code_a_reason_and_a_date(cast, frozen, client):
    assert client.get(f"/contacts/{frozen.pk}").status_code == 200
    found = client.post("/contacts/search", {"locationId": cast.location.pk, "pageLimit": 5})
    assert found.status_code == 200 and found.json()["total"] == 1
    before = Entry.objects.count()
    for method, path, body in (
        ("post", "/contacts/", {"locationId": cast.location.pk, "firstName": "Zed"}),
        ("put", f"/contacts/{frozen.pk}", {"firstName": "Zed"}),
        ("delete", f"/contacts/{frozen.pk}", None),
        ("post", f"/contacts/{frozen.pk}/notes", {"body": "Hello"}),
    ):
        answer = getattr(client, method)(path, body) if body is not None else getattr(client, method)(path)
        assert answer.status_code == 403, (method, path, answer.content)
        told = answer.json()
        assert (told["error"], told["reason"]) == ("account_read_only", "suspended")
        assert told["deleteAfter"].startswith("2030-05-04") and "4 May 2030" in told["message"]
    assert Entry.objects.count() == before and Contact.objects.get().first_name == "Ann"


def test_accounts_093_an_agencys_token_is_refused_as_well(cast, frozen, agency):
    answer = agency.post("/objects/", {"locationId": cast.location.pk, "labels": {"singular": "Pet", "plural": "Pets"}})
    assert answer.status_code == 403 and answer.json()["error"] == "account_read_only"
    assert agency.get(f"/locations/{cast.location.pk}").status_code == 200


def test_accounts_092_pages_open_say_why_and_offer_nothing_that_writes(cast, frozen, browse):
    client = browse(cast.alice)
    page = client.get(link("contacts:show", frozen.pk))
    told = page.content.decode()
    assert page.status_code == 200 and "Read only" in told and "a payment is overdue" in told and "4 May 2030" in told
    assert client.get(link("contacts:list")).status_code == 200
    refused = client.post(link("contacts:compose", frozen.pk), {"kind": "note", "body": "Hello"})
    assert refused.status_code == 403 and "suspended" in refused.content.decode()
    assert client.post(link("contacts:create"), {"first_name": "Zed"}).status_code == 403
    assert Contact.objects.count() == 1


def test_accounts_092_another_company_is_not_touched(cast, frozen, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        assert access.is_full() and make.contact("Gil").pk


def test_accounts_092_a_verb_refuses_and_its_transaction_leaves_nothing(cast, frozen):
    with pytest.raises(AccountReadOnly):
        frozen.tag(["late"])
    with pytest.raises(AccountReadOnly):
        make.contact("Zed")
    assert Contact.objects.count() == 1 and not Tag.objects.exists()


def test_accounts_092_a_job_is_left_alone_and_harms_nothing(cast, frozen):
    done = tag_everybody.apply(headers={"scope": scope.pack()})
    assert done.successful()
    frozen.refresh_from_db()
    assert frozen.tags == []


def test_accounts_092_security_is_never_blocked(cast, frozen, as_):
    with as_(cast.alice):
        from_bob = cast.bob.memberships.get(location=cast.location)
        from_bob.remove()
        assert not cast.bob.memberships.filter(location=cast.location).exists()


def test_accounts_006_everything_works_again_with_all_data_after_the_account_is_let_go(cast, frozen, browse, client):
    standing.set_standing(cast.company, access.FULL)
    frozen.tag(["back"])
    page = browse(cast.alice).get(link("contacts:show", frozen.pk)).content.decode()
    assert "Read only" not in page
    assert client.put(f"/contacts/{frozen.pk}", {"firstName": "Anna"}).status_code == 200


def test_a_closed_account_opens_to_nobody(cast, ann, browse):
    standing.set_standing(cast.company, access.NONE, reason="deleting")
    page = browse(cast.alice).get(link("contacts:list"))
    assert page.status_code == 403 and "being deleted" in page.content.decode()


LOOK_EVERYWHERE = (recurring.generate, recurring.tell_of_due, recurring.empty_documents, trash.empty)


@pytest.fixture
def two_companies_with_work(cast, as_):
    """In Acme and in Globex: a task and a repeating task that fall due tomorrow, a contact and a document in the trash.
    Acme's came first."""
    for person, place in ((cast.alice, cast.location), (cast.charlie, cast.globex_location)):
        with as_(person, place):
            kept = make.contact("Kim")
            make.task(kept)
            make.recurring_task(kept)
            make.contact("Old").trash()
            (paper,) = documents.upload(kept, [SimpleUploadedFile("paper.txt", b"words", "text/plain")])
            paper.trash()


def late_work_of(place) -> tuple[int, int, int, int]:
    """Tasks nobody was told of, tasks that a repeating one made, contacts and documents in the trash."""
    tasks = Task.objects.everywhere(reason="test").filter(location=place)
    trashed = Contact.objects.everywhere(reason="test").filter(location=place).exclude(deleted_at=None)
    papers = Document.objects.everywhere(reason="test").filter(location=place).exclude(deleted_at=None)
    untold = tasks.filter(rule=None, is_due_told=False)
    return untold.count(), tasks.exclude(rule=None).count(), trashed.count(), papers.count()


@pytest.mark.parametrize("stop", ["freeze", "suspend", "delete"])
def test_accounts_092_work_left_alone_in_one_account_keeps_no_other_waiting(cast, two_companies_with_work, stop):
    if stop == "freeze":
        standing.set_standing(cast.company, access.READ_ONLY, reason="suspended", delete_after=UNTIL)
    else:
        getattr(locations, stop)(cast.location)
    before = late_work_of(cast.location)
    for days in (2, 31):
        with clock.moved(dt.timedelta(days=days)), scope.fresh():
            for job in LOOK_EVERYWHERE:
                job.run()
    assert late_work_of(cast.location) == before == (1, 0, 1, 1)
    untold, made, *trashed = late_work_of(cast.globex_location)
    assert (untold, trashed) == (0, [0, 0]) and made > 0
