import datetime as dt

import pytest
from django.urls import reverse

from accounts import locations
from accounts.models import Location, Session, User
from accounts.tests import make
from billing.tests.make import subscription
from core import clock
from core.errors import Refused
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api

NEW = {"name": "Acme South", "country": "PT", "timezone": "Europe/Lisbon"}


@pytest.fixture
def ada(cast):
    return make.user(cast.company, "Ada", agency_role="admin")


def page(name, *args):
    return reverse(f"agency:{name}", args=args)


def fresh(place):
    return Location.objects.everywhere(reason="a test of it").get(pk=place.pk)


def test_only_admins_of_the_agency_open_its_pages(cast, browse, ada):
    for name in ("locations", "location_create", "people", "person_create"):
        assert browse(ada).get(page(name)).status_code == 200
        assert browse(cast.alice).get(page(name)).status_code == 403
    assert browse(cast.alice).post(page("suspend", cast.elsewhere.pk)).status_code == 403
    assert fresh(cast.elsewhere).suspended_at is None


def test_the_list_holds_the_companys_locations_and_nobody_elses(cast, browse, ada):
    shown = browse(ada).get(page("locations"))
    assert [place.name for place in shown.context["open"]] == ["Acme East", "Acme Main"]
    assert [place.people for place in shown.context["open"]] == [1, 3]
    for name in ("suspend", "reactivate", "location_delete", "restore"):
        assert browse(ada).post(page(name, cast.globex_location.pk), {"name": "Globex Main"}).status_code == 404
    assert fresh(cast.globex_location).is_active and fresh(cast.globex_location).suspended_at is None


def test_a_location_is_opened_within_the_plan(cast, browse, ada):
    subscription(cast.company, locations=3)
    assert browse(ada).post(page("location_create"), NEW).status_code == 302
    place = Location.objects.get(name="Acme South")
    assert (place.company_id, place.timezone) == (cast.company.pk, "Europe/Lisbon")
    answer = browse(ada).post(page("location_create"), {**NEW, "name": "Fourth"})
    assert answer.status_code == 422 and "3 locations" in str(answer.context["form"].errors)
    assert not Location.objects.filter(name="Fourth").exists()
    assert browse(ada).get(f"/l/{place.pk}/contacts/").status_code == 200


def test_a_suspended_location_signs_its_people_out_and_lets_only_agency_admins_in(cast, browse, ada):
    dora, alice = browse(cast.dora), browse(cast.alice)
    token = api(cast.location)
    assert dora.get(link("contacts:list")).status_code == 200
    assert browse(ada).post(page("suspend", cast.location.pk)).status_code == 302
    assert dora.get(link("contacts:list")).status_code == 302
    assert not Session.objects.filter(user=cast.dora).exists()
    refused = alice.get(link("contacts:list"))
    assert refused.status_code == 403 and b"suspended" in refused.content  # signed in: she works elsewhere too
    assert alice.get(f"/l/{cast.elsewhere.pk}/contacts/").status_code == 200
    assert browse(ada).get(link("contacts:list")).status_code == 200
    assert token.get("/contacts/", {"locationId": cast.location.pk}).status_code == 401
    assert browse(ada).post(page("reactivate", cast.location.pk)).status_code == 302
    assert browse(cast.dora).get(link("contacts:list")).status_code == 200
    verbs = Entry.objects.filter(subject_id=cast.location.pk).values_list("verb", flat=True)
    assert {"location.suspended", "location.reactivated"} <= set(verbs)


def test_a_location_is_deleted_with_its_name_typed_and_can_be_brought_back_for_seven_days(
    cast, browse, ada, monkeypatch
):
    admin, place = browse(ada), cast.elsewhere
    for name in ("", "acme", "Acme Main"):
        assert admin.post(page("location_delete", place.pk), {"name": name}).status_code == 422
    assert fresh(place).is_active
    assert admin.post(page("location_delete", place.pk), {"name": "Acme East"}).status_code == 302
    assert not fresh(place).is_active
    assert browse(cast.alice).get(f"/l/{place.pk}/contacts/").status_code == 404
    assert [row.name for row in admin.get(page("locations")).context["deleted"]] == ["Acme East"]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=7, seconds=1))
    with pytest.raises(Refused, match="7 days"):
        locations.restore(fresh(place))
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=6, hours=23))
    locations.restore(fresh(place))
    assert fresh(place).is_active and fresh(place).delete_after is None


def test_the_only_location_is_not_deleted(cast, browse, ada):
    locations.delete(cast.elsewhere)
    answer = browse(ada).post(page("location_delete", cast.location.pk), {"name": "Acme Main"})
    assert answer.status_code == 422 and fresh(cast.location).is_active


def test_somebody_is_taken_on_in_the_agency_and_told_by_mail(cast, browse, ada, drain, mailoutbox):
    sent = {"email": "nina@example.com", "first_name": "Nina", "agency_role": "user"}
    with drain():
        assert browse(ada).post(page("person_create"), sent).status_code == 302
    assert User.objects.get(email="nina@example.com").agency_role == "user"
    assert [mail.to for mail in mailoutbox] == [["nina@example.com"]]
    assert browse(ada).post(page("person_create"), sent).status_code == 422


def test_the_last_admin_of_the_agency_stays_and_nobody_changes_themselves(cast, browse, ada):
    eve = make.user(cast.company, "Eve", agency_role="admin")
    assert browse(ada).post(page("off", ada.pk)).status_code == 400
    assert browse(ada).post(page("role", ada.pk), {"role": ""}).status_code == 400
    assert browse(ada).post(page("role", eve.pk), {"role": "user"}).status_code == 302
    assert browse(ada).post(page("off", cast.alice.pk)).status_code == 400  # the last admin of a location
    assert browse(ada).post(page("off", cast.dora.pk)).status_code == 302
    assert not User.objects.get(pk=cast.dora.pk).is_active and User.objects.get(pk=cast.alice.pk).is_active
    assert browse(ada).post(page("on", cast.dora.pk)).status_code == 302
    assert User.objects.get(pk=cast.dora.pk).is_active
    assert browse(ada).post(page("off", cast.charlie.pk)).status_code == 404
    assert browse(ada).post(page("role", cast.charlie.pk), {"role": "admin"}).status_code == 404
