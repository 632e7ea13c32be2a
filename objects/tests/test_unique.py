from contacts.models import Contact
from contacts.tests import make
from contacts.tests.importing import imported
from core.pages import link
from oauth.tests.make import api
from objects.definitions import create_field


def holders(field, value):
    return sorted(Contact.objects.filter(custom__contains={field.pk: value}).values_list("first_name", flat=True))


def test_contacts_112_a_unique_value_is_refused_on_the_record(cast, browse):
    field = create_field(name="Member number", is_unique=True)
    make.contact("Ann", custom={field.pk: "M1"})
    ben = make.contact("Ben")
    answer = browse(cast.alice).post(
        link("contacts:field", ben.pk, field.pk), {"value": "M1"}, headers={"HX-Request": "true"}
    )
    assert 400 <= answer.status_code < 500 and "already used by Ann" in answer.content.decode()
    assert holders(field, "M1") == ["Ann"]


def test_contacts_112_a_unique_value_is_refused_by_the_api(cast):
    field = create_field(name="Member number", is_unique=True)
    make.contact("Ann", custom={field.pk: "M1"})
    ben = make.contact("Ben")
    client = api(cast.location)
    custom = [{"id": field.pk, "field_value": "M1"}]
    made = client.post("/contacts/", {"locationId": cast.location.pk, "firstName": "Cy", "customFields": custom})
    changed = client.put(f"/contacts/{ben.pk}", {"customFields": custom})
    assert 400 <= made.status_code < 500 and 400 <= changed.status_code < 500
    assert holders(field, "M1") == ["Ann"]


def test_contacts_112_a_unique_value_is_refused_by_an_import(cast):
    field = create_field(name="Member number", is_unique=True)
    make.contact("Ann", email="ann@example.com", custom={field.pk: "M1"})
    make.contact("Ben", email="ben@example.com")
    imported("Email,Member number\nben@example.com,M1\n", mapping=["email", f"custom.{field.pk}"])
    assert holders(field, "M1") == ["Ann"]
    imported("Email,Member number\ncy@example.com,M1\n", mapping=["email", f"custom.{field.pk}"], match_by=["email"])
    assert Contact.objects.filter(custom__contains={field.pk: "M1"}).count() == 1


def test_a_contact_signs_by_typing_and_the_picture_is_shown(cast, browse):
    field = create_field(name="Consent", type="SIGNATURE")
    ann = make.contact("Ann")
    client, url = browse(cast.alice), link("contacts:files", ann.pk, field.pk)
    assert "signature-pad" in client.get(link("contacts:show", ann.pk), {"tab": "additional"}).content.decode()
    assert client.post(url, {"typed": ""}, headers={"HX-Request": "true"}).status_code == 422
    assert Contact.objects.get().custom == {}
    answer = client.post(url, {"typed": "Ann Ames"}, headers={"HX-Request": "true"})
    ((file_id, _),) = Contact.objects.get().custom[field.pk].items()
    address = link("contacts:file", ann.pk, field.pk, file_id)
    assert address in answer.content.decode() and client.get(address)["Content-Type"] == "image/png"
    assert client.post(url, {"remove": file_id}).status_code == 302
    assert Contact.objects.get().custom == {}
