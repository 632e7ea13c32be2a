"""The associations of a record on its page, and their settings."""

from __future__ import annotations

import json

import pytest

from accounts.models import Membership
from contacts import companies
from contacts.models import Business, Contact
from contacts.tests import make
from core.pages import link
from oauth.tests import make as oauth_make
from objects import associations, relations, schemas
from objects.models import Association, Record, Relation

HTMX = {"HX-Request": "true"}


def employs(**more):
    return associations.create_association(
        first_kind="contact", second_kind="business", first_label="Employee of", second_label="Employs", **more
    )


def told(answer):
    return json.loads(answer["HX-Trigger"])


def test_the_panel_shows_cards_by_kind_on_both_sides(cast, browse):
    ann, harbor = make.contact("Ann", last_name="Archer"), make.business("Harbor <b>")
    relations.link(employs(), ann.pk, harbor.pk)
    client = browse(cast.alice)
    page = client.get(link("objects:relations", ann.pk), headers=HTMX)
    text = page.content.decode()
    assert "Harbor &lt;b&gt;" in text and "Employee of" in text and link("contacts:business", harbor.pk) in text
    assert told(page)["counts"] == {"associations": 1}
    other = client.get(link("objects:business_relations", harbor.pk), headers=HTMX).content.decode()
    assert "Ann Archer" in other and "Employs" in other
    alone = client.get(link("objects:record_relations", "business", harbor.pk))
    assert alone.status_code == 200 and "Ann Archer" in alone.content.decode()
    assert 'id="relations"' in client.get(link("objects:relations", ann.pk), {"bare": 1}, headers=HTMX).content.decode()


def test_the_record_offers_the_panel(cast, browse):
    ann = make.contact("Ann")
    client = browse(cast.alice)
    assert link("objects:relations", ann.pk) in client.get(link("contacts:show", ann.pk)).content.decode()
    firm = make.business("Harbor")
    page = client.get(link("contacts:business", firm.pk), {"panel": "associations"}).content.decode()
    assert link("objects:business_relations", firm.pk) in page


def test_the_number_of_queries_does_not_grow_with_the_links(cast, browse, django_assert_max_num_queries):
    ann, held = make.contact("Ann"), employs()
    client = browse(cast.alice)
    for number in range(25):
        relations.link(held, ann.pk, make.business(f"Firm {number}").pk)
    client.get(link("objects:relations", ann.pk), headers=HTMX)
    with django_assert_max_num_queries(16):
        page = client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()
    assert page.count('linked__card"') == 10 and "Show all 25" in page
    whole = client.get(link("objects:relations", ann.pk), {"all": "business"}, headers=HTMX).content.decode()
    assert whole.count('linked__card"') == 25


def test_an_existing_record_is_searched_and_linked(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    make.business("Zephyr")
    held = employs()
    client = browse(cast.alice)
    add = link("objects:relation_add", "contact", ann.pk)
    question = client.get(add, {"mode": "existing", "other": "business"}, headers=HTMX).content.decode()
    assert f"{held.pk}:first" in question and "Employee of" in question
    found = client.get(link("objects:relation_options", "contact", ann.pk), {"other": "business", "q": "harb"}).json()
    assert [(row["value"], row["label"]) for row in found["results"]] == [(harbor.pk, "Harbor")]
    given = {"mode": "existing", "other": "business", "label": f"{held.pk}:first", "record": harbor.pk}
    answer = client.post(add, given, headers=HTMX)
    assert answer.status_code == 204 and {"dialog:close", "relations:changed", "toast"} <= set(told(answer))
    again = client.post(add, given, headers=HTMX)
    assert again.status_code == 422 and "already" in again.content.decode()
    assert Relation.objects.count() == 1


def test_from_the_other_side_the_records_take_their_own_places(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    held = employs()
    given = {"mode": "existing", "other": "contact", "label": f"{held.pk}:second", "record": ann.pk}
    answer = browse(cast.alice).post(link("objects:relation_add", "business", harbor.pk), given)
    assert answer.url == link("contacts:business", harbor.pk) + "?panel=associations"
    row = Relation.objects.get()
    assert (row.first_record, row.second_record) == (ann.pk, harbor.pk)


def test_contacts_039_a_new_contact_is_created_and_linked_in_one_step(cast, browse):
    ann = make.contact("Ann")
    held = associations.create_association(first_kind="contact", second_kind="contact", first_label="Spouse of")
    client = browse(cast.alice)
    add = link("objects:relation_add", "contact", ann.pk)
    given = {"mode": "new", "other": "contact", "label": f"{held.pk}:first", "first_name": "Ben", "email": "b@x.test"}
    assert client.post(add, given, headers=HTMX).status_code == 204
    ben = Contact.objects.get(first_name="Ben")
    row = Relation.objects.get()
    assert {row.first_record, row.second_record} == {ann.pk, ben.pk}
    refused = client.post(add, {**given, "first_name": "Twin"}, headers=HTMX)
    assert refused.status_code == 422 and "has this e-mail already" in refused.content.decode()
    assert Contact.objects.count() == 2 and Relation.objects.count() == 1


def test_a_new_company_is_created_and_linked_too(cast, browse):
    ann, held = make.contact("Ann"), employs()
    given = {"mode": "new", "other": "business", "label": f"{held.pk}:first", "name": "Harbor"}
    assert browse(cast.alice).post(link("objects:relation_add", "contact", ann.pk), given).status_code == 302
    assert Relation.objects.get().second_record == Business.objects.get().pk


def test_what_cannot_be_linked_is_not_created_either(cast, browse):
    ann, held = make.contact("Ann"), employs(most_seconds=1)
    relations.link(held, ann.pk, make.business("First").pk)
    given = {"mode": "new", "other": "business", "label": f"{held.pk}:first", "name": "Second"}
    answer = browse(cast.alice).post(link("objects:relation_add", "contact", ann.pk), given, headers=HTMX)
    assert answer.status_code == 422 and "Limit reached" in answer.content.decode()
    assert [row.name for row in Business.objects.all()] == ["First"] and Relation.objects.count() == 1


def test_removing_a_link_keeps_the_record_and_can_be_undone(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    held = employs()
    relations.link(held, ann.pk, harbor.pk)
    client = browse(cast.alice)
    given = {"association": held.pk, "first": ann.pk, "second": harbor.pk}
    answer = client.post(link("objects:relation_remove", "contact", ann.pk), given, headers=HTMX)
    assert answer.status_code == 200 and not Relation.objects.exists() and Business.objects.get() == harbor
    assert client.post(told(answer)["toast"]["undo_url"], headers=HTMX).status_code == 204
    assert Relation.objects.count() == 1
    plain = client.post(link("objects:relation_remove", "contact", ann.pk), given)
    assert plain.status_code == 302 and not Relation.objects.exists()
    assert client.post(link("objects:relation_remove", "contact", ann.pk), given).status_code == 404


def test_the_company_of_a_contact_is_taken_away_and_put_back_from_the_panel(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    companies.put_in(harbor, [ann.pk])
    system = associations.find_by_key("contact_business")
    client = browse(cast.alice)
    given = {"association": system.pk, "first": ann.pk, "second": harbor.pk}
    answer = client.post(link("objects:relation_remove", "contact", ann.pk), given, headers=HTMX)
    ann.refresh_from_db()
    assert ann.business is None
    client.post(told(answer)["toast"]["undo_url"], headers=HTMX)
    ann.refresh_from_db()
    assert (ann.business, ann.company_name) == (harbor, "Harbor")


def test_a_restricted_user_counts_what_they_may_not_see_and_cannot_touch_it(cast, browse):
    hers, his = make.contact("Secretia"), make.contact("Ben", assigned_to=cast.bob)
    held = associations.create_association(first_kind="contact", second_kind="contact", first_label="Knows")
    relations.link(held, hers.pk, his.pk)
    client = browse(cast.bob)
    page = client.get(link("objects:relations", his.pk), headers=HTMX).content.decode()
    assert "Secretia" not in page and hers.pk not in page and "1 that you may not see" in page
    assert client.get(link("objects:relations", hers.pk), headers=HTMX).status_code == 404
    given = {"association": held.pk, "first": hers.pk, "second": his.pk}
    for record, status in ((his, 404), (hers, 404)):
        path = link("objects:relation_remove", "contact", record.pk)
        assert client.post(path, given, headers=HTMX).status_code == status
    found = client.get(link("objects:relation_options", "contact", his.pk), {"other": "contact"}).json()
    assert found == {"results": []}
    assert Relation.objects.count() == 1


def test_without_the_ability_links_are_only_read(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    relations.link(employs(), ann.pk, harbor.pk)
    cast.dora.memberships.get().change(withheld=["associations/relation.write"])
    client = browse(cast.dora)
    page = client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()
    assert "Harbor" in page and "mode=existing" not in page and "Remove the link" not in page
    for name in ("relation_add", "relation_remove", "relation_restore"):
        assert client.post(link(f"objects:{name}", "contact", ann.pk)).status_code == 403
    assert Relation.objects.count() == 1


def test_a_contact_in_the_trash_shows_its_links_but_changes_none(cast, browse):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    held = employs()
    relations.link(held, ann.pk, harbor.pk)
    ann.trash()
    client = browse(cast.alice)
    page = client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()
    assert "Harbor" in page and "Remove the link" not in page
    given = {"association": held.pk, "first": ann.pk, "second": harbor.pk}
    assert client.post(link("objects:relation_remove", "contact", ann.pk), given).status_code == 404
    assert Relation.objects.count() == 1


@pytest.mark.parametrize("kind", ["robot", "custom_objects.none", "contact"])
def test_nonsense_is_not_found(cast, browse, kind):
    client = browse(cast.alice)
    for name in ("record_relations", "relation_add", "relation_options"):
        assert client.get(link(f"objects:{name}", kind, "0" * 20)).status_code == 404
    ann = make.contact("Ann")
    for given in ({}, {"association": "x", "first": "\x00", "second": ann.pk}):
        assert client.post(link("objects:relation_remove", "contact", ann.pk), given).status_code == 404
    odd = {"mode": "existing", "other": "business", "label": "x:first", "record": "x" * 50}
    assert client.post(link("objects:relation_add", "contact", ann.pk), odd, headers=HTMX).status_code == 422


def test_the_settings_list_add_change_and_delete_types(cast, browse):
    client = browse(cast.alice)
    page = client.get(link("settings:associations")).content.decode()
    assert "Works at" in page and "System" in page
    given = {"first_kind": "contact", "second_kind": "business", "first_label": "Employee of"}
    wrong = client.post(link("settings:association_create"), given, headers=HTMX)
    assert wrong.status_code == 422 and not Association.objects.filter(is_system=False).exists()
    made = client.post(
        link("settings:association_create"), {**given, "second_label": "Employs", "most_seconds": "1"}, headers=HTMX
    )
    assert made.status_code == 204
    held = Association.objects.get(is_system=False)
    assert (held.key, held.most_seconds, held.most_firsts) == ("employee_of_employs", 1, None)
    change = {"first_label": "Works for", "second_label": "Pays", "most_seconds": "", "most_firsts": "5"}
    assert client.post(link("settings:association_edit", held.pk), change).status_code == 302
    held.refresh_from_db()
    assert (held.first_label, held.second_label, held.most_seconds, held.most_firsts) == ("Works for", "Pays", None, 5)
    high = client.post(link("settings:association_edit", held.pk), {**change, "most_firsts": "1001"}, headers=HTMX)
    assert high.status_code == 422
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    relations.link(held, ann.pk, harbor.pk)
    listed = client.get(link("settings:associations"), {"kind": "business"})
    assert [(row["association"].first_label, row["number"]) for row in listed.context["rows"]][-1] == ("Works for", 1)
    question = client.get(link("settings:association_delete", held.pk), headers=HTMX).content.decode()
    assert "1 link between records will be gone" in question
    client.post(link("settings:association_delete", held.pk))
    assert not Relation.objects.exists() and not Association.objects.filter(is_system=False).exists()
    assert Contact.objects.count() == 1 and Business.objects.count() == 1


def test_the_types_of_the_system_offer_labels_only(cast, browse):
    system = associations.find_by_key("contact_business")
    client = browse(cast.alice)
    form = client.get(link("settings:association_edit", system.pk), headers=HTMX).content.decode()
    assert "first_label" in form and "most_seconds" not in form
    client.post(link("settings:association_edit", system.pk), {"first_label": "At", "second_label": "Has"})
    system.refresh_from_db()
    assert (system.first_label, system.most_seconds) == ("At", 1)
    assert client.post(link("settings:association_delete", system.pk)).status_code == 400
    assert Association.objects.filter(pk=system.pk).exists()


def test_only_who_may_change_settings_changes_types(cast, browse):
    held = employs()
    client = browse(cast.dora)
    for name, ids in (("association_create", []), ("association_edit", [held.pk]), ("association_delete", [held.pk])):
        assert client.get(link(f"settings:{name}", *ids)).status_code == 403
        assert client.post(link(f"settings:{name}", *ids), {"first_label": "X"}).status_code == 403
    held.refresh_from_db()
    assert held.first_label == "Employee of"


def test_another_tenants_associations_are_not_there(cast, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        theirs = employs()
    client = browse(cast.alice)
    assert client.get(link("settings:association_edit", theirs.pk)).status_code == 404
    assert client.post(link("settings:association_delete", theirs.pk)).status_code == 404
    with as_(cast.charlie, cast.globex_location):
        assert Association.objects.filter(pk=theirs.pk).exists()


def test_a_record_of_a_custom_object_is_created_linked_and_shown(cast, browse):
    car = schemas.create_schema(singular="Car", plural="Cars", key="car", primary_name="Plate")
    ann = make.contact("Ann")
    held = associations.create_association(
        first_kind="contact", second_kind=car.key, first_label="Drives", second_label="Driven by"
    )
    client = browse(cast.alice)
    given = {"mode": "new", "other": car.key, "label": f"{held.pk}:first", car.primary_field_id: "B-HA 1"}
    answer = client.post(link("objects:relation_add", "contact", ann.pk), given, headers=HTMX)
    assert answer.status_code == 204, answer.content
    record = Record.objects.get()
    assert "B-HA 1" in client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()
    other = client.get(link("objects:record_relations", car.key, record.pk), headers=HTMX).content.decode()
    assert "Ann" in other and "Driven by" in other
    nameless = client.post(
        link("objects:relation_add", "contact", ann.pk), {**given, car.primary_field_id: ""}, headers=HTMX
    )
    assert nameless.status_code == 422 and Record.objects.count() == 1
    record.trash()
    assert "B-HA 1" not in client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()


def test_a_link_that_is_a_column_takes_the_right_to_change_its_record(cast, browse):
    Membership.objects.get(user=cast.dora).change(withheld=["contacts.write"])
    ann, ben, harbor = make.contact("Ann"), make.contact("Ben"), make.business("Harbor")
    companies.put_in(harbor, [ben.pk])
    works_at = next(one for one in associations.every() if one.key == "contact_business")
    client = browse(cast.dora)
    for name, contact in (("relation_restore", ann), ("relation_remove", ben)):
        given = {"association": works_at.pk, "first": contact.pk, "second": harbor.pk}
        assert client.post(link(f"objects:{name}", "business", harbor.pk), given).status_code == 403
    given = {"mode": "existing", "other": "business", "label": f"{works_at.pk}:first", "record": harbor.pk}
    answer = client.post(link("objects:relation_add", "contact", ann.pk), given, headers=HTMX)
    assert answer.status_code == 422 and "permission to change a contact" in answer.content.decode()
    assert list(Contact.objects.filter(business=harbor)) == [ben]


def test_an_integration_that_may_only_link_changes_no_column(cast):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    works_at = next(one for one in associations.every() if one.key == "contact_business")
    body = {
        "locationId": cast.location.pk,
        "associationId": works_at.pk,
        "firstRecordId": ann.pk,
        "secondRecordId": harbor.pk,
    }
    scopes = ["associations/relation.write", "contacts.readonly", "businesses.readonly"]
    _, token = oauth_make.private_integration(cast.location, scopes=scopes)
    assert oauth_make.ApiClient(token).post("/associations/relations", body).status_code == 403
    ann.refresh_from_db()
    assert ann.business is None
    scopes.append("contacts.write")
    _, token = oauth_make.private_integration(cast.location, scopes=scopes)
    assert oauth_make.ApiClient(token).post("/associations/relations", body).status_code == 201
