import pytest

from contacts.models import Contact, SmartList
from contacts.tests import make
from core.pages import link
from objects import folders
from objects.definitions import create_field
from objects.models import CustomField, FieldFolder
from objects.models.custom_field import TYPES, WITH_OPTIONS

HTMX = {"HX-Request": "true"}


def held(contact):
    return Contact.objects.get(pk=contact.pk).custom


def rows_of(*options):
    """What the options editor posts: (key, label) each."""
    return {
        "option_key": [key for key, _ in options],
        "option_label": [label for _, label in options],
        "option_image": [""] * len(options),
    }


@pytest.mark.parametrize("code", [code for code, _ in TYPES])
def test_a_field_of_every_type_is_added_previewed_and_opened(cast, browse, code):
    client = browse(cast.alice)
    url = f"{link('settings:field_create')}?object=contact&type={code}"
    assert client.get(url).status_code == 200
    given = {"name": "Shoe size", "description": "In EU sizes", **rows_of(("", "One"), ("", "Two"), ("", ""))}
    assert client.post(url, given).status_code == 302
    field = CustomField.objects.get()
    assert (field.type, field.key, field.full_key) == (code, "shoe_size", "contact.shoe_size")
    assert field.labels == (["One", "Two"] if code in WITH_OPTIONS else [])
    preview = client.post(f"{link('settings:field_preview')}?type={code}", given, headers=HTMX).content.decode()
    assert "Shoe size" in preview and "In EU sizes" in preview
    assert ("Two" in preview) == (code in WITH_OPTIONS)
    assert client.get(link("settings:field_edit", field.pk)).status_code == 200
    assert (
        client.post(
            link("settings:field_edit", field.pk), {**given, "name": "Size", **rows_of(("one", "One"), ("two", "Two"))}
        ).status_code
        == 302
    )
    assert CustomField.objects.get().name == "Size"


def test_the_list_groups_fields_by_folder_and_shows_their_keys(cast, browse, django_assert_max_num_queries):
    folder = folders.create_folder(name="Dental")
    create_field(name="Recall", folder=folder)
    create_field(name="Shoe size")
    create_field(name="VAT", model="business")
    client = browse(cast.alice)
    with django_assert_max_num_queries(13):
        answer = client.get(link("settings:fields"))
    page = answer.content.decode()
    assert [(str(group["folder"]), [row.name for row in group["fields"]]) for group in answer.context["groups"]] == [
        ("Dental", ["Recall"]), ("None", ["Shoe size"]),
    ]  # fmt: skip
    assert "contact.shoe_size" in page and "VAT" not in page
    assert "business.vat" in client.get(link("settings:fields"), {"object": "business"}).content.decode()
    assert client.get(link("settings:fields"), {"object": "planet"}).status_code == 404
    narrowed = client.get(link("settings:fields"), {"q": "rec"})
    assert [group["fields"][0].name for group in narrowed.context["groups"]] == ["Recall"]


def test_the_editor_gets_an_empty_row_for_another_option(cast, browse):
    answer = browse(cast.alice).get(link("settings:field_option"), {"type": "RADIO"}, headers=HTMX)
    assert answer.status_code == 200 and 'name="option_label" value=""' in answer.content.decode()


def test_the_type_is_chosen_first(cast, browse):
    page = browse(cast.alice).get(link("settings:field_create")).content.decode()
    assert page.count("type-card") == 16
    assert browse(cast.alice).get(link("settings:field_create"), {"type": "nonsense"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "key": "Bad Key"}, "key"),
        ({"name": "x", "key": "first_name"}, "key"),
        ({"name": "x", "placeholder": "x" * 201}, "placeholder"),
        ({"name": "x", "folder": "A" * 20}, "folder"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast, browse, given, at):
    answer = browse(cast.alice).post(f"{link('settings:field_create')}?type=TEXT", given)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {at})
    assert not CustomField.objects.exists()


def test_a_field_with_options_needs_one(cast, browse):
    answer = browse(cast.alice).post(
        f"{link('settings:field_create')}?type=RADIO", {"name": "Colour", **rows_of(("", " "))}
    )
    assert answer.status_code == 422 and "Add at least one option" in answer.content.decode()


def test_renaming_an_option_on_the_page_rewrites_the_records(cast, browse):
    field = create_field(name="Colour", type="CHECKBOX", options=["Red", "Blue"])
    ann = make.contact("Ann", custom={field.pk: ["Red", "Blue"]})
    given = {"name": "Colour", **rows_of(("blue", "Blue"), ("red", "Crimson"), ("", "Green"))}
    assert browse(cast.alice).post(link("settings:field_edit", field.pk), given).status_code == 302
    assert held(ann) == {field.pk: ["Crimson", "Blue"]}
    assert CustomField.objects.get().labels == ["Blue", "Crimson", "Green"]


def test_removing_an_option_in_use_asks_what_takes_its_place(cast, browse):
    field = create_field(name="Colour", type="SINGLE_OPTIONS", options=["Red", "Blue"])
    ann = make.contact("Ann", custom={field.pk: "Red"})
    client = browse(cast.alice)
    given = {"name": "Colour", **rows_of(("blue", "Blue"))}
    asked = client.post(link("settings:field_edit", field.pk), given)
    assert asked.status_code == 422
    assert asked.context["in_use"] == [{"label": "Red", "number": 1, "chosen": "?"}]
    assert (held(ann), CustomField.objects.get().labels) == ({field.pk: "Red"}, ["Red", "Blue"])
    still = client.post(link("settings:field_edit", field.pk), {**given, "gone": "Red", "instead": "?"})
    assert still.status_code == 422
    assert (
        client.post(link("settings:field_edit", field.pk), {**given, "gone": "Red", "instead": "=Blue"}).status_code
        == 302
    )
    assert held(ann) == {field.pk: "Blue"}
    client.post(
        link("settings:field_edit", field.pk),
        {"name": "Colour", **rows_of(("", "Green")), "gone": "Blue", "instead": "="},
    )
    assert held(ann) == {}


def test_unique_is_refused_with_the_records_that_share_a_value(cast, browse):
    field = create_field(name="Member number")
    for name in ("Ann", "Ben"):
        make.contact(name, custom={field.pk: "7"})
    client = browse(cast.alice)
    answer = client.post(link("settings:field_edit", field.pk), {"name": "Member number", "is_unique": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Ann, Ben" in page
    assert not CustomField.objects.get().is_unique


def test_uniqueness_is_given_up_for_good(cast, browse):
    field = create_field(name="Member number", is_unique=True)
    client = browse(cast.alice)
    client.post(link("settings:field_edit", field.pk), {"name": "Member number"})
    assert not CustomField.objects.get().is_unique
    assert "for good" in client.get(link("settings:field_edit", field.pk)).content.decode()
    client.post(link("settings:field_edit", field.pk), {"name": "Member number", "is_unique": "on"})
    assert not CustomField.objects.get().is_unique


def test_an_eleventh_unique_field_is_refused(cast, browse):
    for number in range(10):
        create_field(name=f"N{number}", is_unique=True)
    answer = browse(cast.alice).post(f"{link('settings:field_create')}?type=TEXT", {"name": "N", "is_unique": "on"})
    assert answer.status_code == 422 and "10 unique fields" in answer.content.decode()


def test_deleting_tells_what_goes_and_wants_a_typed_word(cast, browse, drain):
    field = create_field(name="Shoe size")
    ann = make.contact("Ann", custom={field.pk: "42"})
    filters = [{"field": f"customFields.{field.pk}", "operator": "exists"}]
    SmartList.record_new(name="With shoes", owner=cast.alice, filters=filters)
    client = browse(cast.alice)
    url = link("settings:field_delete", field.pk)
    question = client.get(url, headers=HTMX).content.decode()
    assert "1 contact has a value" in question and "With shoes" in question
    assert client.post(url, {"confirm": "delete"}).status_code == 422
    assert CustomField.objects.exists()
    with drain():
        assert client.post(url, {"confirm": "DELETE"}).status_code == 302
    assert not CustomField.objects.exists()
    assert held(ann) == {}


def test_folders_are_made_renamed_ordered_and_deleted(cast, browse):
    client = browse(cast.alice)
    for name in ("One", "Two"):
        assert (
            client.post(f"{link('settings:folder_create')}?object=contact", {"name": name}, headers=HTMX).status_code
            == 204
        )
    assert client.post(link("settings:folder_create"), {"name": "one"}).status_code == 422
    one, two = FieldFolder.objects.order_by("name")
    assert client.post(f"{link('settings:folders_order')}?object=contact", {"ids": [two.pk, one.pk]}).status_code == 204
    assert [row.name for row in FieldFolder.objects.all()] == ["Two", "One"]
    client.post(link("settings:folder_rename", one.pk), {"name": "First"})
    assert client.post(link("settings:folder_rename", one.pk), {"name": "two"}).status_code == 422
    field = create_field(name="Shoe", folder=one)
    assert "Its field moves" in client.get(link("settings:folder_delete", one.pk), headers=HTMX).content.decode()
    client.post(link("settings:folder_delete", one.pk))
    field.refresh_from_db()
    assert (field.folder, FieldFolder.objects.get().name) == (None, "Two")


def test_fields_take_the_order_they_are_dragged_into(cast, browse):
    rows = [create_field(name=name) for name in ("A", "B", "C")]
    client = browse(cast.alice)
    wanted = [rows[2].pk, rows[0].pk, rows[1].pk, "x" * 20]
    assert client.post(f"{link('settings:fields_order')}?object=contact", {"ids": wanted}).status_code == 204
    assert [row.name for row in CustomField.objects.all()] == ["C", "A", "B"]


def test_another_tenants_field_and_folder_are_not_there(cast, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        field, folder = create_field(name="Theirs"), folders.create_folder(name="Theirs")
    client = browse(cast.alice)
    for name, pk in (
        ("field_edit", field.pk),
        ("field_delete", field.pk),
        ("folder_rename", folder.pk),
        ("folder_delete", folder.pk),
    ):
        assert client.get(link(f"settings:{name}", pk)).status_code == 404, name
        assert client.post(link(f"settings:{name}", pk), {"name": "Mine", "confirm": "DELETE"}).status_code == 404, name
    answer = client.post(f"{link('settings:field_create')}?type=TEXT", {"name": "x", "folder": folder.pk})
    assert answer.status_code == 422
    client.post(f"{link('settings:fields_order')}?object=contact", {"ids": [field.pk]})
    with as_(cast.charlie, cast.globex_location):
        assert CustomField.objects.get().position == field.position
        assert FieldFolder.objects.get().name == "Theirs"


def test_a_user_reads_the_fields_but_changes_none(cast, browse):
    field, folder = create_field(name="Shoe"), folders.create_folder(name="Dental")
    client = browse(cast.dora)
    page = client.get(link("settings:fields"))
    assert page.status_code == 200 and link("settings:field_edit", field.pk) not in page.content.decode()
    urls = [
        link(f"settings:{name}")
        for name in ("field_create", "field_preview", "fields_order", "folder_create", "folders_order")
    ]
    urls += [link(f"settings:{name}", field.pk) for name in ("field_edit", "field_delete")]
    urls += [link(f"settings:{name}", folder.pk) for name in ("folder_rename", "folder_delete")]
    for url in urls:
        assert client.post(url, {"name": "x", "confirm": "DELETE"}).status_code == 403, url
    assert CustomField.objects.get().name == "Shoe"
