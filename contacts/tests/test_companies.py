import datetime as dt

import pytest

from contacts import companies
from contacts.models import Business, Contact, FormerContact
from contacts.tasks.companies import empty
from contacts.tests import make
from core import clock, scope
from core.errors import Invalid, Refused
from journal.models import Entry
from objects.definitions import create_field


def fresh(contact):
    return Contact.objects.get(pk=contact.pk)


def test_only_the_name_is_required(cast):
    business = companies.add_business(name=" Bright  Harbor ")
    assert (business.name, business.created_by_id, business.created_via) == ("Bright Harbor", cast.alice.pk, "ui")
    with pytest.raises(Invalid) as refusal:
        companies.add_business(phone="+12125550123")
    assert refusal.value.errors == {"name": "a company needs a name"}


def test_formats_are_checked_all_at_once(cast):
    with pytest.raises(Invalid) as refusal:
        companies.add_business(
            name="x" * 201, phone="abc", email="nobody", website="javascript:alert(1)", country="USA"
        )
    assert set(refusal.value.errors) == {"name", "phone", "email", "website", "country"}
    assert not Business.objects.exists()
    business = companies.add_business(
        name="X", phone="(212) 555-0123", email="Desk@X.test", website="x.test/a", country="us"
    )
    assert (business.phone, business.email, business.country) == ("+12125550123", "desk@x.test", "US")


def test_a_rename_is_written_on_every_contact_with_an_entry_each(cast):
    business = make.business("Old")
    ann, ben, cy = (make.contact(name, business=business, company_name="Old") for name in ("Ann", "Ben", "Cy"))
    other = make.contact("Dee", company_name="Old")
    companies.edit_business(business, name="New")
    assert {fresh(each).company_name for each in (ann, ben, cy)} == {"New"}
    assert fresh(other).company_name == "Old", "text alone is no link"
    entry = Entry.objects.filter(subject_id=ann.pk).latest("pk")
    assert (entry.verb, entry.contact_id, entry.changes) == (
        "contact.updated",
        ann.pk,
        {"company_name": ["Old", "New"]},
    )
    assert list(Contact.objects.search("new")) != [], "search follows"


def test_a_contact_has_one_company_at_a_time(cast):
    first, second = make.business("First"), make.business("Second")
    ann = make.contact("Ann")
    assert companies.put_in(first, [ann.pk]) == 1
    assert companies.put_in(first, [ann.pk]) == 0, "nothing to change, nothing written"
    assert companies.put_in(second, [ann.pk]) == 1
    assert (fresh(ann).business, fresh(ann).company_name) == (second, "Second")
    assert Entry.objects.filter(subject_id=ann.pk).latest("pk").changes == {
        "business": [first.pk, second.pk], "company_name": ["First", "Second"]
    }  # fmt: skip
    assert companies.take_out(first, [ann.pk]) == 0, "she does not work there"
    assert companies.take_out(second, [ann.pk]) == 1
    assert (fresh(ann).business, fresh(ann).company_name) == (None, "")


def test_contacts_111_deleting_a_company_leaves_its_contacts_without_one(cast):
    business = make.business("Gone")
    ann = make.contact("Ann", business=business, company_name="Gone")
    assert companies.delete_business(business) == 1
    assert (fresh(ann).business, fresh(ann).company_name) == (None, "")
    assert Entry.objects.get(verb="business.deleted").facts == {"name": "Gone", "contacts": 1}
    assert not Business.objects.exists() and Business.objects.trashed().get() == business


def test_a_restored_company_has_its_contacts_back_but_for_those_who_work_elsewhere_by_now(cast):
    business, other = make.business("Harbor"), make.business("Other")
    ann, ben, cy = (make.contact(name, business=business, company_name="Harbor") for name in ("Ann", "Ben", "Cy"))
    companies.delete_business(business)
    companies.put_in(other, [ben.pk])
    cy.change(company_name="Typed by hand")
    assert companies.restore_business(business) == 1
    assert (fresh(ann).business, fresh(ann).company_name) == (business, "Harbor")
    assert (fresh(ben).business, fresh(cy).business, fresh(cy).company_name) == (other, None, "Typed by hand")
    assert Business.objects.filter(pk=business.pk).exists() and not FormerContact.objects.exists()
    assert companies.restore_business(business) == 0, "repeating it does no harm"
    assert Entry.objects.filter(verb="business.restored").count() == 1


def test_after_thirty_days_a_company_is_gone_for_good(cast, monkeypatch):
    late, early = make.business("Late"), make.business("Early")
    ann = make.contact("Ann", business=late, company_name="Late")
    companies.delete_business(late)
    later = clock.now() + dt.timedelta(days=30, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    companies.delete_business(early)
    with pytest.raises(Refused):
        companies.restore_business(late)
    assert empty() == 1
    assert [row.name for row in Business.objects.trashed()] == ["Early"]
    assert fresh(ann).business is None and not FormerContact.objects.exists()
    entry = Entry.objects.get(verb="business.purged")
    assert (entry.subject_id, entry.facts) == (late.pk, {}), "the journal keeps no name"


def test_a_unique_value_taken_meanwhile_stops_a_restore(cast):
    field = create_field(name="VAT", model="business", is_unique=True)
    business = companies.add_business(name="A", custom={field.pk: "DE1"})
    companies.delete_business(business)
    companies.add_business(name="B", custom={field.pk: "DE1"})
    with pytest.raises(Invalid):
        companies.restore_business(business)
    assert Business.objects.trashed().get() == business


def test_a_restricted_user_moves_only_contacts_they_see(cast, as_):
    business = make.business("Firm")
    hers, his = make.contact("Ann"), make.contact("Ben", assigned_to=cast.bob)
    with as_(cast.bob):
        assert companies.put_in(business, [hers.pk, his.pk], scope.current().actor) == 1
    assert (fresh(hers).business, fresh(his).business) == (None, business)


def test_a_restricted_user_sees_companies_of_their_contacts_and_their_own(cast, as_):
    seen, hidden = make.business("Seen"), make.business("Hidden")
    make.contact("Ann", business=seen, followers=[cast.bob.pk])
    make.contact("Ben", business=hidden)
    gone = make.contact("Cy", business=hidden, assigned_to=cast.bob)
    gone.trash()
    with as_(cast.bob):
        mine = companies.add_business(name="Mine")
        actor = scope.current().actor
        assert set(Business.objects.visible_to(actor)) == {seen, mine}
        assert companies.numbers_of_contacts([seen.pk, hidden.pk], actor) == {seen.pk: 1}


def test_a_unique_field_of_companies_is_enforced(cast):
    field = create_field(name="VAT", model="business", is_unique=True)
    first = companies.add_business(name="A", custom={field.pk: "DE1"})
    with pytest.raises(Invalid):
        companies.add_business(name="B", custom={field.pk: "DE1"})
    companies.edit_business(first, custom={field.pk: "DE1"})
    second = companies.add_business(name="B")
    with pytest.raises(Invalid):
        companies.edit_business(second, custom={field.pk: "DE1"})


def test_other_tenants_contacts_are_not_taken(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Zoe")
    business = make.business("Firm")
    assert companies.put_in(business, [theirs.pk, "nonsense"]) == 0
    assert companies.namesakes("FIRM ") == 1


def test_a_restricted_person_is_warned_of_no_namesake_they_do_not_see(cast, as_):
    make.business("Firm")
    with as_(cast.bob):
        assert companies.namesakes("Firm") == 0
