import pytest

from contacts import tagging
from contacts.filters import compile_tree, in_words, parse
from contacts.models import Contact, SmartList, Tag
from contacts.tests import make
from core.errors import Invalid, Refused
from journal.models import Entry


def tag(name):
    return Tag.objects.get(name=name)


def names(contact):
    return Contact.objects.get(pk=contact.pk).tag_names()


def smart_list(*values, **fields):
    return SmartList.record_new(
        name="Mine", filters=[{"field": "tags", "operator": "eq", "value": list(values)}], **fields
    )


def test_contacts_060_tags_are_trimmed_and_lowered_and_a_second_time_changes_nothing(cast):
    ann = make.contact("Ann")
    ann.tag("VIP ")
    assert names(ann) == ["vip"]
    entries = Entry.objects.count()
    ann.tag("Vip")
    assert (names(ann), Entry.objects.count()) == (["vip"], entries)


def test_a_tag_is_created_once(cast):
    assert tagging.create_tag("  Spring   Promo ").name == "spring promo"
    with pytest.raises(tagging.TagExists):
        tagging.create_tag("SPRING PROMO")
    for bad in ("", "x" * 76):
        with pytest.raises(Invalid) as refusal:
            tagging.create_tag(bad)
        assert set(refusal.value.errors) == {"name"}


def test_a_rename_reaches_contacts_and_lists(cast):
    ann = make.contact("Ann", tags=("lead",))
    row = smart_list("lead")
    tagging.rename_tag(tag("lead"), "Prospect")
    assert names(ann) == ["prospect"]
    row.refresh_from_db()
    assert list(Contact.objects.filter(compile_tree(parse(row.filters)))) == [ann]


def test_a_rename_onto_another_tag_is_refused_and_names_it(cast):
    make.contact("Ann", tags=("lead", "prospect"))
    with pytest.raises(tagging.TagExists) as refusal:
        tagging.rename_tag(tag("lead"), "Prospect")
    assert refusal.value.tag == tag("prospect")
    tagging.rename_tag(tag("lead"), "Lead")


def test_contacts_061_deleting_a_tag_takes_it_off_all_contacts_and_flags_the_lists(cast):
    ann, ben = make.contact("Ann", tags=("lead", "vip")), make.contact("Ben", tags=("lead",))
    trashed = make.contact("Cy", tags=("lead",))
    trashed.trash()
    row = smart_list("lead")
    lead = tag("lead")
    tagging.delete_tag(tag("lead"))
    assert (names(ann), names(ben)) == (["vip"], [])
    assert not Contact.objects.tagged(lead.pk).exists()
    entry = Entry.objects.filter(subject_id=ann.pk).latest("pk")
    assert (entry.verb, entry.facts) == ("contact.untagged", {"added": [], "removed": ["lead"]})
    assert entry.changes == {"tags": [[lead.pk, tag("vip").pk], [tag("vip").pk]]}
    row.refresh_from_db()
    tree = parse(row.filters)
    assert [words["broken"] for words in in_words(tree).values()] == ["the tag it names was deleted"]
    assert not Contact.objects.filter(compile_tree(tree)).exists()


def test_a_merge_moves_contacts_and_lists(cast):
    ann, ben = make.contact("Ann", tags=("prospect", "vip")), make.contact("Ben", tags=("prospect", "lead"))
    row = smart_list("prospect", "lead")
    prospect, lead = tag("prospect"), tag("lead")
    tagging.merge_tags(prospect, lead)
    assert (names(ann), names(ben)) == (["lead", "vip"], ["lead"])
    row.refresh_from_db()
    assert row.filters == [{"field": "tags", "operator": "eq", "value": [lead.pk]}]
    assert Entry.objects.filter(subject_id=ann.pk).latest("pk").facts == {"added": ["lead"], "removed": ["prospect"]}
    assert Entry.objects.filter(subject_id=ben.pk).latest("pk").verb == "contact.untagged"
    assert Entry.objects.get(verb="tag.merged").facts["into"] == "lead"
    with pytest.raises(Refused):
        tagging.merge_tags(lead, lead)


def test_what_the_request_leaves_the_reader_finishes(cast, drain, monkeypatch):
    monkeypatch.setattr(tagging, "INLINE", 1)
    people = [make.contact(name, tags=("lead",)) for name in ("Ann", "Ben", "Cy")]
    with drain():
        tagging.delete_tag(tag("lead"))
        assert Contact.objects.filter(tags__len=1).count() == 2
    assert not Contact.objects.filter(tags__len=1).exists()
    entries = Entry.objects.filter(verb="contact.untagged")
    assert ({entry.actor_id for entry in entries}, entries.count()) == ({cast.alice.pk}, len(people))


def test_other_locations_keep_their_tags(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Zoe", tags=("lead",))
    make.contact("Ann", tags=("lead",))
    tagging.delete_tag(tag("lead"))
    with as_(cast.charlie, cast.globex_location):
        assert names(theirs) == ["lead"]


def test_a_restricted_person_counts_only_the_contacts_they_see(cast, as_):
    make.contact("Ann", tags=("vip",))
    make.contact("Ben", tags=("vip",), assigned_to=cast.bob)
    assert tagging.uses_on_contacts(tag("vip")) == 2
    with as_(cast.bob):
        assert tagging.uses_on_contacts(tag("vip")) == 1
