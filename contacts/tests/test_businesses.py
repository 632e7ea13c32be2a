import base64
import json

import pytest

from contacts.business_columns import catalogue
from contacts.models import Business, Contact
from contacts.tests import make
from core.pages import link
from objects.definitions import create_field


def fresh(contact):
    return Contact.objects.get(pk=contact.pk)


def test_the_list_shows_companies_with_their_numbers_of_contacts(cast, browse):
    harbor = make.business("Bright Harbor Dental", phone="+12125550123", email="desk@harbor.test")
    make.business("Zephyr Tiles")
    for name in ("Ann", "Ben"):
        make.contact(name, business=harbor)
    make.contact("Gone", business=harbor).trash()
    answer = browse(cast.alice).get(link("contacts:businesses"))
    assert answer.status_code == 200
    assert [(row.name, row.number) for row in answer.context["page"].rows] == [
        ("Bright Harbor Dental", 2),
        ("Zephyr Tiles", 0),
    ]
    assert "desk@harbor.test" in answer.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list(cast, browse, django_assert_max_num_queries):
    client = browse(cast.alice)
    for number in range(20):
        make.contact(f"C{number}", business=make.business(f"Firm {number:02}"))
    client.get(link("contacts:businesses"))
    with django_assert_max_num_queries(11):
        client.get(link("contacts:businesses"))


def test_search_and_sort_narrow_and_turn_the_list(cast, browse):
    for name in ("alpha", "Beta", "gamma"):
        make.business(name, city="Austin" if name != "Beta" else "Boston")
    client = browse(cast.alice)

    def names(**query):
        return [row.name for row in client.get(link("contacts:businesses"), query).context["page"].rows]

    assert names() == ["alpha", "Beta", "gamma"], "case does not matter"
    assert names(sort="-name") == ["gamma", "Beta", "alpha"]
    assert names(sort="-dateAdded") == ["gamma", "Beta", "alpha"]
    assert names(q="aus mm") == ["gamma"]
    assert names(q="100%_") == []
    assert names(sort="nonsense", at="damaged") == ["alpha", "Beta", "gamma"]


def test_pages_go_there_and_back(cast, browse):
    for number in range(120):
        make.business(f"Firm {number:03}")
    client = browse(cast.alice)
    seen, at = [], ""
    while True:
        page = client.get(link("contacts:businesses"), {"at": at}).context["page"]
        seen += [row.name for row in page.rows]
        if not page.next:
            break
        at = page.next
    assert seen == [f"Firm {number:03}" for number in range(120)]
    assert (page.first, page.last) == (101, 120)
    back = client.get(link("contacts:businesses"), {"at": page.previous}).context["page"]
    assert (back.first, back.rows[0].name, bool(back.previous)) == (51, "Firm 050", True)
    assert "<table" in client.get(link("contacts:businesses"), headers={"HX-Request": "true"}).content.decode()


def test_a_company_needs_only_a_name(cast, browse):
    client = browse(cast.alice)
    answer = client.post(link("contacts:business_create"), {"name": "Harbor"})
    business = Business.objects.get()
    assert answer.url == link("contacts:business", business.pk)
    answer = client.post(
        link("contacts:business_create"), {"name": " ", "phone": "12", "email": "x", "website": "javascript:x"}
    )
    assert answer.status_code == 422
    answer = client.post(
        link("contacts:business_create"), {"name": "B", "phone": "abc", "email": "x", "website": "javascript:x"}
    )
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"phone", "email", "website"}
    assert Business.objects.count() == 1


def test_a_second_company_of_the_same_name_is_added_after_a_warning(cast, browse):
    make.business("Harbor")
    client = browse(cast.alice)
    warned = client.post(link("contacts:business_create"), {"name": "HARBOR"})
    assert (warned.status_code, Business.objects.count()) == (422, 1)
    assert "called HARBOR already" in warned.content.decode()
    client.post(link("contacts:business_create"), {"name": "HARBOR", "anyway": "HARBOR"})
    assert Business.objects.count() == 2


def test_editing_renames_the_contacts_company_and_keeps_custom_values(cast, browse):
    field = create_field(name="VAT", model="business", is_unique=True)
    boxes = create_field(name="Hours", model="business", type="TEXTBOX_LIST", options=["Week", "Weekend"])
    business = make.business("Old", city="Austin", custom={field.pk: "DE1"})
    ann = make.contact("Ann", business=business, company_name="Old")
    client = browse(cast.alice)
    given = {"name": "New", "city": "Austin", field.pk: "DE2", f"{boxes.pk}.week": "9-17"}
    assert client.post(link("contacts:business_edit", business.pk), given).status_code == 302
    business.refresh_from_db()
    assert (business.name, business.custom) == ("New", {field.pk: "DE2", boxes.pk: {"week": "9-17"}})
    assert fresh(ann).company_name == "New"
    make.business("Other", custom={field.pk: "DE3"})
    answer = client.post(link("contacts:business_edit", business.pk), {**given, field.pk: "DE3"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field.pk})
    assert "VAT" in client.get(link("contacts:business", business.pk)).content.decode()


def test_the_record_shows_contacts_and_what_happened_to_them(cast, browse):
    business = make.business("Harbor", website="harbor.test", description="<b>bold</b>")
    ann = make.contact("Ann", last_name="Archer", business=business)
    make.contact("Ben", last_name="Bow")
    ann.tag("vip")
    page = browse(cast.alice).get(link("contacts:business", business.pk)).content.decode()
    assert "Ann Archer" in page and "Ben Bow" not in page
    assert "added the tag vip" in page
    assert 'href="https://harbor.test"' in page
    assert "<b>bold</b>" not in page and "&lt;b&gt;bold" in page
    activity = browse(cast.alice).get(link("contacts:business_activity", business.pk), headers={"HX-Request": "true"})
    assert activity.status_code == 200 and "added the tag vip" in activity.content.decode()


def test_contacts_are_added_and_removed(cast, browse):
    business, other = make.business("Harbor"), make.business("Other")
    ann, ben = make.contact("Ann", business=other, company_name="Other"), make.contact("Ben")
    client = browse(cast.alice)
    assert client.post(link("contacts:business_add", business.pk)).status_code == 422
    client.post(link("contacts:business_add", business.pk), {"contacts": [ann.pk, ben.pk]})
    assert {fresh(each).company_name for each in (ann, ben)} == {"Harbor"}
    client.post(link("contacts:business_remove", business.pk), {"contact": ann.pk})
    assert (fresh(ann).business, fresh(ann).company_name) == (None, "")
    assert client.post(link("contacts:business_remove", business.pk), {"contact": ann.pk}).status_code == 404


def test_contacts_111_deleting_a_company_keeps_its_contacts_without_one(cast, browse):
    business = make.business("Harbor")
    ann = make.contact("Ann", business=business, company_name="Harbor")
    client = browse(cast.alice)
    question = client.get(link("contacts:business_delete", business.pk), headers={"HX-Request": "true"})
    assert "Its 1 contact stays" in question.content.decode()
    client.post(link("contacts:business_delete", business.pk))
    assert not Business.objects.exists()
    assert (fresh(ann).business, fresh(ann).company_name) == (None, "")


def test_another_tenants_company_is_not_there(cast, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.business("Globex Inc")
        them = make.contact("Zoe")
    business = make.business("Harbor")
    client = browse(cast.alice)
    for name in ("business", "business_edit", "business_delete", "business_add", "business_activity"):
        assert client.get(link(f"contacts:{name}", theirs.pk)).status_code == 404, name
    for name in ("business_edit", "business_delete", "business_add", "business_remove"):
        assert client.post(link(f"contacts:{name}", theirs.pk), {"name": "Mine", "contact": "x"}).status_code == 404, (
            name
        )
    assert "Globex Inc" not in client.get(link("contacts:businesses")).content.decode()
    client.post(link("contacts:business_add", business.pk), {"contacts": [them.pk]})
    with as_(cast.charlie, cast.globex_location):
        assert fresh(them).business is None
        assert Business.objects.get().name == "Globex Inc"


def test_a_restricted_user_sees_only_companies_of_their_contacts(cast, browse):
    seen, hidden = make.business("Seen"), make.business("Hidden")
    mine = make.contact("Ann", business=seen, company_name="Seen", assigned_to=cast.bob)
    make.contact("Ben", last_name="Secret", business=seen)
    make.contact("Cy", business=hidden)
    client = browse(cast.bob)
    rows = client.get(link("contacts:businesses")).context["page"].rows
    assert [(row.name, row.number) for row in rows] == [("Seen", 1)]
    page = client.get(link("contacts:business", seen.pk)).content.decode()
    assert "Ann" in page and "Secret" not in page
    assert client.get(link("contacts:business", hidden.pk)).status_code == 404
    assert client.post(link("contacts:business_delete", seen.pk)).status_code in (302, 400)
    assert Business.objects.count() == 2, "it has a contact that is not theirs to see"
    assert fresh(mine).business == seen


def test_without_the_ability_nothing_opens(cast, browse):
    business = make.business("Harbor")
    membership = cast.dora.memberships.get()
    membership.change(withheld=["businesses.write"])
    client = browse(cast.dora)
    page = client.get(link("contacts:businesses"))
    assert page.status_code == 200 and "New company" not in page.content.decode().split("<main")[1]
    assert "Edit" not in client.get(link("contacts:business", business.pk)).content.decode().split("<main")[1]
    for name in ("business_edit", "business_delete", "business_add"):
        assert client.get(link(f"contacts:{name}", business.pk)).status_code == 403, name
        assert client.post(link(f"contacts:{name}", business.pk), {"name": "X"}).status_code == 403, name
    assert client.post(link("contacts:business_remove", business.pk)).status_code == 403
    membership.change(withheld=["businesses.readonly"])
    assert browse(cast.dora).get(link("contacts:businesses")).status_code == 403


@pytest.mark.parametrize("field", ["name", "description", "city"])
def test_text_that_is_too_long_is_refused_beside_its_field(cast, browse, field):
    given = {"name": "Harbor", field: "x" * 5001}
    answer = browse(cast.alice).post(link("contacts:business_create"), given)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert not Business.objects.exists()


def test_columns_are_chosen_and_every_one_of_them_sorts(cast, browse):
    size = create_field(name="Size", model="business", type="NUMERICAL")
    field = create_field(name="Segment", model="business")
    big = make.business("Big", state="TX", custom={size.pk: 100, field.pk: "b"})
    small = make.business("Small", state="AL", custom={size.pk: 9, field.pk: "C"})
    none = make.business("None")
    for _ in range(2):
        make.contact("X", business=small)
    make.contact("Y", business=none)
    client = browse(cast.alice)
    dialog = client.get(link("contacts:business_columns"), headers={"HX-Request": "true"}).content.decode()
    assert "Segment" in dialog and "Postal code" in dialog
    assert client.post(link("contacts:business_columns")).status_code == 400
    wanted = ["state", f"customFields.{size.pk}", f"customFields.{field.pk}", "nonsense"]
    client.post(link("contacts:business_columns"), {"column": wanted})
    page = client.get(link("contacts:businesses"))
    assert [head["column"].label for head in page.context["heads"]] == ["Name", "State", "Size", "Segment"]

    def names(sort):
        return [row.name for row in client.get(link("contacts:businesses"), {"sort": sort}).context["page"].rows]

    assert names(f"-customFields.{size.pk}") == ["Big", "Small", "None"], "numbers by size, not by their letters"
    assert names(f"customFields.{field.pk}") == ["None", "Big", "Small"]
    assert names("-contacts") == ["Small", "None", "Big"]
    assert names("-state") == ["Big", "Small", "None"]
    for column in catalogue():
        if column.sorts:
            assert set(names(column.name)) == set(names(f"-{column.name}")) == {big.name, small.name, none.name}
    assert names("customFields.zzzzzzzzzzzzzzzzzzzz") == names("") == ["Big", "None", "Small"]
    for value in ("abc", "NaN", "1e999", "9" * 40, ""):
        at = base64.urlsafe_b64encode(json.dumps([0, 1, value, big.pk]).encode()).decode()
        for sort in ("contacts", f"-customFields.{size.pk}", "name", "dateAdded"):
            assert client.get(link("contacts:businesses"), {"sort": sort, "at": at}).status_code == 200


@pytest.mark.parametrize("sort", ["contacts", "-contacts", "custom", "-custom", "-dateAdded", "city"])
def test_pages_reach_every_company_once_whatever_sorts_them(cast, browse, sort):
    size = create_field(name="Size", model="business", type="FLOAT")
    for number in range(120):
        firm = make.business(
            f"Firm {number:03}", city=f"C{number % 7}", custom={size.pk: number % 5 / 2} if number % 3 else {}
        )
        if number % 4 == 0:
            make.contact("X", business=firm)
    client = browse(cast.alice)
    seen, at = [], ""
    while True:
        given = {"sort": sort.replace("custom", f"customFields.{size.pk}"), "at": at}
        page = client.get(link("contacts:businesses"), given).context["page"]
        seen += [row.name for row in page.rows]
        if not page.next:
            break
        at = page.next
    assert len(seen) == len(set(seen)) == 120


def test_a_deleted_company_waits_in_the_trash_and_comes_back(cast, browse):
    business = make.business("Harbor")
    ann = make.contact("Ann", business=business, company_name="Harbor")
    client = browse(cast.alice)
    client.post(link("contacts:business_delete", business.pk))
    assert client.get(link("contacts:business", business.pk)).status_code == 404
    page = client.get(link("contacts:businesses"))
    assert "Trash" in page.content.decode() and not page.context["page"].rows
    assert "Harbor" in client.get(link("contacts:businesses_trash")).content.decode()
    answer = client.post(link("contacts:business_restore", business.pk), headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"] == link("contacts:business", business.pk)
    assert fresh(ann).business == business
    assert client.post(link("contacts:business_restore", business.pk)).status_code == 404


def test_only_admins_delete_a_company_for_good(cast, browse):
    business = make.business("Harbor")
    browse(cast.alice).post(link("contacts:business_delete", business.pk))
    assert browse(cast.dora).post(link("contacts:business_purge", business.pk)).status_code == 403
    assert Business.objects.trashed().exists()
    client = browse(cast.alice)
    assert "for good" in client.get(link("contacts:business_purge", business.pk)).content.decode()
    client.post(link("contacts:business_purge", business.pk))
    assert not Business.objects.trashed().exists()


def test_the_panels_gather_tasks_and_notes_of_visible_contacts(cast, browse):
    business = make.business("Harbor")
    mine = make.contact("Ann", business=business, assigned_to=cast.bob)
    hidden, other = make.contact("Ben", business=business), make.contact("Cy")
    for contact, word in ((mine, "mine"), (hidden, "hidden"), (other, "elsewhere")):
        make.task(contact, f"Task {word}")
        make.note(contact, f"Note {word}")
    for person, seen, unseen in (
        (cast.alice, ("mine", "hidden"), ("elsewhere",)),
        (cast.bob, ("mine",), ("hidden", "elsewhere")),
    ):
        client = browse(person)
        for name, noun in (("business_tasks", "Task"), ("business_notes", "Note")):
            text = client.get(link(f"contacts:{name}", business.pk), headers={"HX-Request": "true"}).content.decode()
            assert all(f"{noun} {word}" in text for word in seen)
            assert not any(f"{noun} {word}" in text for word in unseen)
    page = browse(cast.alice).get(link("contacts:business_tasks", business.pk))
    assert page.url == link("contacts:business", business.pk) + "?panel=tasks"


def test_a_company_with_namesakes_says_so(cast, browse):
    business = make.business("Harbor")
    client = browse(cast.alice)
    assert "this name" not in client.get(link("contacts:business", business.pk)).content.decode()
    make.business("HARBOR")
    assert "1 other company has this name" in client.get(link("contacts:business", business.pk)).content.decode()
