"""Settings, Pipelines, Lost reasons and Opportunities: the pages."""

from __future__ import annotations

import pytest

from core.pages import link
from opportunities import dealing, pipelines
from opportunities.models import LostReason, Opportunity, Pipeline
from opportunities.settings_forms import row_of
from opportunities.tests import make

PAGES = [
    "settings:pipelines", "settings:pipeline_create", "settings:pipeline_stage", "settings:lost_reasons",
    "settings:lost_reason_create", "settings:opportunities",
]  # fmt: skip


def sent(stages, **more):
    """The editor's form as a browser sends it."""
    data = {"name": "Sales", "colour_mode": "dot", "show_in_funnel": "on", "stage": [], **more}
    for stage in stages:
        row = row_of(stage) if hasattr(stage, "pk") else stage
        data["stage"].append(row["mark"])
        for name, value in row.items():
            if name not in ("mark", "link") and value is not False:
                data[f"{name}-{row['mark']}"] = "on" if value is True else value
    return data


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_for_admins_and_not_for_others(cast, browse, name):
    make.opportunity()
    make.lost_reason()
    assert browse(cast.alice).get(link(name)).status_code == 200
    assert browse(cast.dora).get(link(name)).status_code == 403


def test_a_location_without_pipelines_is_offered_the_sample(cast, browse):
    client = browse(cast.alice)
    assert b"Start with the sample" in client.get(link("settings:pipelines")).content
    answer = client.post(link("settings:pipeline_sample"))
    assert answer["Location"].endswith(f"?pipeline={Pipeline.objects.get().pk}")
    assert b"Qualification 10 %" in client.get(link("settings:pipelines")).content
    assert browse(cast.dora).post(link("settings:pipeline_sample")).status_code == 403


def test_a_pipeline_is_made_with_its_stages(cast, browse):
    client = browse(cast.alice)
    rows = [
        {"mark": "a", "id": "", "name": "First", "probability": "10", "colour": "tint-2", "stale_after_days": "7",
            "duplicates": "yes", "allows_going_back": True},
        {"mark": "b", "id": "", "name": "", "probability": ""},
        {"mark": "c", "id": "", "name": "Second", "probability": ""},
    ]  # fmt: skip
    answer = client.post(link("settings:pipeline_create"), sent(rows))
    assert answer.status_code == 302
    first, second = make.stages(Pipeline.objects.get())
    assert (first.name, first.probability, first.stale_after_days, first.allows_duplicates, first.colour) == (
        "First", 10, 7, True, "tint-2",
    )  # fmt: skip
    assert first.allows_going_back and not second.allows_going_back and second.probability == 0


@pytest.mark.parametrize(("change", "sentence"), [
    ({"probability": "lots"}, b"whole number"), ({"probability": "101"}, b"0 to 100"), ({"name": ""}, b"at least one"),
    ({"colour": "pink"}, b"no such colour"), ({"stale_after_days": "-1"}, b"whole number"),
])  # fmt: skip
def test_a_bad_stage_is_told_and_nothing_is_written(cast, browse, change, sentence):
    rows = [{"mark": "a", "id": "", "name": "First", "probability": "10", **change}]
    answer = browse(cast.alice).post(link("settings:pipeline_create"), sent(rows))
    assert answer.status_code == 422 and sentence in answer.content
    assert not Pipeline.objects.exists()


def test_add_stage_works_without_a_script_and_keeps_what_was_typed(cast, browse):
    rows = [{"mark": "a", "id": "", "name": "First", "probability": "10"}]
    answer = browse(cast.alice).post(link("settings:pipeline_create"), sent(rows, more="1"))
    assert answer.content.count(b'name="stage"') == 2 and b'value="First"' in answer.content
    assert not Pipeline.objects.exists()


def test_a_stage_that_holds_opportunities_asks_where_they_go(cast, browse):
    row = make.opportunity()
    first, second, *_ = make.stages(row.pipeline)
    client = browse(cast.alice)
    address = link("settings:pipeline_edit", row.pipeline_id)
    asked = client.post(address, sent([second]))
    assert asked.status_code == 422 and b"Where do they go?" in asked.content
    assert row.pipeline.stages.count() == 5
    done = client.post(address, sent([second], gone=[first.pk], to=[second.pk]))
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.stage == second and row.pipeline.stages.count() == 1


def test_the_order_of_the_pipelines_is_taken_over(cast, browse):
    one, two = make.pipeline("One"), make.pipeline("Two")
    assert browse(cast.alice).post(link("settings:pipelines_order"), {"ids": [two.pk, one.pk]}).status_code == 204
    assert list(Pipeline.objects.live()) == [two, one]


def test_a_copy_is_opened_to_be_named(cast, browse):
    sales = make.pipeline()
    answer = browse(cast.alice).post(link("settings:pipeline_duplicate", sales.pk))
    copy = Pipeline.objects.exclude(pk=sales.pk).get()
    assert answer["Location"] == link("settings:pipeline_edit", copy.pk)


def test_permissions_are_given_to_people(cast, browse):
    sales = make.pipeline()
    client = browse(cast.alice)
    address = link("settings:pipeline_share", sales.pk)
    assert b"Who sees Sales?" in client.get(address).content
    assert client.post(address, {"people": [cast.dora.pk]}).status_code == 302
    sales.refresh_from_db()
    assert sales.people == [cast.dora.pk]
    assert client.post(address, {"people": [cast.charlie.pk]}).status_code == 422
    sales.refresh_from_db()
    assert sales.people == [cast.dora.pk]


def test_a_pipeline_is_deleted_only_with_the_typed_word_and_comes_back(cast, browse):
    row = make.opportunity()
    client = browse(cast.alice)
    address = link("settings:pipeline_delete", row.pipeline_id)
    assert b"1 opportunity goes" in client.get(address).content
    assert client.post(address, {"confirm": "delete"}).status_code == 422
    assert Pipeline.objects.live().exists()
    assert client.post(address, {"confirm": "DELETE"}).status_code == 302
    assert not Opportunity.objects.live().exists()
    page = client.get(link("settings:pipelines"))
    assert link("settings:pipeline_restore", row.pipeline_id).encode() in page.content
    client.post(link("settings:pipeline_restore", row.pipeline_id))
    assert Opportunity.objects.live().get() == row


def test_lost_reasons_are_added_renamed_searched_and_deleted(cast, browse):
    client = browse(cast.alice)
    client.post(link("settings:lost_reason_create"), {"name": "Too expensive"})
    reason = LostReason.objects.get()
    again = client.post(link("settings:lost_reason_create"), {"name": "too EXPENSIVE"})
    assert again.status_code == 422 and LostReason.objects.count() == 1
    client.post(link("settings:lost_reason_rename", reason.pk), {"name": "Price"})
    assert b"Price" in client.get(link("settings:lost_reasons"), {"q": "pri"}).content
    row = make.opportunity()
    row.set_status("lost", reason)
    assert b"1 opportunity was lost" in client.get(link("settings:lost_reason_delete", reason.pk)).content
    client.post(link("settings:lost_reason_delete", reason.pk))
    row.refresh_from_db()
    assert not LostReason.objects.exists() and row.status == "lost" and row.lost_reason_id is None


def test_a_hundred_reasons_make_a_page(cast, browse):
    LostReason.record_many([LostReason(name=f"Reason {number:03}") for number in range(101)])
    client = browse(cast.alice)
    assert b"Reason 100" not in client.get(link("settings:lost_reasons")).content
    assert b"Reason 100" in client.get(link("settings:lost_reasons"), {"page": "2"}).content


def test_the_rules_are_kept_on_the_location(cast, browse):
    client = browse(cast.alice)
    assert b"US dollar (USD)" in client.get(link("settings:opportunities")).content
    client.post(link("settings:opportunities"), {"lost_reason_required": "on", "currency": "EUR"})
    cast.location.refresh_from_db()
    assert cast.location.lost_reason_required and not cast.location.allow_duplicate_opportunities
    assert cast.location.money == "EUR"
    assert client.post(link("settings:opportunities"), {"currency": "XYZ"}).status_code == 422
    cast.location.refresh_from_db()
    assert cast.location.currency == "EUR"


def test_the_trash_restores_and_asks_for_a_stage_where_the_pipeline_is_gone(cast, browse):
    row, orphan = make.opportunity("Here"), make.opportunity("Orphan", pipeline=make.pipeline("Gone"))
    dealing.trash(row)
    pipelines.delete(orphan.pipeline)
    client = browse(cast.dora)
    page = client.get(link("settings:opportunities_trash")).content
    assert b"Here" in page and b"choose a stage" in page
    client.post(link("settings:opportunity_restore", row.pk))
    client.post(link("settings:opportunity_restore", orphan.pk))
    orphan.refresh_from_db()
    assert orphan.deleted_at is not None
    client.post(link("settings:opportunity_restore", orphan.pk), {"stage": row.stage_id})
    assert Opportunity.objects.live().count() == 2


def test_a_restricted_user_sees_only_their_own_in_the_trash(cast, browse):
    mine, other = make.opportunity("Mine", assigned_to=cast.bob), make.opportunity("Other")
    dealing.trash(mine)
    dealing.trash(other)
    client = browse(cast.bob)
    page = client.get(link("settings:opportunities_trash")).content
    assert b"Mine" in page and b"Other" not in page
    assert client.post(link("settings:opportunity_restore", other.pk)).status_code == 404
    assert not Opportunity.objects.live().exists()


def test_pipelines_and_reasons_of_another_tenant_are_unknown(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs, reason = make.pipeline("Theirs"), make.lost_reason()
    client = browse(cast.alice)
    for name in ("pipeline_edit", "pipeline_share", "pipeline_delete"):
        assert client.get(link(f"settings:{name}", theirs.pk)).status_code == 404
    for name in ("pipeline_duplicate", "pipeline_restore"):
        assert client.post(link(f"settings:{name}", theirs.pk)).status_code == 404
    for name in ("lost_reason_rename", "lost_reason_delete"):
        assert client.post(link(f"settings:{name}", reason.pk), {"name": "x"}).status_code == 404
    with as_(cast.charlie, cast.globex_location):
        theirs.refresh_from_db()
        assert theirs.deleted_at is None and LostReason.objects.count() == 1
