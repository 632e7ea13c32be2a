from contacts.models import Contact, SmartList, Tag
from contacts.tests import make
from core.pages import link

HTMX = {"HX-Request": "true"}


def tag(name):
    return Tag.objects.get(name=name)


def names(contact):
    return Contact.objects.get(pk=contact.pk).tag_names()


def test_the_list_tells_how_many_contacts_have_each_tag(cast, browse, django_assert_max_num_queries):
    make.contact("Ann", tags=("lead", "vip"))
    make.contact("Ben", tags=("lead",))
    make.contact("Gone", tags=("lead", "old")).trash()
    client = browse(cast.alice)
    client.get(link("settings:tags"))
    with django_assert_max_num_queries(10):
        rows = client.get(link("settings:tags")).context["page"].rows
    assert [(row.name, row.number) for row in rows] == [("lead", 2), ("old", 0), ("vip", 1)]
    assert [row.name for row in client.get(link("settings:tags"), {"q": " VI"}).context["page"].rows] == ["vip"]
    assert client.get(link("settings:tags"), {"q": "zzz"}).status_code == 200


def test_a_restricted_user_counts_only_what_they_see(cast, browse):
    make.contact("Ann", tags=("lead",), assigned_to=cast.bob)
    make.contact("Ben", tags=("lead",))
    rows = browse(cast.bob).get(link("settings:tags")).context["page"].rows
    assert [(row.name, row.number) for row in rows] == [("lead", 1)]


def test_a_tag_is_created_in_lower_case_and_only_once(cast, browse):
    client = browse(cast.alice)
    answer = client.post(link("settings:tag_create"), {"name": " Spring PROMO "}, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, link("settings:tags"))
    assert tag("spring promo")
    answer = client.post(link("settings:tag_create"), {"name": "spring promo"})
    assert answer.status_code == 422 and "There is a tag spring promo already." in answer.content.decode()
    assert client.post(link("settings:tag_create"), {"name": "x" * 76}).status_code == 422
    assert client.post(link("settings:tag_create"), {"name": "  "}).status_code == 422
    assert Tag.objects.count() == 1


def test_a_rename_keeps_the_tag_on_its_contacts(cast, browse):
    ann = make.contact("Ann", tags=("lead",))
    browse(cast.alice).post(link("settings:tag_rename", tag("lead").pk), {"name": "Prospect"})
    assert names(ann) == ["prospect"]


def test_a_rename_onto_another_tag_offers_the_merge(cast, browse):
    ann = make.contact("Ann", tags=("lead",))
    make.contact("Ben", tags=("prospect",))
    client = browse(cast.alice)
    answer = client.post(link("settings:tag_rename", tag("lead").pk), {"name": "prospect"}, headers=HTMX)
    assert answer.status_code == 422
    assert link("settings:tag_merge", tag("lead").pk) + "?into=prospect" in answer.content.decode()
    question = client.get(link("settings:tag_merge", tag("lead").pk), {"into": "prospect"}, headers=HTMX)
    assert "<option selected>prospect</option>" in question.content.decode()
    assert client.post(link("settings:tag_merge", tag("lead").pk), {"into": "nonesuch"}).status_code == 422
    assert client.post(link("settings:tag_merge", tag("lead").pk), {"into": "lead"}).status_code == 422
    client.post(link("settings:tag_merge", tag("lead").pk), {"into": "prospect"})
    assert names(ann) == ["prospect"]
    assert not Tag.objects.filter(name="lead").exists()


def test_contacts_061_deleting_a_tag_says_what_uses_it_and_takes_it_off_everybody(cast, browse):
    ann = make.contact("Ann", tags=("lead", "vip"))
    SmartList.record_new(
        name="Leads", owner=cast.alice, filters=[{"field": "tags", "operator": "eq", "value": ["lead"]}]
    )
    SmartList.record_new(
        name="Private", owner=cast.dora, filters=[{"field": "tags", "operator": "all", "value": [tag("lead").pk]}]
    )
    client = browse(cast.alice)
    question = client.get(link("settings:tag_delete", tag("lead").pk), headers=HTMX).content.decode()
    assert "1 contact" in question and "2 smart lists" in question
    assert "Leads" in question and "Private" not in question and "1 of other people" in question
    client.post(link("settings:tag_delete", tag("lead").pk))
    assert names(ann) == ["vip"]


def test_another_tenants_tag_is_not_there(cast, as_, browse):
    with as_(cast.charlie, cast.globex_location):
        zoe = make.contact("Zoe", tags=("theirs",))
        pk = tag("theirs").pk
    client = browse(cast.alice)
    for name in ("tag_rename", "tag_merge", "tag_delete"):
        assert client.get(link(f"settings:{name}", pk)).status_code == 404, name
        assert client.post(link(f"settings:{name}", pk), {"name": "mine", "into": "mine"}).status_code == 404, name
    make.contact("Ann", tags=("mine",))
    assert client.post(link("settings:tag_merge", tag("mine").pk), {"into": "theirs"}).status_code == 422
    with as_(cast.charlie, cast.globex_location):
        assert names(zoe) == ["theirs"]


def test_a_user_reads_the_list_but_changes_nothing(cast, browse):
    make.contact("Ann", tags=("lead",))
    client = browse(cast.dora)
    assert client.get(link("settings:tags")).status_code == 200
    for url in [
        link("settings:tag_create"),
        *(link(f"settings:{name}", tag("lead").pk) for name in ("tag_rename", "tag_merge", "tag_delete")),
    ]:
        assert client.get(url).status_code == 403, url
        assert client.post(url, {"name": "x", "into": "x"}).status_code == 403, url
    assert tag("lead")
