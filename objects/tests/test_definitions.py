import pytest

from billing.tests.make import subscription
from contacts.models import Contact
from contacts.tests import make
from core.errors import Invalid, LimitReached, Refused
from journal.models import Entry
from objects import definitions, folders
from objects.definitions import NotUnique, OptionInUse, change_field, create_field, delete_field, restore_field
from objects.models import CustomField, FieldFolder

COLOURS = ["Red", "Blue", "Green"]


def options_of(field, **labels):
    """The field's options with some labels changed: {key: label}, None drops one."""
    kept = [{**option, "label": labels.get(option["key"], option["label"])} for option in field.options]
    return [option for option in kept if option["label"] is not None]


def held(contact):
    return Contact.objects.get(pk=contact.pk).custom


def test_a_key_comes_from_the_name_and_gets_a_number_when_it_is_taken(cast):
    assert create_field(name="Shoe Size (EU)").key == "shoe_size_eu"
    assert create_field(name="shoe size eu").key == "shoe_size_eu_2"
    assert create_field(name="靴").key == "field"
    assert create_field(name="Email").key == "email_2", "the standard field email keeps its key"
    assert create_field(name="Shoe size EU", model="business").key == "shoe_size_eu", "keys are unique per record type"


def test_a_chosen_key_is_checked_and_refused_when_taken(cast):
    create_field(name="Shoe", key="shoe")
    for key in ("shoe", "first_name", "Shoe", "a b", "_x"):
        with pytest.raises(Invalid) as refusal:
            create_field(name="Other", key=key)
        assert set(refusal.value.errors) == {"key"}


def test_key_and_type_never_change(cast):
    field = create_field(name="Shoe")
    for given in ({"key": "other"}, {"type": "DATE"}, {"model": "business"}):
        with pytest.raises(Invalid):
            change_field(field, **given)
    change_field(field, key=field.key, type="TEXT", name="Shoes", placeholder="42")
    field.refresh_from_db()
    assert (field.name, field.key, field.placeholder) == ("Shoes", "shoe", "42")


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "type": "COLOUR"}, "type"),
        ({"name": "x", "model": "planet"}, "model"),
        ({"name": "x", "type": "RADIO"}, "options"),
        ({"name": "x", "type": "RADIO", "options": ["a", "A"]}, "options"),
        ({"name": "x", "type": "RADIO", "options": [{"label": "a", "image": "javascript:alert(1)"}]}, "options"),
        ({"name": "x", "type": "FILE_UPLOAD", "accepted_formats": ["exe"]}, "accepted_formats"),
        ({"name": "x", "type": "FILE_UPLOAD", "most_files": 0}, "most_files"),
        ({"name": "x", "type": "DATE", "is_unique": True}, "is_unique"),
        ({"name": "x", "folder": "A" * 20}, "folder"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_refused_and_names_the_argument(cast, given, at):
    with pytest.raises(Invalid) as refusal:
        create_field(**given)
    assert set(refusal.value.errors) == {at}
    assert not CustomField.objects.exists()


def test_another_tenants_folder_is_no_folder(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = folders.create_folder(name="Theirs")
    with pytest.raises(Invalid):
        create_field(name="x", folder=theirs.pk)
    with pytest.raises(Invalid):
        create_field(name="x", folder=theirs)


def test_renaming_an_option_rewrites_the_records_and_says_so_in_their_history(cast):
    field = create_field(name="Colour", type="SINGLE_OPTIONS", options=COLOURS)
    ann, ben = make.contact("Ann", custom={field.pk: "Red"}), make.contact("Ben", custom={field.pk: "Blue"})
    change_field(field, options=options_of(field, red="Crimson"))
    assert (held(ann), held(ben)) == ({field.pk: "Crimson"}, {field.pk: "Blue"})
    entry = Entry.objects.filter(subject_id=ann.pk).latest("pk")
    assert (entry.verb, entry.contact_id) == ("contact.updated", ann.pk)
    assert entry.changes == {"custom": [{field.pk: "Red"}, {field.pk: "Crimson"}]}
    assert Entry.objects.filter(subject_id=ben.pk).count() == 1


def test_renaming_rewrites_lists_of_choices_in_place(cast):
    field = create_field(name="Colours", type="CHECKBOX", options=COLOURS)
    ann = make.contact("Ann", custom={field.pk: ["Blue", "Red", "Green"]})
    change_field(field, options=options_of(field, red="Crimson"))
    assert held(ann) == {field.pk: ["Blue", "Crimson", "Green"]}


def test_an_option_in_use_goes_only_when_somebody_says_what_takes_its_place(cast):
    field = create_field(name="Colours", type="CHECKBOX", options=COLOURS)
    ann = make.contact("Ann", custom={field.pk: ["Red", "Blue"]})
    ben = make.contact("Ben", custom={field.pk: ["Red"]})
    with pytest.raises(OptionInUse) as question:
        change_field(field, options=options_of(field, red=None))
    assert question.value.uses == {"Red": 2}
    assert field.labels == COLOURS
    change_field(field, options=options_of(field, red=None), replacements={"Red": "Blue"})
    assert (held(ann), held(ben)) == ({field.pk: ["Blue"]}, {field.pk: ["Blue"]})
    change_field(field, options=options_of(field, blue=None), replacements={"Blue": None})
    assert (held(ann), held(ben)) == ({}, {})
    assert field.labels == ["Green"]


def test_an_option_nobody_uses_goes_without_a_question(cast):
    field = create_field(name="Colour", type="RADIO", options=COLOURS)
    change_field(field, options=["Red"])
    assert field.labels == ["Red"]
    assert field.options[0]["key"] == "red", "a label that stays keeps its key"


def test_options_cannot_swap_their_labels_in_one_step(cast):
    field = create_field(name="Colour", type="RADIO", options=COLOURS)
    with pytest.raises(Invalid):
        change_field(field, options=options_of(field, red="Blue", blue="Red"))


def test_a_replacement_must_be_an_option(cast):
    field = create_field(name="Colour", type="RADIO", options=COLOURS)
    make.contact("Ann", custom={field.pk: "Red"})
    with pytest.raises(Invalid):
        change_field(field, options=["Blue"], replacements={"Red": "Mauve"})


def test_text_boxes_are_renamed_for_free_and_removed_with_their_texts(cast):
    field = create_field(name="Dog", type="TEXTBOX_LIST", options=["Name", "Breed"])
    ann = make.contact("Ann", custom={field.pk: {"name": "Rex", "breed": "Poodle"}})
    change_field(field, options=options_of(field, name="Called"))
    assert held(ann) == {field.pk: {"name": "Rex", "breed": "Poodle"}}
    with pytest.raises(OptionInUse):
        change_field(field, options=options_of(field, breed=None))
    change_field(field, options=options_of(field, breed=None), replacements={"Breed": None})
    assert held(ann) == {field.pk: {"name": "Rex"}}


def test_what_the_request_leaves_the_reader_finishes(cast, drain, monkeypatch):
    monkeypatch.setattr(definitions, "INLINE", 1)
    field = create_field(name="Colour", type="SINGLE_OPTIONS", options=COLOURS)
    people = [make.contact(name, custom={field.pk: "Red"}) for name in ("Ann", "Ben", "Cy")]
    with drain():
        change_field(field, options=options_of(field, red="Crimson"))
        assert [held(each)[field.pk] for each in people].count("Crimson") == 1
    assert {held(each)[field.pk] for each in people} == {"Crimson"}
    entries = Entry.objects.filter(verb="contact.updated")
    assert (entries.count(), {entry.actor_id for entry in entries}) == (3, {cast.alice.pk})


def test_a_field_becomes_unique_only_while_no_value_is_shared(cast):
    field = create_field(name="Member number")
    ann, ben = make.contact("Ann", custom={field.pk: "M7"}), make.contact("Ben", custom={field.pk: "m7"})
    with pytest.raises(NotUnique) as refusal:
        change_field(field, is_unique=True)
    assert refusal.value.shared == [("m7", sorted([ann.pk, ben.pk]))]
    ben.change(custom={field.pk: "8"})
    change_field(field, is_unique=True)
    assert CustomField.objects.get().is_unique


def test_a_trashed_contact_shares_nothing(cast):
    field = create_field(name="Member number")
    make.contact("Ann", custom={field.pk: "7"})
    make.contact("Ben", custom={field.pk: "7"}).trash()
    change_field(field, is_unique=True)


def test_uniqueness_once_given_up_is_given_up_for_good(cast):
    field = create_field(name="Member number", is_unique=True)
    change_field(field, is_unique=False)
    with pytest.raises(Refused):
        change_field(field, is_unique=True)


def test_a_record_type_has_at_most_ten_unique_fields(cast):
    for number in range(10):
        create_field(name=f"Number {number}", is_unique=True)
    with pytest.raises(LimitReached):
        create_field(name="Number ten", is_unique=True)
    eleventh = create_field(name="Number ten")
    with pytest.raises(LimitReached):
        change_field(eleventh, is_unique=True)
    create_field(name="Number ten", model="business", is_unique=True)


def test_deleting_a_field_takes_its_values_out_of_the_records(cast, drain):
    gone, kept = create_field(name="Gone"), create_field(name="Kept")
    ann = make.contact("Ann", custom={gone.pk: "a", kept.pk: "b"})
    with drain():
        delete_field(gone)
    assert held(ann) == {kept.pk: "b"}
    entry = Entry.objects.get(verb="custom_field.deleted")
    assert (entry.facts["name"], entry.facts["records"]) == ("Gone", 1)
    assert Entry.objects.filter(subject_id=ann.pk).count() == 1, "the field's entry speaks for the values"


def test_folders_keep_their_fields_in_order_and_let_them_go(cast):
    folder = folders.create_folder(name="Dental")
    with pytest.raises(Invalid):
        folders.create_folder(name="dental")
    first, second = create_field(name="One", folder=folder.pk), create_field(name="Two", folder=folder)
    definitions.arrange_fields("contact", [second.pk, first.pk])
    assert [field.name for field in CustomField.objects.filter(folder=folder)] == ["Two", "One"]
    folders.rename_folder(folder, "Teeth")
    folders.delete_folder(folder)
    assert not FieldFolder.objects.exists()
    assert {field.folder_id for field in CustomField.objects.all()} == {None}


def test_arranging_some_rows_leaves_the_others_where_they_are(cast):
    rows = {name: folders.create_folder(name=name) for name in "ABCD"}
    folders.arrange_folders("contact", [rows["D"].pk, rows["B"].pk])
    assert [row.name for row in FieldFolder.objects.all()] == ["A", "D", "C", "B"]
    before = Entry.objects.count()
    folders.arrange_folders("contact", [rows["D"].pk, rows["B"].pk, "x" * 20])
    assert Entry.objects.count() == before, "nothing moved, nothing is written"


def test_contacts_113_a_typed_value_of_a_radio_field_is_offered_to_nobody_else(cast):
    from contacts import identity

    field = create_field(name="Colour", type="RADIO", options=COLOURS, allows_custom_option=True)
    ann = identity.add(first_name="Ann", custom={field.pk: "Mauve"})
    assert held(ann) == {field.pk: "Mauve"}
    assert CustomField.objects.get().labels == COLOURS
    change_field(field, options=options_of(field, red="Crimson"))
    assert held(ann) == {field.pk: "Mauve"}
    strict = create_field(name="Strict", type="RADIO", options=COLOURS)
    with pytest.raises(Invalid):
        identity.edit(ann, custom={strict.pk: "Mauve"})


def test_a_plan_caps_the_fields_of_contacts_only(cast):
    subscription(cast.company, custom_fields=1)
    kept = create_field(name="Shoe size")
    with pytest.raises(LimitReached):
        create_field(name="Hat size")
    create_field(name="VAT", model="business")
    delete_field(kept)
    other = create_field(name="Hat size")
    with pytest.raises(LimitReached):
        restore_field(kept)
    assert list(CustomField.objects.filter(model="contact")) == [other]
