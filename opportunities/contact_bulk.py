"""Bulk actions over contacts that concern their opportunities: this app's rows of `contacts.bulk_kinds`.

Each step is a few statements for a chunk of contacts, which it finds locked.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import connection
from django.db.models import Max, Min

from accounts import current
from accounts.models import User
from contacts import bulk_kinds
from contacts.bulk_kinds import BulkKind, Params, ParamsForm
from contacts.models import BulkAction, Contact
from core import clock, scope
from core.errors import Invalid, Refused
from journal.recorded import quietly
from journal.writing import write_selected
from opportunities import bulk
from opportunities.models import LostReason, Opportunity, Pipeline, Stage, may_see_values
from opportunities.models.opportunity import STATUSES, check_reason
from opportunities.normal import cents, normal

ABILITY = "opportunities.bulk"
NONE_OPEN = "Has no open opportunity there"
NONE_OTHER = "Has no opportunity there with another status"
HELD = "Is like that already"
NOT_SEEN = "Has an open opportunity there that belongs to somebody else"
MOST_PEOPLE = 200


class StageChoice(forms.ChoiceField):
    """The stages of the pipelines that the actor sees, by pipeline; `blank` words an empty first choice."""

    def __init__(self, blank: str = "", **kwargs: Any) -> None:
        self.blank = blank
        super().__init__(choices=self._offered, **kwargs)

    def _offered(self) -> list[Any]:
        rows = Pipeline.objects.live().visible_to(scope.current().actor).prefetch_related("stages")
        groups = [(row.name, [(stage.pk, stage.name) for stage in row.stages.all()]) for row in rows]
        return [("", self.blank), *groups]


class PipelineChoice(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=self._offered, required=False, **kwargs)

    @staticmethod
    def _offered() -> list[tuple[str, str]]:
        rows = Pipeline.objects.live().visible_to(scope.current().actor).values_list("pk", "name")
        return [("", "Every pipeline"), *rows]


def _people(blank: str) -> Any:
    def offered() -> list[tuple[str, str]]:
        rows = User.objects.working_at(scope.location_id()).order_by("first_name", "last_name", "pk")[:MOST_PEOPLE]
        return [("", blank), *((row.pk, row.name or row.email) for row in rows)]

    return offered


def _reasons() -> list[tuple[str, str]]:
    return [("", "No reason"), *LostReason.objects.values_list("pk", "name")[:500]]


class CreateForm(ParamsForm):
    stage = StageChoice("Choose a stage", error_messages={"required": "Choose a stage."})
    name = forms.CharField(max_length=200, required=False, help_text="Empty: the name of the contact.")
    value = forms.CharField(max_length=20, required=False)
    owner = forms.ChoiceField(choices=_people("Nobody"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_see_values(scope.current().actor):
            del self.fields["value"]

    def params(self) -> Params:
        given = self.cleaned_data
        try:
            value = cents(given.get("value", "").replace(",", ""))
        except ValueError as error:
            raise Invalid({"value": str(error)}) from None
        found = normal({"stage": given["stage"], "assigned_to": given["owner"] or None, "name": given["name"]})
        return {
            "stage": found["stage"].pk,
            "names": [str(found["stage"])],
            "name": found["name"],
            "value": value if given.get("value") else None,
            "owner": found["assigned_to"],
        }

    def words(self, params: Params) -> str:
        return str(params["names"][0])


class StageForm(ParamsForm):
    stage = StageChoice("Choose a stage", error_messages={"required": "Choose a stage."})

    def params(self) -> Params:
        stage = normal({"stage": self.cleaned_data["stage"]})["stage"]
        return {"stage": stage.pk, "names": [str(stage)]}

    def words(self, params: Params) -> str:
        return str(params["names"][0])


class StatusForm(ParamsForm):
    pipeline = PipelineChoice()
    status = forms.ChoiceField(choices=STATUSES)
    reason = forms.ChoiceField(label="Lost reason", choices=_reasons, required=False)

    def params(self) -> Params:
        given = self.cleaned_data
        found = normal({"lost_reason": given["reason"] or None, "pipeline": given["pipeline"] or None})
        reason = found["lost_reason"] if given["status"] == "lost" else None
        check_reason(given["status"], reason)
        return {
            "pipeline": given["pipeline"],
            "status": given["status"],
            "reason": reason.pk if reason else "",
            "names": [dict(STATUSES)[given["status"]]],
        }

    def words(self, params: Params) -> str:
        return str(params["names"][0])


class OwnerForm(ParamsForm):
    pipeline = PipelineChoice()
    owner = forms.ChoiceField(choices=_people("Nobody"), required=False)

    def params(self) -> Params:
        found = normal({"assigned_to": self.cleaned_data["owner"] or None})
        name = dict(self.fields["owner"].choices).get(found["assigned_to"] or "", "Nobody")  # type: ignore[attr-defined]
        return {"pipeline": self.cleaned_data["pipeline"], "owner": found["assigned_to"], "names": [name]}

    def words(self, params: Params) -> str:
        return str(params["names"][0])


def create(action: BulkAction, bounds: dict[str, Any]) -> None:
    """One opportunity for each contact; where no second open one is wanted, the present one is changed instead.

    One that the actor does not see stays as it is, and what a restricted user merely follows keeps its owner.
    """
    params, actor = action.params, scope.current().actor
    stage = _stage(params["stage"])
    owner = _worker(params["owner"])
    wanted = bounds["contacts"]
    twins = {} if _may_repeat(stage) else _oldest_open(wanted, stage)
    fresh = [pk for pk in wanted if pk not in twins]
    _insert(fresh, stage, owner, params)
    seen = Opportunity.objects.live().visible_to(actor).filter(pk__in=twins.values()).order_by("pk")
    owners = dict(seen.values_list("pk", "assigned_to_id"))
    held = list(owners)
    if held:
        bulk.move(held, stage)
        if owner:
            bulk.assign([pk for pk in held if actor.sees_everything or owners[pk] == actor.id], owner)
        if params["value"] is not None:
            _set_value(held, params["value"])
    _tick(bounds, {pk for pk in wanted if pk not in twins or twins[pk] in owners}, NOT_SEEN)


def move(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Every open opportunity that the contacts have in the pipeline of the stage."""
    stage = _stage(action.params["stage"])
    rows = _of(bounds).filter(pipeline=stage.pipeline_id, status="open")
    _apply(bounds, rows, rows.exclude(stage=stage), lambda chosen: bulk.move(chosen, stage), NONE_OPEN)


def set_status(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Every open opportunity, or where they are opened again every other one."""
    params = action.params
    reason = LostReason.objects.filter(pk=params["reason"]).first() if params["reason"] else None
    if params["reason"] and reason is None:
        raise Refused("The lost reason has been deleted.")
    rows = _in_pipeline(_of(bounds), params["pipeline"])
    rows = rows.exclude(status="open") if params["status"] == "open" else rows.filter(status="open")
    missing = NONE_OTHER if params["status"] == "open" else NONE_OPEN
    _apply(bounds, rows, rows.exclude(status=params["status"]),
        lambda chosen: bulk.set_status(chosen, params["status"], reason), missing)  # fmt: skip


def set_owner(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Every open opportunity. Of those a restricted user sees, only what is theirs can change hands."""
    params, actor = action.params, scope.current().actor
    owner = _worker(params["owner"])
    rows = _in_pipeline(_of(bounds), params["pipeline"]).filter(status="open")
    if not actor.sees_everything:
        rows = rows.filter(assigned_to=actor.id)
    others = rows.exclude(assigned_to=owner) if owner else rows.exclude(assigned_to=None)
    _apply(bounds, rows, others, lambda chosen: bulk.assign(chosen, owner), NONE_OPEN)


def _of(bounds: dict[str, Any]) -> Any:
    return Opportunity.objects.live().visible_to(scope.current().actor).filter(contact__in=bounds["contacts"])


def _in_pipeline(rows: Any, pipeline: str) -> Any:
    return rows.filter(pipeline=pipeline) if pipeline else rows


def _apply(bounds: dict[str, Any], rows: Any, others: Any, deed: Any, missing: str) -> None:
    """Do it to `others`; contacts of which none is among them are skipped, with `missing` where there are no `rows`."""
    held = set(rows.order_by().values_list("contact_id", flat=True))
    found = list(others.order_by("pk").values_list("pk", "contact_id"))
    if found:
        deed([pk for pk, _ in found])
    done = {contact for _, contact in found}
    _tick(bounds, done, HELD, held - done)
    _tick(bounds, set(), missing)


def _tick(bounds: dict[str, Any], done: set[str], reason: str, skipped: set[str] | None = None) -> None:
    """Mark rows that have no outcome yet: `done`, and as skipped those of `skipped`, or all others when None."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE contacts_bulkactionrow r
            SET outcome = CASE WHEN r.subject_id = ANY(%(done)s) THEN 'done' ELSE 'skipped' END,
                reason = CASE WHEN r.subject_id = ANY(%(done)s) THEN '' ELSE %(reason)s END
            WHERE r.id = ANY(%(rows)s) AND r.location_id = %(location)s AND r.outcome = ''
                AND (%(every)s OR r.subject_id = ANY(%(done)s) OR r.subject_id = ANY(%(skipped)s))""",
            {
                "done": sorted(done),
                "skipped": sorted(skipped or ()),
                "every": skipped is None,
                "reason": reason,
                "rows": bounds["rows"],
                "location": bounds["location"],
            },
        )


def _stage(pk: str) -> Stage:
    found: Stage | None = Stage.objects.filter(pk=pk, pipeline__deleted_at=None).select_related("pipeline").first()
    if found is None:
        raise Refused("The stage has been deleted.")
    return found


def _worker(pk: str | None) -> str | None:
    if pk and not User.objects.working_at(scope.location_id()).filter(pk=pk).exists():
        raise Refused("The owner chosen does not work here any more.")
    return pk


def _may_repeat(stage: Stage) -> bool:
    allowed = stage.allows_duplicates
    return current.location().allow_duplicate_opportunities if allowed is None else allowed


def _oldest_open(contacts: list[str], stage: Stage) -> dict[str, str]:
    """{contact id: id of its oldest open opportunity in the pipeline}."""
    rows = Opportunity.objects.live().filter(contact__in=contacts, pipeline=stage.pipeline_id, status="open")
    return dict(rows.order_by().values("contact_id").annotate(first=Min("pk")).values_list("contact_id", "first"))


def _insert(contacts: list[str], stage: Stage, owner: str | None, params: Params) -> None:
    """Two statements for any number."""
    now = scope.current()
    held = Opportunity.objects.live().filter(stage=stage).aggregate(last=Max("position"))["last"]
    start = 0 if held is None else held + 1
    mine = owner or (None if now.actor.sees_everything else now.actor.user_id)
    known = {row.pk: row for row in Contact.objects.filter(pk__in=contacts).only(*NAMED)}
    Opportunity.record_many(
        [
            Opportunity(
                contact_id=pk,
                name=params["name"] or str(known[pk])[:200],
                stage=stage,
                pipeline_id=stage.pipeline_id,
                value_cents=params["value"] or 0,
                assigned_to_id=mine,
                position=start + place,
                created_by=now.actor.name[:200],
                created_via=now.via,
            )
            for place, pk in enumerate(contacts)
        ],
        facts={"bulk": True},
    )


NAMED = ("id", "location_id", "first_name", "last_name", "email", "phone")


def _set_value(chosen: list[str], value: int) -> None:
    now = clock.now()
    rows = Opportunity.objects.filter(pk__in=chosen).exclude(value_cents=value)
    write_selected(
        "opportunity.value_changed",
        "opportunity",
        """SELECT id AS subject_id, contact_id, jsonb_build_object('value_cents',
                jsonb_build_array(value_cents, %s::bigint)) AS changes, jsonb_build_object('name', name) AS facts
            FROM opportunities_opportunity WHERE location_id = %s AND id = ANY(%s) AND value_cents <> %s FOR UPDATE""",
        [value, scope.location_id(), chosen, value],
    )
    with quietly(reason="one entry a row was written above"):
        rows.update(value_cents=value, last_action_at=now, date_updated=now)


def _told(label: str) -> Any:
    def told(params: Params) -> list[tuple[str, str]]:
        return [(label, ", ".join(params.get("names", ())))]

    return told


def register() -> None:
    """Called in AppConfig.ready()."""
    for kind in (
        BulkKind(
            "opportunity_create", "Create opportunity", "board", ABILITY, create, CreateForm, "Opportunities", True,
            title="Create an opportunity for {}", submit="Create for", doing="Creating opportunities",
            text="Where a contact has an open one in the pipeline and no second one is wanted, that one moves instead.",
            told=_told("Stage"),
        ),
        BulkKind(
            "opportunity_stage", "Move opportunities", "arrow-right", ABILITY, move, StageForm, "Opportunities", True,
            title="Move opportunities of {}", submit="Move", doing="Moving opportunities",
            text="Their open opportunities in the pipeline of the stage move there.", told=_told("Stage"),
        ),
        BulkKind(
            "opportunity_status", "Set opportunity status", "flag", ABILITY, set_status, StatusForm, "Opportunities",
            True, title="Set the status of opportunities of {}", submit="Set status", doing="Setting the status",
            text="It concerns their open opportunities; with “Open”, those that are not.", told=_told("Status"),
        ),
        BulkKind(
            "opportunity_owner", "Set opportunity owner", "user", ABILITY, set_owner, OwnerForm, "Opportunities", True,
            title="Give opportunities of {} to somebody", submit="Assign", doing="Assigning opportunities",
            text="It concerns their open opportunities. The owner of the contacts stays.", told=_told("Owner"),
        ),
    ):  # fmt: skip
        bulk_kinds.register(kind)
