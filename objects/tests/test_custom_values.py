import pytest

from core.errors import Invalid
from core.pages import link
from objects.custom_values import change_value, create_value
from objects.models import CustomValue

HTMX = {"HX-Request": "true"}


def test_a_key_comes_from_the_name_and_stays(cast):
    row = create_value(name="Front desk", value="+1 212 555 0123")
    assert row.key == "front_desk"
    assert create_value(name="front-desk").key == "front_desk_2"
    change_value(row, name="Reception")
    row.refresh_from_db()
    assert (row.name, row.key, row.value) == ("Reception", "front_desk", "+1 212 555 0123")


@pytest.mark.parametrize("given", [{"name": " "}, {"name": "x" * 201}, {"name": "x", "value": "x" * 5001}])
def test_too_much_or_too_little_is_refused(cast, given):
    with pytest.raises(Invalid):
        create_value(**given)
    assert not CustomValue.objects.exists()


def test_values_are_added_changed_found_and_deleted_on_the_page(cast, browse):
    client = browse(cast.alice)
    assert (
        client.post(link("settings:value_create"), {"name": "Colour", "value": "#0a5"}, headers=HTMX).status_code == 204
    )
    client.post(link("settings:value_create"), {"name": "Footer", "value": "In {{custom_values.colour}}"})
    assert client.post(link("settings:value_create"), {"name": "", "value": "x"}).status_code == 422
    assert client.post(link("settings:value_create"), {"name": "Long", "value": "x" * 5001}).status_code == 422
    page = client.get(link("settings:values"))
    assert [row.name for row in page.context["page"].rows] == ["Colour", "Footer"]
    assert "{{custom_values.colour}}" in page.content.decode().replace("&#123;", "{").replace("&#125;", "}")
    assert [row.name for row in client.get(link("settings:values"), {"q": "#0A5"}).context["page"].rows] == ["Colour"]
    colour = CustomValue.objects.get(name="Colour")
    client.post(link("settings:value_edit", colour.pk), {"name": "Brand colour", "value": "#06a"})
    colour.refresh_from_db()
    assert (colour.name, colour.key, colour.value) == ("Brand colour", "colour", "#06a")
    assert "inserted in Footer" in client.get(link("settings:value_delete", colour.pk), headers=HTMX).content.decode()
    client.post(link("settings:value_delete", colour.pk))
    assert [row.name for row in CustomValue.objects.all()] == ["Footer"]


def test_another_tenants_value_is_not_there(cast, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        theirs = create_value(name="Theirs", value="secret")
    client = browse(cast.alice)
    for name in ("value_edit", "value_delete"):
        assert client.get(link(f"settings:{name}", theirs.pk)).status_code == 404
        assert client.post(link(f"settings:{name}", theirs.pk), {"name": "Mine"}).status_code == 404
    assert "secret" not in client.get(link("settings:values")).content.decode()


def test_a_user_reads_values_but_changes_none(cast, browse):
    row = create_value(name="Colour")
    client = browse(cast.dora)
    assert client.get(link("settings:values")).status_code == 200
    for url in (
        link("settings:value_create"),
        link("settings:value_edit", row.pk),
        link("settings:value_delete", row.pk),
    ):
        assert client.get(url).status_code == 403
        assert client.post(url, {"name": "x"}).status_code == 403
    assert CustomValue.objects.get().name == "Colour"
