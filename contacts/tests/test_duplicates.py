"""Looking for duplicates: what is proposed, what is not, and what people say about it."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Location
from contacts.merging import folding, groups, scanning
from contacts.merging.likeness import Card, likeness
from contacts.models import Contact, Distinct, DuplicateGroup, DuplicatePair, DuplicateScan, Merge
from contacts.tasks.duplicates import wake_scans
from contacts.tests import make
from core import clock, scope
from core.errors import Refused
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api


def scanned():
    scan = scanning.begin(None)
    assert scanning.run(scan)
    return scan


def found(kind):
    """What the last scan proposes: a list of sets of first names."""
    rows, _ = groups.page(groups.shown_scan(), kind)
    return [{one.first_name for one in row.contacts} for row in rows]


def test_equal_primary_emails_phones_and_names_are_proposed(cast):
    make.contact("A", email="a@x.test")
    make.contact("B", email="a@x.test")
    make.contact("C", phone="+12125550101")
    make.contact("D", phone="+12125550101")
    make.contact("Zoë", last_name="Müller")
    make.contact("zoe", last_name="MULLER")
    make.contact("Zoë")
    make.contact("Zoe")
    scan = scanned()
    assert found("email") == [{"A", "B"}] and found("phone") == [{"C", "D"}] and found("name") == [{"Zoë", "zoe"}]
    assert scan.counts["email"] == 1 and scan.counts["contacts"] == 8 and scan.status == "completed"


def test_contacts_096_a_shared_secondary_email_is_not_proposed(cast):
    make.contact("A", email="a@x.test", more_emails=["s@x.test"])
    make.contact("B", email="b@x.test", more_emails=["s@x.test"])
    make.contact("C", email="s@x.test")
    scanned()
    assert found("email") == []


def test_contacts_097_a_rejected_pair_does_not_appear_again(cast, browse):
    one, two = make.contact("A", email="a@x.test"), make.contact("B", email="a@x.test")
    scanned()
    answer = browse(cast.alice).post(link("contacts:duplicates_reject"), {"ids": [one.pk, two.pk]})
    assert answer.status_code == 302 and found("email") == []
    scanned()
    assert found("email") == []
    make.contact("C", email="a@x.test")
    scanned()
    proposed = found("email")
    assert {"A", "C"} in proposed and not any({"A", "B"} <= group for group in proposed)
    Distinct.objects.get().remove()
    scanned()
    assert found("email") == [{"A", "B", "C"}]


def test_a_rejected_pair_that_is_merely_similar_does_not_appear_either(cast):
    one = make.contact("Jonathan", last_name="Miller", email="jonathan.miller@mail.test")
    two = make.contact("Jonathon", last_name="Miller", email="jonathan.miler@mail.test")
    scanned()
    assert found("similar") == [{"Jonathan", "Jonathon"}]
    groups.reject([one, two], cast.alice.pk)
    assert found("similar") == []
    scanned()
    assert found("similar") == [] and not DuplicatePair.objects.exists()


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (
            ("ann miller", "ann.miller@x.test", "", ""),
            ("anne miller", "ann.miler@x.test", "", ""),
            "e-mail with a typing",
        ),
        (
            ("ann miller", "ann.miller@gmail.com", "", ""),
            ("ann miler", "ann.miller@gmial.com", "", ""),
            "e-mail with a",
        ),
        (("ann miller", "", "+12125550101", ""), ("ann miler", "", "+12125550107", ""), "one digit different"),
        (("ann miller", "", "+12125550101", ""), ("ann miler", "", "+442125550101", ""), "another code"),
        (("ann miller", "", "", "acme"), ("ann miler", "", "", "acme"), "same company"),
        (("ann miller", "", "", ""), ("miller ann", "", "", ""), "another order"),
        (("", "info@x.test", "", ""), ("", "infos@x.test", "", ""), ""),
        (("ann miller", "", "", ""), ("ann miler", "", "", ""), None),
        (("ann miller", "ann1@x.test", "", ""), ("ann miler", "ann2@x.test", "", ""), None),
        (("ann miller", "", "+12125550101", ""), ("bob stone", "", "+12125550102", ""), None),
        (("ann miller", "a@x.test", "", ""), ("ann miler", "a@x.test", "", ""), None),
        (("", "", "", ""), ("", "", "", ""), None),
    ],
)
def test_likeness_takes_two_signs_and_is_symmetric(one, two, expected):
    first, second = Card("1", *one), Card("2", *two)
    held = likeness(first, second)
    assert held == likeness(second, first)
    if expected is None:
        assert held is None
    elif held is not None or expected:
        assert held is not None and expected in held.reason and 0 < held.score < 100


def test_similar_contacts_are_proposed_with_a_score_and_a_reason(cast):
    make.contact("Jonathan", last_name="Miller", email="jonathan.miller@mail.test", phone="+12125550101")
    make.contact("Jonathon", last_name="Miller", email="jonathan.miler@mail.test", phone="+12125550107")
    make.contact("Somebody", last_name="Else", email="somebody@mail.test", phone="+13125559999")
    scanned()
    rows, _ = groups.page(groups.shown_scan(), "similar")
    assert [row.row.score for row in rows] and rows[0].row.reason == "Similar name, e-mail and phone"
    assert found("similar") == [{"Jonathan", "Jonathon"}]


def test_the_trash_other_locations_and_merged_contacts_are_left_out(cast, as_):
    make.contact("A", email="a@x.test")
    make.contact("B", email="a@x.test").trash()
    with as_(cast.charlie, cast.globex_location):
        make.contact("X", email="a@x.test")
        make.contact("Y", email="a@x.test")
    scanned()
    assert found("email") == []


def test_what_was_merged_or_changed_since_is_no_longer_shown(cast):
    one, two = make.contact("A", email="a@x.test"), make.contact("B", email="a@x.test")
    make.contact("C", email="c@x.test")
    last = make.contact("D", email="c@x.test")
    scanned()
    last.change(email="d@x.test")
    assert found("email") == [{"A", "B"}]
    two.trash()
    assert found("email") == []
    two.restore()
    folding.merge([one.pk, two.pk], one.pk)
    assert found("email") == [] and DuplicateGroup.objects.filter(kind="email").count() == 1


def test_a_restricted_person_sees_groups_of_what_they_see(cast, as_):
    make.contact("A", email="a@x.test", assigned_to=cast.bob)
    make.contact("B", email="a@x.test", followers=[cast.bob.pk])
    make.contact("C", email="a@x.test")
    make.contact("D", email="d@x.test", assigned_to=cast.bob)
    make.contact("E", email="d@x.test")
    scanned()
    with as_(cast.bob):
        assert found("email") == [{"A", "B"}]


def test_one_scan_at_a_time(cast):
    scan = scanning.begin(None)
    with pytest.raises(Refused):
        scanning.begin(None)
    scan.cancel()
    scanning.begin(None)
    assert DuplicateScan.objects.count() == 2


def test_a_stopped_scan_stops_and_keeps_what_it_had_found(cast):
    make.contact("A", email="a@x.test")
    make.contact("B", email="a@x.test")
    scan = scanning.begin(None)
    assert not scanning.run(scan, seconds=0)
    assert scan.done == 1
    DuplicateScan.objects.get(pk=scan.pk).cancel()
    assert scanning.run(scan)
    held = DuplicateScan.objects.get(pk=scan.pk)
    assert held.status == "cancelled" and held.done < len(scanning.STAGES) and found("email") == [{"A", "B"}]


def test_a_scan_goes_on_where_a_crash_left_it_and_finds_the_same(cast):
    for number in range(4):
        make.contact("Jonathan", last_name="Miller", email=f"jonathan{'n' * number}@mail.test")
    whole = scanned()
    scan = scanning.begin(None)
    turns = 0
    while not scanning.run(DuplicateScan.objects.get(pk=scan.pk), seconds=0):
        turns += 1
    assert turns == len(scanning.STAGES) - 1
    assert DuplicateScan.objects.get(pk=scan.pk).counts == whole.counts


def test_a_silent_scan_is_woken(cast, drain):
    scan = scanning.begin(None)
    with scope.fresh():
        assert wake_scans() == 0
    with clock.moved(dt.timedelta(minutes=4)), drain(), scope.fresh():
        assert wake_scans() == 1
    assert DuplicateScan.objects.get(pk=scan.pk).status == "completed"


def test_at_most_the_given_number_of_groups_is_kept(cast):
    for number in range(6):
        make.contact("A", email=f"{number // 2}@x.test")
    scan = scanning.begin(None)
    scanning.run(scan, most=2)
    assert DuplicateGroup.objects.filter(kind="email").count() == 2


def test_the_pages_search_show_and_merge(cast, browse, drain):
    one = make.contact("Ann", email="a@x.test", city="Rome")
    two = make.contact("Anna", email="a@x.test", city="Paris")
    client = browse(cast.alice)
    assert b"Search for duplicates" in client.get(link("contacts:duplicates")).content
    with drain():
        assert client.post(link("contacts:duplicates_scan")).status_code == 302
    page = client.get(link("contacts:duplicates")).content.decode()
    assert "Ann" in page and "a@x.test" in page
    group = DuplicateGroup.objects.get(kind="email")
    page = client.get(link("contacts:merge"), {"group": group.pk}).content.decode()
    assert "Merge 2 contacts" in page and "Group 1 of 1" in page and "Paris" in page
    given = {"ids": f"{one.pk},{two.pk}", "master": one.pk, "pick:city": two.pk, "group": group.pk, "kind": "email"}
    answer = client.post(link("contacts:merge_run"), given)
    assert answer.status_code == 422 and not Merge.objects.exists()
    answer = client.post(link("contacts:merge_run"), given | {"confirmed": "1"})
    assert answer.status_code == 302 and Contact.objects.live().get().city == "Paris"
    done = client.get(answer["Location"]).content.decode()
    assert "2 contacts are one" in done and "Undo the merge" in done
    assert "Anna" in client.get(link("contacts:merges")).content.decode()
    settled = client.get(link("contacts:merge"), {"group": group.pk})
    assert settled.status_code == 302 and settled["Location"] == link("contacts:duplicates")


def test_too_many_addresses_are_asked_for_on_the_page(cast, browse):
    ann = make.contact("Ann", email="a0@x.test", more_emails=[f"a{n}@x.test" for n in range(1, 8)])
    anna = make.contact("Anna", email="b0@x.test", more_emails=[f"b{n}@x.test" for n in range(1, 5)])
    client = browse(cast.alice)
    assert "leave out 2" in client.get(link("contacts:merge"), {"ids": f"{ann.pk},{anna.pk}"}).content.decode()
    given = {"ids": f"{ann.pk},{anna.pk}", "master": ann.pk, "confirmed": "1"}
    assert client.post(link("contacts:merge_run"), given | {"drop": ["b4@x.test"]}).status_code == 422
    answer = client.post(link("contacts:merge_run"), given | {"drop": ["b4@x.test", "a7@x.test"]})
    assert answer.status_code == 302 and len(Contact.objects.live().get().emails) == 11


def test_a_selection_of_a_list_leads_to_the_review(cast, browse):
    chosen = [make.contact(f"C{n}").pk for n in range(3)]
    client = browse(cast.alice)
    answer = client.post(link("contacts:merge"), {"ids": chosen})
    assert answer.status_code == 302 and "ids=" in answer["Location"]
    answer = client.post(link("contacts:merge"), {"ids": chosen}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(link("contacts:merge"))
    assert client.post(link("contacts:merge"), {"ids": chosen[:1]}).status_code == 422
    assert client.post(link("contacts:merge"), {"all": "1"}).status_code == 422


@pytest.mark.parametrize("name", ["duplicates", "merge", "merges"])
def test_without_the_ability_nothing_of_it_is_there(cast, browse, name):
    client = browse(cast.dora)
    assert client.get(link(f"contacts:{name}")).status_code == 403
    assert link("contacts:duplicates") not in client.get(link("contacts:list")).content.decode()


def test_a_record_tells_of_a_possible_duplicate(cast, browse, django_assert_max_num_queries):
    one = make.contact("Ann", last_name="Lee", email="a@x.test")
    two = make.contact("Anna", last_name="Lee", email="a@x.test")
    client = browse(cast.alice)
    assert "duplicates-hint" in client.get(link("contacts:show", one.pk)).content.decode()
    hint = client.get(link("contacts:duplicates_hint", one.pk), headers={"HX-Request": "true"}).content.decode()
    assert "Possible duplicate" in hint and "the same e-mail" in hint
    groups.reject([one, two], None)
    hint = client.get(link("contacts:duplicates_hint", one.pk), headers={"HX-Request": "true"}).content.decode()
    assert "Possible duplicate" not in hint


def test_rejecting_can_be_taken_back(cast, browse):
    one, two = make.contact("A", email="a@x.test"), make.contact("B", email="a@x.test")
    client = browse(cast.alice)
    client.post(link("contacts:duplicates_reject"), {"ids": [one.pk, two.pk]})
    client.post(link("contacts:duplicates_reject"), {"ids": [one.pk, two.pk]})
    assert Distinct.objects.count() == 1
    client.post(link("contacts:duplicates_unreject") + f"?ids={one.pk},{two.pk}")
    assert not Distinct.objects.exists()
    verbs = list(Entry.objects.filter(subject_type="distinct_pair").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["distinct_pair.created", "distinct_pair.deleted"]


def test_how_duplicates_are_prevented_is_set_in_the_business_profile(cast, browse):
    page = browse(cast.alice).get(link("settings:profile")).content.decode()
    assert 'id="duplicates"' in page and "Allow duplicate contacts" in page
    assert Location.objects.get(pk=cast.location.pk).match_by == ["email", "phone"]


def test_the_api_finds_a_duplicate_by_the_locations_match_order(cast):
    one, two = make.contact("A", email="a@x.test"), make.contact("B", phone="+12125550101")
    client = api(cast.location)
    asked = {"locationId": cast.location.pk, "email": "A@X.test", "number": "+12125550101"}
    assert client.get("/contacts/search/duplicate", asked).json()["contact"]["id"] == one.pk
    cast.location.change(match_by=["phone", "email"])
    assert client.get("/contacts/search/duplicate", asked).json()["contact"]["id"] == two.pk
    nobody = {"locationId": cast.location.pk, "email": "nobody@x.test"}
    assert client.get("/contacts/search/duplicate", nobody).json()["contact"] is None
