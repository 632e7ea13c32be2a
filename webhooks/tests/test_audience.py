"""Who hears of what: locations, apps, scopes, default addresses, other tenants."""

from __future__ import annotations

import pytest

from accounts import current
from billing.tests import make as billing
from contacts import bulk
from contacts.models import Contact
from contacts.tasks import bulk as tasks
from contacts.tests import make
from core import scope
from core.errors import Invalid, LimitReached
from journal.models import Entry
from journal.tasks import hand_over
from oauth.models import App, Install
from webhooks.models import Delivery, Endpoint, Line


def deliveries() -> list[tuple[str, str]]:
    rows = Delivery.objects.everywhere(reason="test").order_by("pk")
    return [(row.endpoint.name, row.event) for row in rows.select_related("endpoint")]


@pytest.fixture
def app(cast, receiver):
    return App.register(
        "Sync", ["https://app.example.com/callback"], ["contacts.readonly", "users.readonly"], cast.company
    )[0]


def endpoint(name, **options):
    options.setdefault("every_event", not options.get("chosen"))
    return Endpoint.add(f"https://example.com/{name}", name=name, **options)


def test_an_endpoint_of_a_location_hears_of_that_location_only(cast, as_, key):
    endpoint("here")
    hand_over()
    Delivery.objects.all().delete()
    make.contact("Ann")
    with as_(cast.alice, cast.elsewhere):
        make.contact("Ben")
    with as_(cast.charlie, cast.globex_location):
        make.contact("Xavier")
    hand_over()
    assert deliveries() == [("here", "ContactCreate")]
    assert "Ann" in Delivery.objects.get().payload


def test_another_tenant_sees_neither_endpoints_nor_deliveries(cast, as_, receiver):
    endpoint("here")
    make.contact("Ann")
    hand_over()
    assert Delivery.objects.count() == 1
    with as_(cast.charlie, cast.globex_location):
        assert not Endpoint.objects.exists() and not Delivery.objects.exists()
    with scope.fresh(), pytest.raises(scope.NoLocation):
        Delivery.objects.count()


def test_an_app_hears_only_where_it_is_installed(cast, as_, app):
    endpoint("app", app=app, is_default=True)
    Install.put(app, cast.company, cast.location, cast.alice, ["contacts.readonly"])
    hand_over()
    Line.objects.all().delete()
    Delivery.objects.everywhere(reason="test").delete()
    make.contact("Ann")
    with as_(cast.alice, cast.elsewhere):
        make.contact("Ben")
    hand_over()
    assert deliveries() == [("app", "ContactCreate")]
    assert f'"appId":"{app.app_id}"' in Delivery.objects.get().payload


def test_an_app_hears_only_what_its_install_has_the_scope_for(cast, app):
    endpoint("app", app=app, is_default=True)
    install = Install.put(app, cast.company, cast.location, cast.alice, ["users.readonly"])
    make.contact("Ann")
    hand_over()
    assert deliveries() == [("app", "INSTALL")]
    install.change(scopes=["contacts.readonly"])
    make.contact("Ben")
    hand_over()
    assert deliveries() == [("app", "INSTALL"), ("app", "ContactCreate")]


def test_an_app_that_was_removed_hears_that_and_nothing_after(cast, app):
    endpoint("app", app=app, is_default=True)
    Install.put(app, cast.company, cast.location, cast.alice, ["contacts.readonly"]).uninstall()
    make.contact("Ann")
    hand_over()
    assert deliveries() == [("app", "INSTALL"), ("app", "UNINSTALL")]


def test_an_event_with_an_address_of_its_own_does_not_go_to_the_default_one(cast, app):
    endpoint("default", app=app, is_default=True)
    endpoint("tags", app=app, chosen=["ContactTagUpdate"])
    Install.put(app, cast.company, cast.location, cast.alice, ["contacts.readonly"])
    make.contact("Ann", tags=("vip",))
    hand_over()
    assert sorted(deliveries()) == [
        ("default", "ContactCreate"), ("default", "ContactUpdate"), ("default", "INSTALL"), ("tags", "ContactTagUpdate"),
    ]  # fmt: skip


def test_an_event_that_was_switched_off_is_not_sent(cast, key):
    endpoint("notes", chosen=["NoteCreate"])
    make.note(make.contact("Ann"))
    hand_over()
    assert deliveries() == [("notes", "NoteCreate")]


def test_an_app_of_another_company_hears_nothing(cast, as_, key):
    theirs, _ = App.register("Theirs", ["https://app.example.com/callback"], ["contacts.readonly"], cast.globex)
    endpoint("theirs", app=theirs, is_default=True)
    with as_(cast.charlie, cast.globex_location):
        Install.put(theirs, cast.globex, cast.globex_location, cast.charlie, ["contacts.readonly"])
    make.contact("Ann")
    hand_over()
    assert deliveries() == [("theirs", "INSTALL")]


def test_a_bulk_statement_is_told_of_one_by_one(cast, drain, as_, key):
    row = endpoint("tags", chosen=["ContactTagUpdate"])
    rows = [make.contact(f"Ann {number}") for number in range(12)]
    action = bulk.start(
        "add_tags",
        Contact.objects.filter(pk__in=[one.pk for one in rows]),
        params=bulk.tag_params(["vip"], create=True),
    )
    tasks.run.run(action.pk)
    hand_over()
    assert set(Delivery.objects.filter(endpoint=row).values_list("resource_id", flat=True)) == {one.pk for one in rows}


def test_without_anybody_listening_nothing_is_made(cast, key):
    make.contact("Ann")
    hand_over()
    assert not Delivery.objects.exists() and not Entry.objects.filter(handed_over_at=None).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "example.com", "every_event": True}, "url"), ({"url": "http://example.com", "every_event": True}, "url"),
        ({"url": "ftp://example.com", "every_event": True}, "url"), ({"url": "https://a@example.com", "every_event": True}, "url"),
        ({"url": "https://example.com/#part", "every_event": True}, "url"), ({"url": "https://example.com"}, "events"),
        ({"url": "https://example.com", "chosen": ["Nonsense"]}, "events"),
        ({"url": "https://example.com", "every_event": True, "secret": "x" * 201}, "secret"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_endpoint_is_refused_by_name_and_nothing_is_kept(cast, values, field):
    with pytest.raises(Invalid) as refusal:
        Endpoint.add(values.pop("url"), **values)
    assert set(refusal.value.errors) == {field}
    assert not Endpoint.objects.exists() and not Entry.objects.filter(verb="webhook.created").exists()


def test_the_secret_is_kept_sealed_and_changes_only_when_it_is_named(cast):
    row = endpoint("here", secret="open sesame")
    assert "open sesame" not in row.secret and row.secret_text == "open sesame"
    row.edit(name="There")
    row.refresh_from_db()
    assert row.secret_text == "open sesame" and row.name == "There"
    row.edit(secret="")
    assert row.secret_text == "" and "secret" not in str(Entry.objects.filter(subject_id=row.pk).values_list("changes"))


def test_an_app_has_one_default_address(cast, app):
    endpoint("default", app=app, is_default=True)
    with pytest.raises(Invalid):
        endpoint("second", app=app, is_default=True)
    assert Endpoint.of_app(app.pk).count() == 1


def test_the_plan_says_how_many_there_may_be(cast):
    billing.subscription(cast.company, webhook_endpoints=1)
    row = endpoint("one")
    with pytest.raises(LimitReached):
        endpoint("two")
    assert Endpoint.objects.count() == 1
    row.delete_it()
    endpoint("two")
    with current.at(cast.elsewhere), pytest.raises(LimitReached):
        endpoint("three")
