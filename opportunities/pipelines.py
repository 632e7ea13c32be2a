"""Adding, changing, sharing, deleting and restoring pipelines with their stages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max

from accounts.models import Team, User
from billing import limits
from contacts.models.trash import KEPT_FOR
from core import clock, ids, scope
from core.errors import Invalid, LimitReached, Refused
from journal.models import plain
from journal.writing import write_selected
from opportunities import trash
from opportunities.models import Opportunity, Pipeline, Stage

MOST_PIPELINES = 100
MOST_STAGES = 50
TINTS = [f"tint-{number}" for number in range(8)]
SAMPLE = (("Qualification", 10), ("Discovery", 25), ("Proposal", 50), ("Negotiation", 75), ("Won", 100))
OF_PIPELINE = ("name", "colour_mode", "show_in_funnel", "show_in_pie_chart", "own_probability")
OF_STAGE = (
    "name", "colour", "probability", "stale_after_days", "allows_going_back", "allows_duplicates", "show_in_funnel",
    "show_in_pie_chart",
)  # fmt: skip
MOVED = """
SELECT id AS subject_id, contact_id, jsonb_build_object('stage', jsonb_build_array(stage_id, %s::text)) AS changes,
    jsonb_build_object('from', %s::text, 'to', %s::text, 'name', name) AS facts
FROM opportunities_opportunity WHERE location_id = %s AND stage_id = %s AND deleted_at IS NULL FOR UPDATE
"""
MOVE = """
UPDATE opportunities_opportunity card SET stage_id = %(to)s, position = %(after)s + moved.place,
    stage_changed_at = %(now)s, last_action_at = %(now)s, date_updated = %(now)s
FROM (SELECT id, row_number() OVER (ORDER BY position, id DESC) AS place FROM opportunities_opportunity
    WHERE location_id = %(here)s AND stage_id = %(from)s) AS moved
WHERE card.id = moved.id
"""


def add(name: str, stages: list[dict[str, Any]], **given: Any) -> Pipeline:
    """Add a pipeline behind the others.

    Args:
        stages: in their order, each with members of OF_STAGE; at least one.
        given: members of OF_PIPELINE.

    Raises:
        Invalid: {field: sentence}; faults of stages are under "stages". LimitReached: the plan allows no more.
    """
    wanted = _checked_stages(stages)
    with transaction.atomic():
        if Pipeline.objects.live().count() >= MOST_PIPELINES:
            raise LimitReached(f"A location can have {MOST_PIPELINES} pipelines.")
        limits.take("pipelines")
        last = Pipeline.objects.aggregate(last=Max("position"))["last"]
        place = 0 if last is None else last + 1
        row = Pipeline.record_new(name=_name(name), position=place, **_known(given, OF_PIPELINE))
        for number, values in enumerate(wanted):
            Stage.record_new(pipeline=row, position=number, facts={"pipeline": str(row)}, **values)
    return row


def add_sample() -> Pipeline:
    """The pipeline to begin with, "Sales", with five stages from 10 to 100 per cent. Does nothing where there is one.

    Returns:
        The first pipeline of the location.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [scope.location_id()])
        held: Pipeline | None = Pipeline.objects.live().first()
        if held is not None:
            return held
        stages = [
            {"name": name, "probability": per_cent, "colour": TINTS[place]}
            for place, (name, per_cent) in enumerate(SAMPLE)
        ]
        return add("Sales", stages)


def edit(
    pipeline: Pipeline,
    stages: list[dict[str, Any]] | None = None,
    destinations: dict[str, str] | None = None,
    **given: Any,
) -> Pipeline:
    """Change a pipeline, and where `stages` is given its stages: their order, new ones without `id`, absent ones go.

    Args:
        destinations: {id of a stage that goes: id of a stage that stays} for those that still hold opportunities.

    Raises:
        Invalid: {field: sentence}; "stages" for a stage, "destinations" where one is missing.
    """
    wanted = _checked_stages(stages) if stages is not None else None
    if "name" in given:
        given["name"] = _name(given["name"])
    with transaction.atomic():
        pipeline.lock()
        if pipeline.deleted_at is not None:
            raise Refused("This pipeline was deleted.")
        pipeline.change(**_known(given, OF_PIPELINE))
        if wanted is not None:
            _edit_stages(pipeline, wanted, destinations or {})
    return pipeline


def duplicate(pipeline: Pipeline) -> Pipeline:
    """A copy with the same stages and switches and without opportunities. Permissions are copied as well.

    Raises:
        LimitReached: the plan allows no more pipelines.
    """
    stages = [{name: getattr(stage, name) for name in OF_STAGE} for stage in pipeline.stages.all()]
    with transaction.atomic():
        values = {name: getattr(pipeline, name) for name in OF_PIPELINE if name != "name"}
        copy = add(f"{pipeline.name[:90]} (copy)", stages, **values)
        if pipeline.people or pipeline.teams:
            copy.change(people=pipeline.people, teams=pipeline.teams)
    return copy


def share(pipeline: Pipeline, people: Iterable[str], teams: Iterable[str]) -> None:
    """Say who sees it beside admins; nobody named means everybody.

    Raises:
        Invalid: somebody does not work here, or there is no such team.
    """
    users, groups = list(dict.fromkeys(people)), list(dict.fromkeys(teams))
    held = set(pipeline.people)
    named = [each for each in users if ids.is_id(each)]
    known = set(User.objects.working_at(scope.location_id()).filter(pk__in=named).values_list("pk", flat=True))
    if set(users) - known - held:
        raise Invalid({"people": "not everybody named works at this location"})
    found = set(Team.objects.filter(pk__in=[each for each in groups if ids.is_id(each)]).values_list("pk", flat=True))
    if set(groups) - found - set(pipeline.teams):
        raise Invalid({"teams": "there is no such team"})
    pipeline.change(people=users, teams=groups)


def arrange(order: list[str]) -> None:
    """Put the pipelines in this order; ids that are none are passed over, pipelines not named come last."""
    with transaction.atomic():
        rows = {row.pk: row for row in Pipeline.objects.live().select_for_update(of=("self",)).order_by("pk")}
        named = [pk for pk in dict.fromkeys(order) if pk in rows]
        rest = sorted((row for pk, row in rows.items() if pk not in named), key=lambda row: (row.position, row.pk))
        for place, pk in enumerate([*named, *(row.pk for row in rest)]):
            rows[pk].change(position=place)


def delete(pipeline: Pipeline) -> int:
    """Delete a pipeline; its opportunities go to the trash. For thirty days it can be restored with them.

    Returns:
        How many opportunities went.
    """
    with transaction.atomic():
        pipeline.lock()
        if pipeline.deleted_at is not None:
            return 0
        count = trash.go_with_pipeline(pipeline)
        limits.give_back("pipelines")
        pipeline.change(
            "pipeline.deleted",
            facts={"name": pipeline.name, "opportunities": count},
            deleted_at=clock.now(),
            deleted_by=scope.current().actor.name[:200],
        )
    return count


def restore(pipeline: Pipeline) -> int:
    """Take a pipeline back with the opportunities that went with it.

    Returns:
        How many opportunities came back; those of deleted contacts wait for their contact.

    Raises:
        Refused: thirty days have passed. LimitReached: the plan allows no more pipelines.
    """
    with transaction.atomic():
        pipeline.lock()
        if pipeline.deleted_at is None:
            return 0
        if pipeline.deleted_at < clock.now() - KEPT_FOR:
            raise Refused("Deleted more than 30 days ago: it can no longer be recovered.")
        limits.take("pipelines")
        pipeline.change("pipeline.restored", facts={"name": pipeline.name}, deleted_at=None, deleted_by="")
        return trash.return_with_pipeline(pipeline)


def restorable(pk: str, deleted_at: str) -> Pipeline | None:
    """The pipeline that was deleted at that moment (ISO, as its entry has it), while it can be restored."""
    row: Pipeline | None = Pipeline.objects.filter(pk=pk, deleted_at__gte=clock.now() - KEPT_FOR).first()
    return row if row is not None and plain(row.deleted_at) == deleted_at else None


def held_by(pipeline: Pipeline) -> dict[str, int]:
    """{stage id: how many live opportunities it holds}, without the empty ones. One query."""
    rows = Opportunity.objects.live().filter(pipeline=pipeline).order_by().values("stage").annotate(number=Count("pk"))
    return {row["stage"]: row["number"] for row in rows}


def _edit_stages(pipeline: Pipeline, wanted: list[dict[str, Any]], destinations: dict[str, str]) -> None:
    held = {stage.pk: stage for stage in pipeline.stages.select_for_update()}
    kept = [values["id"] for values in wanted if values.get("id")]
    if len(set(kept)) < len(kept) or set(kept) - held.keys():
        raise Invalid({"stages": "there is no such stage in this pipeline"})
    going = [stage for pk, stage in held.items() if pk not in kept]
    staying: dict[str, Stage] = {}
    for place, values in enumerate(wanted):
        pk = values.pop("id", None)
        if pk:
            held[pk].change(position=place, **values)
            staying[pk] = held[pk]
        else:
            Stage.record_new(pipeline=pipeline, position=place, facts={"pipeline": str(pipeline)}, **values)
    if going:
        counts = held_by(pipeline)
        first = pipeline.stages.exclude(pk__in=[stage.pk for stage in going]).order_by("position", "pk").first()
        for stage in going:
            target = staying.get(destinations.get(stage.pk, ""))
            if target is None and counts.get(stage.pk):
                raise Invalid({"destinations": f"say where the opportunities of {stage} go"})
            target = target or first
            if target is not None:
                _move_all(stage, target)
            stage.remove(facts={"pipeline": str(pipeline)})


def _move_all(stage: Stage, target: Stage) -> None:
    """Everything of a stage into another; what is in the trash follows without an entry, so that it can come back."""
    here, now = scope.location_id(), clock.now()
    write_selected(
        "opportunity.stage_changed", "opportunity", MOVED, [target.pk, stage.name, target.name, here, stage.pk]
    )
    last = Opportunity.objects.live().filter(stage=target).aggregate(last=Max("position"))["last"]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"to": target.pk, "from": stage.pk, "after": last or 0, "now": now, "here": here})


def _name(text: Any) -> str:
    name = " ".join(str(text or "").replace("\x00", "").split())
    if not name:
        raise Invalid({"name": "enter a name"})
    if len(name) > 100:
        raise Invalid({"name": "longer than 100 characters"})
    return name


def _known(given: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    unknown = given.keys() - set(names)
    if unknown:
        raise TypeError(f"there is no {', '.join(sorted(unknown))}")
    return given


def _checked_stages(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not stages:
        raise Invalid({"stages": "a pipeline needs at least one stage"})
    if len(stages) > MOST_STAGES:
        raise Invalid({"stages": f"a pipeline has at most {MOST_STAGES} stages"})
    found = []
    for number, given in enumerate(stages, 1):
        values = {"id": given["id"]} if given.get("id") else {}
        values |= _known({name: value for name, value in given.items() if name != "id"}, OF_STAGE)
        try:
            values["name"] = _name(given.get("name"))
        except Invalid as error:
            raise Invalid({"stages": f"stage {number}: {error.message}"}) from None
        if not 0 <= values.get("probability", 0) <= 100:
            raise Invalid({"stages": f"{values['name']}: the probability is from 0 to 100 per cent"})
        if values.get("stale_after_days") is not None and not 1 <= values["stale_after_days"] <= 3650:
            raise Invalid({"stages": f"{values['name']}: a deal gets stale after 1 to 3,650 days"})
        if values.get("colour") and values["colour"] not in TINTS:
            raise Invalid({"stages": f"{values['name']}: there is no such colour"})
        found.append(values)
    names = [values["name"].lower() for values in found]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise Invalid({"stages": f"two stages have the name {twice}"})
    return found
