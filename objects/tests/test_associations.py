"""Types of associations and the links made with them, through the promised verbs and the readers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests import make as people
from contacts import companies, trash
from contacts.models import Contact
from contacts.tests import make
from core import scope
from core.errors import Invalid, LimitReached, NotFound, Refused
from journal.models import Entry
from objects import associations, relation_panel, relations, types
from objects.models import Association, Relation


def association(first="contact", second="business", labels=("Employee of", "Employs"), **more):
    return associations.create_association(
        first_kind=first, second_kind=second, first_label=labels[0], second_label=labels[1], **more
    )


def spouse(**more):
    return association("contact", "contact", ("Spouse of", ""), **more)


def read_on(record, kind, actor=None):
    """{name of the other record: label} as the record's panel reads."""
    groups = relation_panel.groups_of(types.need(kind), record.pk, actor or scope.current().actor)
    return {card.name: card.label for group in groups for card in group.cards}


def test_contacts_035_each_side_of_a_link_reads_its_own_label(cast):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    relations.link(association(), ann.pk, harbor.pk)
    assert read_on(ann, "contact") == {"Harbor": "Employee of"}
    assert read_on(harbor, "business") == {"Ann": "Employs"}
    entry = Entry.objects.get(verb="relation.created")
    assert (entry.contact_id, entry.facts["label"]) == (ann.pk, "Employee of")


def test_a_symmetric_label_reads_the_same_on_both_contacts_and_links_them_once(cast):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    held = spouse()
    relations.link(held, ben.pk, ann.pk)
    assert read_on(ann, "contact") == {"Ben": "Spouse of"}
    assert read_on(ben, "contact") == {"Ann": "Spouse of"}
    for pair in ((ann, ben), (ben, ann)):
        with pytest.raises(Refused):
            relations.link(held, pair[0].pk, pair[1].pk)
    assert Relation.objects.count() == 1
    told = {(entry.verb, entry.contact_id) for entry in Entry.objects.filter(subject_type="relation")}
    assert told == {("relation.created", ann.pk), ("relation.created_beside", ben.pk)}, "both timelines tell"


def test_contacts_036_a_second_link_of_a_one_to_one_label_is_refused_with_its_limit(cast):
    ann, ben, harbor, tiles = make.contact("Ann"), make.contact("Ben"), make.business("Harbor"), make.business("Tiles")
    held = association(most_seconds=1, most_firsts=1)
    relations.link(held, ann.pk, harbor.pk)
    for first, second, label in ((ann, tiles, "Employee of"), (ben, harbor, "Employs")):
        with pytest.raises(LimitReached, match=f"Limit reached for “{label}”.* 1 "):
            relations.link(held, first.pk, second.pk)
    assert Relation.objects.count() == 1


def test_a_limit_is_counted_on_both_sides_of_a_symmetric_label(cast):
    four = [make.contact(name) for name in "ABCD"]
    held = spouse(most_seconds=2)
    relations.link(held, four[0].pk, four[1].pk)
    relations.link(held, four[2].pk, four[0].pk)
    with pytest.raises(LimitReached):
        relations.link(held, four[3].pk, four[0].pk)
    relations.link(held, four[3].pk, four[1].pk)
    assert Relation.objects.count() == 3


def test_who_is_in_the_trash_takes_up_no_room_and_comes_back_with_its_links(cast):
    ann, ben, cy = make.contact("Ann"), make.contact("Ben"), make.contact("Cy")
    held = spouse(most_seconds=1)
    relations.link(held, ann.pk, ben.pk)
    ben.trash()
    assert read_on(ann, "contact") == {}
    relations.link(held, ann.pk, cy.pk)
    ben.restore()
    assert read_on(ann, "contact") == {"Ben": "Spouse of", "Cy": "Spouse of"}


def test_a_lower_limit_leaves_the_links_there_are_and_stops_new_ones(cast):
    ann = make.contact("Ann")
    firms = [make.business(name) for name in ("A", "B", "C")]
    held = association()
    for firm in firms[:2]:
        relations.link(held, ann.pk, firm.pk)
    associations.change_association(held, most_seconds=1)
    assert set(read_on(ann, "contact")) == {"A", "B"}
    with pytest.raises(LimitReached):
        relations.link(held, ann.pk, firms[2].pk)
    assert Relation.objects.count() == 2


def test_contacts_037_an_eleventh_label_between_two_records_is_refused(cast):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    held = [association("contact", "contact", (f"Over {number}", f"Under {number}")) for number in range(6)]
    for number, one in enumerate(held):
        relations.link(one, ann.pk, ben.pk)
        if number < 4:
            relations.link(one, ben.pk, ann.pk)
    assert Relation.objects.count() == 10
    with pytest.raises(LimitReached, match="10 associations"):
        relations.link(held[5], ben.pk, ann.pk)
    assert Relation.objects.count() == 10
    cy = make.contact("Cy")
    relations.link(held[5], cy.pk, ann.pk)


def test_an_eleventh_association_between_two_kinds_is_refused_whichever_comes_first(cast):
    for number in range(10):
        order = ("contact", "business") if number % 2 else ("business", "contact")
        association(*order, labels=(f"A{number}", f"B{number}"))
    with pytest.raises(LimitReached, match="10 associations"):
        association(labels=("One more", "Yes"))
    assert Association.objects.filter(is_system=False).count() == 10
    association("contact", "contact", ("Knows", ""))


def test_contacts_038_deleting_a_type_removes_its_links_and_keeps_the_records(cast):
    ann, ben, harbor = make.contact("Ann"), make.contact("Ben"), make.business("Harbor")
    held, other = association(), spouse()
    relations.link(held, ann.pk, harbor.pk)
    relations.link(held, ben.pk, harbor.pk)
    relations.link(other, ann.pk, ben.pk)
    assert associations.links_of(held) == 2
    assert associations.delete_association(held) == 2
    assert [row.association for row in Relation.objects.all()] == [other]
    assert Contact.objects.live().count() == 2 and read_on(harbor, "business") == {}
    gone = Entry.objects.filter(verb="relation.deleted")
    assert {entry.contact_id for entry in gone} == {ann.pk, ben.pk}
    assert Entry.objects.get(verb="association.deleted").facts["relations"] == 2
    with pytest.raises(NotFound):
        relations.link(held, ann.pk, harbor.pk)


def test_a_record_is_not_linked_to_itself_nor_to_what_is_not_there(cast, as_):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Xavier")
    gone = make.contact("Gone")
    gone.trash()
    held, firm = spouse(), association()
    with pytest.raises(Refused, match="itself"):
        relations.link(held, ann.pk, ann.pk)
    for other in (theirs.pk, gone.pk, harbor.pk, "nonsense", ""):
        with pytest.raises(Invalid) as refusal:
            relations.link(held, ann.pk, other)
        assert set(refusal.value.errors) == {"second_record"}
    with pytest.raises(Invalid):
        relations.link(firm, harbor.pk, ann.pk)
    assert not Relation.objects.exists() and not Entry.objects.filter(verb__startswith="relation").exists()


def test_what_a_person_may_not_see_they_cannot_link_and_only_count(cast, as_):
    hers, his, harbor = make.contact("Ann"), make.contact("Ben", assigned_to=cast.bob), make.business("Harbor")
    held = spouse()
    relations.link(held, hers.pk, his.pk)
    relations.link(association(), his.pk, harbor.pk)
    with as_(cast.bob):
        actor = scope.current().actor
        groups = relation_panel.groups_of(types.need("contact"), his.pk, actor)
        assert [(group.kind.key, group.total, group.hidden, group.cards) for group in groups] == [
            ("contact", 0, 1, []),
            ("business", 0, 1, []),
        ]
        with pytest.raises(Invalid):
            relations.link(association("contact", "contact", ("Knows", "")), his.pk, hers.pk, actor)
    assert Relation.objects.count() == 2


def test_types_say_all_that_is_wrong_at_once_and_write_nothing(cast):
    with pytest.raises(Invalid) as refusal:
        associations.create_association(
            first_kind="robot", second_kind="contact", first_label=" ", second_label="x" * 101, key="a b",
            most_seconds=0, most_firsts=1001,
        )  # fmt: skip
    assert set(refusal.value.errors) == {
        "first_kind", "first_label", "second_label", "key", "most_seconds", "most_firsts"
    }  # fmt: skip
    assert not Association.objects.filter(is_system=False).exists()


def test_keys_are_unique_and_made_from_the_labels(cast):
    first = association()
    assert first.key == "employee_of_employs"
    with pytest.raises(Invalid) as refusal:
        association(labels=("Other", "Label"), key="employee_of_employs")
    assert set(refusal.value.errors) == {"key"}
    second = association("contact", "contact", ("Employee of", "Employs"))
    assert second.key == "employee_of_employs_2"
    with pytest.raises(Invalid):
        association(labels=("employee OF", "employs")), "two that read the same cannot be told apart"


def test_a_symmetric_type_keeps_one_label_and_one_limit(cast):
    held = spouse(most_seconds=3, most_firsts=9)
    assert (held.is_symmetric, held.most_firsts, held.cardinality) == (True, 3, "3 to 3")
    associations.change_association(held, first_label="Married to", most_seconds=1)
    held.refresh_from_db()
    assert (held.second_label, held.most_firsts) == ("Married to", 1)
    with pytest.raises(Invalid):
        associations.change_association(held, first_label="A", second_label="B")


def test_being_under_a_business_is_an_association(cast):
    ann, harbor, tiles = make.contact("Ann"), make.business("Harbor"), make.business("Tiles")
    system = associations.find_by_key("contact_business")
    assert system.is_system
    companies.put_in(harbor, [ann.pk])
    assert read_on(ann, "contact") == {"Harbor": "Works at"}
    assert read_on(harbor, "business") == {"Ann": "Employs"}
    made = relations.link(system, ann.pk, tiles.pk)
    ann.refresh_from_db()
    assert (ann.business, ann.company_name) == (tiles, "Tiles"), "another one takes its place"
    assert relations.find(made.id) == made
    relations.unlink(made)
    ann.refresh_from_db()
    assert (ann.business, ann.company_name) == (None, "") and relations.find(made.id) is None
    assert not Relation.objects.exists()


def test_those_of_the_system_can_be_renamed_but_not_deleted_or_limited(cast):
    system = associations.find_by_key("contact_business")
    associations.change_association(system, first_label="Hired by", second_label="Has hired")
    assert associations.find_by_key("contact_business").first_label == "Hired by"
    with pytest.raises(Refused):
        associations.delete_association(system)
    with pytest.raises(Invalid):
        associations.change_association(system, most_seconds=5)
    assert associations.find_by_key("contact_business").most_seconds == 1


def test_links_of_who_is_deleted_for_good_go_too(cast, drain):
    ann, ben, harbor, tiles = make.contact("Ann"), make.contact("Ben"), make.business("Harbor"), make.business("Tiles")
    held = association()
    for first, second in ((ann, harbor), (ben, harbor), (ben, tiles)):
        relations.link(held, first.pk, second.pk)
    ann.trash()
    companies.delete_business(tiles)
    with drain():
        trash.purge(Contact.objects.all())
        companies.purge(type(tiles).objects.trashed())
    assert list(Relation.objects.values_list("first_record", "second_record")) == [(ben.pk, harbor.pk)]


def test_a_company_in_the_trash_hides_its_links_until_it_is_restored(cast):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    relations.link(association(), ann.pk, harbor.pk)
    companies.delete_business(harbor)
    assert read_on(ann, "contact") == {}
    companies.restore_business(harbor)
    assert read_on(ann, "contact") == {"Harbor": "Employee of"}


def test_a_merge_moves_links_and_drops_those_that_would_break_a_rule(cast):
    master, old, ben, cy = (make.contact(name) for name in ("Master", "Old", "Ben", "Cy"))
    harbor, tiles = make.business("Harbor"), make.business("Tiles")
    knows, boss, one = (
        spouse(),
        association("contact", "contact", ("Boss of", "Works for")),
        association(most_seconds=1),
    )
    relations.link(knows, old.pk, master.pk)  # would be to itself
    relations.link(knows, old.pk, ben.pk)  # the master has it
    relations.link(knows, master.pk, ben.pk)
    relations.link(boss, cy.pk, old.pk)  # moves
    relations.link(one, master.pk, harbor.pk)
    relations.link(one, old.pk, tiles.pk)  # over the limit
    log = relations.move("contact", old.pk, master.pk)
    assert json.loads(json.dumps(log)) == log
    assert sorted(row["reason"] for row in log["dropped"]) == [
        "it would link the record to itself", "limit reached for “Employee of”", "the same link is there already",
    ]  # fmt: skip
    assert len(log["moved"]) == 1
    assert read_on(master, "contact") == {"Ben": "Spouse of", "Cy": "Works for", "Harbor": "Employee of"}
    assert read_on(old, "contact") == {}
    assert relations.restore(log) == {"moved": 1, "restored": 3}
    assert read_on(old, "contact") == {
        "Master": "Spouse of", "Ben": "Spouse of", "Cy": "Works for", "Tiles": "Employee of"
    }  # fmt: skip
    assert read_on(master, "contact") == {"Old": "Spouse of", "Ben": "Spouse of", "Harbor": "Employee of"}
    assert relations.restore(log) == {"moved": 0, "restored": 0}, "repeating it does no harm"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_last_place_of_a_limit_one_gets_it():
    with scope.fresh():
        company = people.company("Racing")
        place = people.location(company, "Track")
    here = {"company_id": company.pk, "location_id": place.pk}
    with scope.fresh(**here):
        ann = make.contact("Ann")
        firms = [make.business(f"Firm {number}") for number in range(6)]
        held = association(most_seconds=1)

    def once(firm):
        try:
            with scope.fresh(**here):
                relations.link(associations.find(held.pk), ann.pk, firm.pk)
                return True
        except LimitReached:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(once, firms)) == 1
    with scope.fresh(**here):
        assert Relation.objects.count() == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    links=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)).filter(lambda three: three[1] != three[2]),
        max_size=12,
    ),
    most=st.integers(1, 3),
)
def test_moving_and_restoring_brings_back_exactly_what_was(cast, links, most):
    Relation.objects.everywhere(reason="a clean start for each example")._raw_delete(using="default")
    Association.objects.everywhere(reason="a clean start for each example")._raw_delete(using="default")
    four = [make.contact(name) for name in "ABCD"]
    kinds = [spouse(), association("contact", "contact", ("Boss of", "Works for")),
             association("contact", "contact", ("Mentors", "Learns from"), most_seconds=most)]  # fmt: skip
    for kind, first, second in links:
        try:
            relations.link(kinds[kind], four[first].pk, four[second].pk)
        except Refused:
            continue
    before = set(Relation.objects.values_list("id", "association_id", "first_record", "second_record"))
    log = relations.move("contact", four[0].pk, four[1].pk)
    assert not Relation.objects.filter(first_record=four[0].pk).exists()
    assert not Relation.objects.filter(second_record=four[0].pk).exists()
    taken = Relation.objects.filter(association=kinds[2], first_record=four[1].pk).count()
    assert taken <= most
    relations.restore(log)
    after = set(Relation.objects.values_list("id", "association_id", "first_record", "second_record"))
    assert after == before
