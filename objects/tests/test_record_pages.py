import base64
import io
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from core.pages import link
from objects import definitions, schemas
from objects.models import ObjectSchema, Record
from objects.models.custom_field import TYPES, WITH_OPTIONS
from objects.tests import make

HTMX = {"HX-Request": "true"}


def names(answer):
    return [line["record"].name for line in answer.context["lines"]]


def url_of(schema, *conditions, **query):
    pairs = [*(("f", each) for each in conditions), *query.items()]
    return f"{link('objects:records', schema.pk)}?{urlencode(pairs)}"


def png(ink=True):
    picture = Image.new("RGBA", (300, 90), (0, 0, 0, 0))
    if ink:
        ImageDraw.Draw(picture).line((10, 10, 200, 80), fill=(0, 0, 0, 255), width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def test_every_object_has_its_entry_in_the_menu(cast, browse):
    schema = make.pets()
    page = browse(cast.dora).get(link("contacts:list")).content.decode()
    assert f'href="{link("objects:records", schema.pk)}"' in page and "Pets" in page
    schemas.delete_schema(schema)
    assert "Pets" not in browse(cast.dora).get(link("contacts:list")).content.decode()


def test_changed_labels_of_a_standard_object_are_the_menus(cast, browse):
    schemas.change_schema(schemas.standard("contact"), plural="Patients")
    assert "Patients" in browse(cast.alice).get(link("settings:objects")).content.decode()


def test_an_empty_list_offers_the_first_record(cast, browse):
    page = browse(cast.alice).get(link("objects:records", make.pets().pk)).content.decode()
    assert "No records yet" in page and "Add the first" in page


def test_the_list_searches_sorts_and_pages_by_key_in_a_few_queries(cast, browse, django_assert_max_num_queries):
    schema = make.pets()
    for number in range(60):
        make.pet(schema, f"Buddy {number:02d}", owner=cast.bob)
    make.pet(schema, "Rex")
    client = browse(cast.alice)
    client.get(url_of(schema))
    with django_assert_max_num_queries(16):
        first = client.get(url_of(schema, sort="name"))
    assert names(first)[:2] == ["Buddy 00", "Buddy 01"] and first.context["total"] == 61
    second = client.get(url_of(schema, sort="name", at=first.context["page"].next))
    assert names(second)[-1] == "Rex" and len(names(second)) == 11
    assert names(client.get(url_of(schema, q="rex"))) == ["Rex"]
    table = client.get(url_of(schema, q="rex"), headers=HTMX).content.decode()
    assert "<html" not in table and "Rex" in table and "1 record" in table


@pytest.fixture
def herd(cast):
    schema = make.pets()
    size = definitions.create_field(name="Size", type="SINGLE_OPTIONS", model=schema.key, options=["Small", "Big"])
    weight = definitions.create_field(name="Weight", type="FLOAT", model=schema.key)
    born = definitions.create_field(name="Born", type="DATE", model=schema.key)
    likes = definitions.create_field(name="Likes", type="CHECKBOX", model=schema.key, options=["Fish", "Meat", "Hay"])
    breed = definitions.create_field(name="Breed", model=schema.key)
    make.pet(
        schema, "Ann", owner=cast.bob,
        **{size.pk: "Small", weight.pk: 3.5, born.pk: "2020-05-01", likes.pk: ["Fish", "Meat"], breed.pk: "Tabby cat"},
    )  # fmt: skip
    make.pet(schema, "Ben", **{size.pk: "Big", weight.pk: 500, born.pk: "2015-01-01", likes.pk: ["Hay"]})
    make.pet(schema, "Cy")
    return schema, {"size": size.pk, "weight": weight.pk, "born": born.pk, "likes": likes.pk, "breed": breed.pk}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("size~eq~Small", ["Ann"]),
        ("size~eq~Small|Big", ["Ann", "Ben"]),
        ("size~not_eq~Small", ["Ben", "Cy"]),
        ("size~not_exists~", ["Cy"]),
        ("weight~gt~3.5", ["Ben"]),
        ("weight~gte~3.5", ["Ann", "Ben"]),
        ("weight~eq~500", ["Ben"]),
        ("weight~range~1..10", ["Ann"]),
        ("born~before~2016-01-01", ["Ben"]),
        ("born~range~2015-01-01..2020-05-01", ["Ann", "Ben"]),
        ("born~in_last~30", []),
        ("likes~eq~Meat|Hay", ["Ann", "Ben"]),
        ("likes~all~Fish|Meat", ["Ann"]),
        ("likes~not_eq~Fish", ["Ben", "Cy"]),
        ("breed~contains~TABBY", ["Ann"]),
        ("breed~starts_with~cat", []),
        ("breed~not_contains~cat", ["Ben", "Cy"]),
        ("owner~eq~unassigned", ["Ben", "Cy"]),
        ("owner~eq~{bob}", ["Ann"]),
        ("owner~exists~", ["Ann"]),
        ("date_added~in_last~1", ["Ann", "Ben", "Cy"]),
        ("date_added~before~2020-01-01", []),
    ],
)
def test_filters_speak_the_operators_of_smart_lists(cast, browse, herd, condition, found):
    schema, fields = herd
    name, _, rest = condition.partition("~")
    written = f"{fields.get(name, name)}~{rest}".replace("{bob}", cast.bob.pk)
    assert names(browse(cast.alice).get(url_of(schema, written, sort="name"))) == found


@pytest.mark.parametrize("condition", ["weight~gt~lots", "born~on~soon", "born~in_last~many", "date_added~on~99"])
def test_a_filter_that_makes_no_sense_says_so_and_finds_nothing(cast, browse, herd, condition):
    schema, fields = herd
    name, _, rest = condition.partition("~")
    answer = browse(cast.alice).get(url_of(schema, f"{fields.get(name, name)}~{rest}"))
    assert answer.status_code == 200 and names(answer) == [] and answer.context["trouble"]


def test_a_filter_is_put_together_in_a_dialog(cast, browse, herd):
    schema, fields = herd
    client, url = browse(cast.alice), link("objects:record_filter", schema.pk)
    assert "Weight" in client.get(url, headers=HTMX).content.decode()
    form = client.get(url, {"field": fields["weight"]}, headers=HTMX).content.decode()
    assert "more than" in form and f'hx-post="{url}"' in form
    given = {"field": fields["weight"], "operator": "gt", "value": "many", "apply": "1", "look": "sort=name"}
    assert client.post(url, given, headers=HTMX).status_code == 422
    done = client.post(url, {**given, "value": "4"}, headers=HTMX)
    assert done.status_code == 204
    assert names(client.get(done["HX-Redirect"])) == ["Ben"]


def test_columns_are_chosen_and_remembered(cast, browse, herd):
    schema, fields = herd
    client = browse(cast.alice)
    client.post(link("objects:record_columns", schema.pk), {"column": [fields["weight"], "date_added", "nonsense"]})
    answer = client.get(url_of(schema))
    assert [column["name"] for column in answer.context["columns"]] == [fields["weight"], "date_added"]


def test_a_record_is_added_with_required_fields_and_prefills(cast, browse):
    schema = make.pets()
    breed = definitions.create_field(name="Breed", model=schema.key, is_required=True, prefill="Cat")
    client, url = browse(cast.alice), link("objects:record_create", schema.pk)
    assert 'value="Cat"' in client.get(url).content.decode()
    for given in ({schema.primary_field_id: "Buddy", breed.pk: ""}, {schema.primary_field_id: "", breed.pk: "Cat"}):
        assert client.post(url, given).status_code == 422
    assert not Record.objects.exists()
    given = {schema.primary_field_id: "Buddy", breed.pk: "Dog", "owner": cast.bob.pk}
    assert client.post(url, given).status_code == 302
    record = Record.objects.get()
    assert (record.name, record.custom[breed.pk], record.owner_id) == ("Buddy", "Dog", cast.bob.pk)
    assert make.pet(schema, "Without").custom == {schema.primary_field_id: "Without"}


GIVEN = {
    "TEXT": ({"value": "x"}, "x"),
    "LARGE_TEXT": ({"value": "x\ny"}, "x\ny"),
    "TEXTBOX_LIST": ({"box_one": "x"}, {"one": "x"}),
    "NUMERICAL": ({"value": "1,200"}, 1200),
    "FLOAT": ({"value": "1.5"}, 1.5),
    "PHONE": ({"value": "(415) 555-0132"}, "+14155550132"),
    "EMAIL": ({"value": "A@B.example"}, "a@b.example"),
    "MONETORY": ({"value": "$1,200.50"}, 1200.5),
    "SINGLE_OPTIONS": ({"value": "One"}, "One"),
    "MULTIPLE_OPTIONS": ({"value": ["One", "Two"]}, ["One", "Two"]),
    "RADIO": ({"value": "Two"}, "Two"),
    "CHECKBOX": ({"value": ["Two"]}, ["Two"]),
    "DATE": ({"value": "2026-02-03"}, "2026-02-03"),
    "TIME": ({"value": "09:30"}, "09:30"),
}
SHOWN = {"NUMERICAL": "1,200", "MONETORY": "$1,200.50", "DATE": "3 February 2026", "TEXTBOX_LIST": "One: x"}


@pytest.mark.parametrize("code", [code for code, _ in TYPES if code not in ("FILE_UPLOAD", "SIGNATURE")])
def test_a_field_of_every_type_is_edited_in_place(cast, browse, code):
    schema = make.pets()
    options = ["One", "Two"] if code in WITH_OPTIONS else ()
    field = definitions.create_field(name="It", type=code, model=schema.key, options=options)
    record = make.pet(schema)
    client, url = browse(cast.alice), link("objects:record_field", record.pk, field.pk)
    given, stored = GIVEN[code]
    answer = client.post(url, given, headers=HTMX)
    assert answer.status_code == 200 and SHOWN.get(code, "") in answer.content.decode()
    assert Record.objects.get().custom[field.pk] == stored
    assert client.get(link("objects:record", record.pk)).status_code == 200
    empty = {"box_one": ""} if code == "TEXTBOX_LIST" else {"value": ""}
    assert client.post(url, empty).status_code == 302
    assert field.pk not in Record.objects.get().custom


def test_a_wrong_value_is_refused_under_its_field(cast, browse):
    schema = make.pets()
    field = definitions.create_field(name="Weight", type="NUMERICAL", model=schema.key, is_required=True)
    record = make.pet(schema, **{field.pk: 4})
    client, url = browse(cast.alice), link("objects:record_field", record.pk, field.pk)
    for value in ("heavy", ""):
        answer = client.post(url, {"value": value}, headers=HTMX)
        assert answer.status_code == 422 and answer.json()["errors"]["value"]
    assert Record.objects.get().custom[field.pk] == 4


def test_contacts_113_a_typed_answer_is_not_offered_on_other_records(cast, browse):
    schema = make.pets()
    field = definitions.create_field(
        name="Colour", type="RADIO", model=schema.key, options=["Red"], allows_custom_option=True
    )
    one, other = make.pet(schema, "One"), make.pet(schema, "Other")
    client = browse(cast.alice)
    client.post(link("objects:record_field", one.pk, field.pk), {"value": "Red", "own": "Ultraviolet"})
    assert Record.objects.get(pk=one.pk).custom[field.pk] == "Ultraviolet"
    assert 'value="Ultraviolet"' in client.get(link("objects:record", one.pk)).content.decode()
    assert "Ultraviolet" not in client.get(link("objects:record", other.pk)).content.decode()
    assert "Ultraviolet" not in client.get(link("objects:record_create", schema.pk)).content.decode()
    field.refresh_from_db()
    assert field.labels == ["Red"]


def test_pictures_of_options_are_shown_from_their_host_only(cast, browse):
    schema = make.pets()
    options = [{"label": "Red", "image": "https://pictures.example/red.png"}]
    definitions.create_field(name="Colour", type="RADIO", model=schema.key, options=options)
    record = make.pet(schema)
    for url in (link("objects:record", record.pk), link("objects:record_create", schema.pk)):
        answer = browse(cast.alice).get(url)
        assert "https://pictures.example/red.png" in answer.content.decode()
        policy = next(part for part in answer["Content-Security-Policy"].split(";") if "img-src" in part)
        assert policy.split()[1:] == ["'self'", "data:", "https://pictures.example"]


def test_files_are_kept_served_as_downloads_and_removed(cast, browse):
    schema = make.pets()
    field = definitions.create_field(name="Papers", type="FILE_UPLOAD", model=schema.key, accepted_formats=["pdf"])
    record = make.pet(schema)
    client, url = browse(cast.alice), link("objects:record_files", record.pk, field.pk)
    wrong = client.post(url, {"file": SimpleUploadedFile("a.exe", b"x")}, headers=HTMX)
    assert wrong.status_code == 422 and "This field takes pdf" in wrong.content.decode()
    assert client.post(url, {"file": SimpleUploadedFile("a.pdf", b"x")}, headers=HTMX).status_code == 200
    ((file_id, held),) = Record.objects.get().custom[field.pk].items()
    assert held == {"name": "a.pdf", "size": 1}
    full = client.post(url, {"file": SimpleUploadedFile("b.pdf", b"x")}, headers=HTMX)
    assert full.status_code == 422 and len(Record.objects.get().custom[field.pk]) == 1
    got = client.get(link("objects:file", record.pk, field.pk, file_id))
    assert b"".join(got.streaming_content) == b"x" and got["Content-Disposition"].startswith("attachment")
    assert client.post(url, {"remove": file_id}, headers=HTMX).status_code == 200
    assert field.pk not in Record.objects.get().custom
    assert client.get(link("objects:file", record.pk, field.pk, file_id)).status_code == 404


@pytest.mark.parametrize("given", [{"drawn": png()}, {"typed": "Ada Lovelace"}])
def test_a_signature_is_drawn_or_typed_and_kept_as_a_picture(cast, browse, given):
    schema = make.pets()
    field = definitions.create_field(name="Signed", type="SIGNATURE", model=schema.key)
    record = make.pet(schema)
    client, url = browse(cast.alice), link("objects:record_files", record.pk, field.pk)
    assert client.post(url, given, headers=HTMX).status_code == 200
    ((file_id, _),) = Record.objects.get().custom[field.pk].items()
    got = client.get(link("objects:file", record.pk, field.pk, file_id))
    picture = Image.open(io.BytesIO(b"".join(got.streaming_content)))
    assert got["Content-Type"] == "image/png" and picture.convert("L").getextrema()[0] < 128


@pytest.mark.parametrize(
    "given",
    [{}, {"typed": " "}, {"drawn": "data:image/png;base64,AAAA"}, {"drawn": png(ink=False)}, {"typed": "x" * 81}],
)
def test_what_is_no_signature_is_refused(cast, browse, given):
    schema = make.pets()
    field = definitions.create_field(name="Signed", type="SIGNATURE", model=schema.key)
    record = make.pet(schema)
    answer = browse(cast.alice).post(link("objects:record_files", record.pk, field.pk), given, headers=HTMX)
    assert answer.status_code == 422 and field.pk not in Record.objects.get().custom


def test_owner_and_followers_are_changed_on_the_record(cast, browse):
    record = make.pet(make.pets())
    client = browse(cast.alice)
    client.post(link("objects:record_assign", record.pk), {"owner": cast.bob.pk}, headers=HTMX)
    follow = link("objects:record_follow", record.pk, "add")
    assert client.post(follow, {"user": cast.dora.pk}, headers=HTMX).status_code == 200
    assert client.post(follow, {"user": cast.charlie.pk}, headers=HTMX).status_code == 422
    record.refresh_from_db()
    assert (record.owner_id, record.followers) == (cast.bob.pk, [cast.dora.pk])
    client.post(link("objects:record_follow", record.pk, "remove"), {"user": cast.dora.pk})
    record.refresh_from_db()
    assert record.followers == []


def test_a_restricted_user_works_with_theirs_only(cast, browse):
    schema = make.pets()
    mine, hidden = make.pet(schema, "Mine", owner=cast.bob), make.pet(schema, "Hidden", owner=cast.dora)
    followed = make.pet(schema, "Followed", followers=[cast.bob], owner=cast.dora)
    client = browse(cast.bob)
    assert sorted(names(client.get(url_of(schema)))) == ["Followed", "Mine"]
    for name in ("record", "record_activity", "record_name", "record_delete"):
        assert client.get(link(f"objects:{name}", hidden.pk)).status_code == 404
    client.post(link("objects:record_assign", followed.pk), {"owner": ""}, headers=HTMX)
    followed.refresh_from_db()
    assert followed.owner_id == cast.dora.pk
    given_away = client.post(link("objects:record_assign", mine.pk), {"owner": cast.dora.pk}, headers=HTMX)
    assert given_away["HX-Redirect"] == link("objects:records", schema.pk)


def test_a_record_goes_to_the_trash_and_comes_back(cast, browse):
    schema = make.pets()
    record = make.pet(schema)
    client = browse(cast.alice)
    assert "30 days" in client.get(link("objects:record_delete", record.pk), headers=HTMX).content.decode()
    assert client.post(link("objects:record_delete", record.pk)).status_code == 302
    assert names(client.get(url_of(schema))) == []
    assert "in the trash" in client.get(link("objects:record", record.pk)).content.decode()
    trash = link("objects:record_trash", schema.pk)
    assert "Buddy" in client.get(trash).content.decode()
    field = link("objects:record_field", record.pk, schema.primary_field_id)
    assert client.post(field, {"value": "Rex"}).status_code == 404
    assert client.post(trash, {"record": record.pk}).status_code == 302
    assert names(client.get(url_of(schema))) == ["Buddy"]


def test_an_export_has_what_the_list_shows_and_no_formulas(cast, browse):
    schema = make.pets()
    for name in ("=1+1", "Buddy"):
        make.pet(schema, name)
    client = browse(cast.alice)
    text = b"".join(client.get(link("objects:record_export", schema.pk)).streaming_content).decode()
    lines = text.splitlines()
    assert lines[0].endswith("Id,Name,Owner,Added,Updated") and "'=1+1" in text and len(lines) == 3
    narrowed = client.get(link("objects:record_export", schema.pk), {"q": "buddy"})
    assert len(b"".join(narrowed.streaming_content).decode().splitlines()) == 2
    assert browse(cast.dora).get(link("objects:record_export", schema.pk)).status_code == 403


def test_the_palette_finds_records(cast, browse):
    record = make.pet(make.pets(), "Buddy")
    found = browse(cast.alice).get(link("palette"), {"q": "budd"}).json()["results"]
    assert [(row["group"], row["url"]) for row in found] == [("Pets", link("objects:record", record.pk))]


def test_an_admin_defines_changes_deletes_and_restores_an_object(cast, browse, drain):
    client = browse(cast.alice)
    given = {"singular": "Pet", "plural": "Pets", "primary_name": "Name", "primary_type": "TEXT"}
    assert client.post(link("settings:object_create"), {**given, "plural": ""}, headers=HTMX).status_code == 422
    assert client.post(link("settings:object_create"), given, headers=HTMX).status_code == 204
    schema = ObjectSchema.objects.get()
    page = client.get(link("settings:objects")).content.decode()
    assert "Pets" in page and "Companies" in page
    edit = link("settings:object_edit", key=schema.key)
    assert client.get(edit).status_code == 200
    client.post(edit, {"singular": "Animal", "plural": "Animals", "searchable": ["custom_objects.pet.name"]})
    schema.refresh_from_db()
    assert (schema.singular, schema.key) == ("Animal", "custom_objects.pet")
    make.pet(schema)
    delete = link("settings:object_delete", key=schema.key)
    assert client.post(delete, {"confirm": "delete"}).status_code == 422
    assert not ObjectSchema.objects.get().is_trashed
    assert client.post(delete, {"confirm": "DELETE"}).status_code == 302
    assert client.get(link("objects:records", schema.pk)).status_code == 404
    assert client.get(link("objects:record", Record.objects.get().pk)).status_code == 404
    client.post(link("settings:object_restore", schema.pk))
    assert client.get(link("objects:records", schema.pk)).status_code == 200
    client.post(delete, {"confirm": "DELETE"})
    purge = link("settings:object_purge", schema.pk)
    assert client.post(purge, {"confirm": ""}).status_code == 422
    with drain():
        assert client.post(purge, {"confirm": "DELETE"}).status_code == 302
    assert not ObjectSchema.objects.exists() and not Record.objects.exists()


def test_an_empty_object_is_deleted_without_typing(cast, browse):
    schema = make.pets()
    assert browse(cast.alice).post(link("settings:object_delete", key=schema.key)).status_code == 302
    assert ObjectSchema.objects.get().is_trashed
    assert browse(cast.alice).post(link("settings:object_delete", key="contact")).status_code == 404


def test_only_admins_define_objects(cast, browse):
    schema = make.pets()
    client = browse(cast.dora)
    assert client.get(link("settings:objects")).status_code == 200
    for url in (
        link("settings:object_create"),
        link("settings:object_edit", key=schema.key),
        link("settings:object_delete", key=schema.key),
        link("settings:object_restore", schema.pk),
        link("settings:object_purge", schema.pk),
    ):
        assert client.post(url, {"confirm": "DELETE"}).status_code == 403, url
    assert not ObjectSchema.objects.get().is_trashed


def test_another_tenants_objects_and_records_are_not_there(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        schema = make.pets()
        record = make.pet(schema)
    client = browse(cast.alice)
    for name in ("records", "record_create", "record_filter", "record_columns", "record_export", "record_trash"):
        assert client.get(link(f"objects:{name}", schema.pk)).status_code == 404, name
    for name in ("record", "record_activity", "record_delete"):
        assert client.get(link(f"objects:{name}", record.pk)).status_code == 404, name
    assert client.post(link("objects:record_delete", record.pk)).status_code == 404
    with as_(cast.charlie, cast.globex_location):
        assert Record.objects.live().get().pk == record.pk
