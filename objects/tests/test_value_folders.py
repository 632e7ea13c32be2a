from core.pages import link
from objects.custom_values import create_value
from objects.models import CustomValue, ValueFolder

HTMX = {"HX-Request": "true"}


def test_values_are_kept_in_folders(cast, browse):
    client = browse(cast.alice)
    assert client.post(link("settings:value_folder_create"), {"name": "Brand"}, headers=HTMX).status_code == 204
    assert client.post(link("settings:value_folder_create"), {"name": "brand"}, headers=HTMX).status_code == 422
    folder = ValueFolder.objects.get()
    given = {"name": "Colour", "value": "teal", "folder": folder.pk}
    assert client.post(link("settings:value_create"), given).status_code == 302
    create_value(name="Phone")
    shown = client.get(link("settings:values"), {"folder": folder.pk})
    assert [row.name for row in shown.context["page"].rows] == ["Colour"]
    client.post(link("settings:value_folder_rename", folder.pk), {"name": "Look"})
    folder.refresh_from_db()
    assert folder.name == "Look"
    question = client.get(link("settings:value_folder_delete", folder.pk), headers=HTMX).content.decode()
    assert "Its value stays" in question
    client.post(link("settings:value_folder_delete", folder.pk))
    assert not ValueFolder.objects.exists() and CustomValue.objects.get(name="Colour").folder is None


def test_a_value_can_leave_its_folder_and_no_other_folder_is_taken(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = ValueFolder.record_new(name="Theirs")
    folder = ValueFolder.record_new(name="Brand")
    row = create_value(name="Colour", value="teal", folder=folder.pk)
    client, url = browse(cast.alice), link("settings:value_edit", row.pk)
    assert client.post(url, {"name": "Colour", "value": "teal", "folder": theirs.pk}).status_code == 422
    row.refresh_from_db()
    assert row.folder == folder
    client.post(url, {"name": "Colour", "value": "teal", "folder": ""})
    row.refresh_from_db()
    assert row.folder is None
    for name in ("value_folder_rename", "value_folder_delete"):
        assert client.get(link(f"settings:{name}", theirs.pk)).status_code == 404


def test_only_who_may_write_values_changes_folders(cast, browse):
    folder = ValueFolder.record_new(name="Brand")
    client = browse(cast.dora)
    for name, args in (
        ("value_folder_create", ()),
        ("value_folder_rename", (folder.pk,)),
        ("value_folder_delete", (folder.pk,)),
    ):
        assert client.post(link(f"settings:{name}", *args), {"name": "x"}).status_code == 403
    assert ValueFolder.objects.get().name == "Brand"
