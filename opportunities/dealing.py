"""Adding, changing and ending opportunities: the one way in for pages, API, imports, bulk actions and automations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts import current
from accounts.models import User
from contacts.models import Contact, Tag
from contacts.models.trash import KEPT_FOR
from core import clock, scope
from core.errors import Forbidden, Invalid, LimitReached, Refused
from journal.writing import write
from objects.values import merged
from opportunities.models import LostReason, Opportunity, Participant, Pipeline, Stage, may_see_values
from opportunities.models.opportunity import MOST_FOLLOWERS, MOST_PARTICIPANTS, check_reason
from opportunities.normal import MOST_TAGS, normal, refuse_used, tag_rows, workers

PLAIN = ("name", "source", "probability", "forecast_category", "business")


class Duplicate(Refused):
    """The contact has an open opportunity in this pipeline already, and no second one is wanted there.

    `sentence` says which one, and so does `meta`, where the actor may see it.
    """

    def __init__(self, opportunity: Opportunity) -> None:
        is_seen = Opportunity.objects.visible_to(scope.current().actor).filter(pk=opportunity.pk).exists()
        meta = {"opportunityId": opportunity.pk, "opportunityName": opportunity.name} if is_seen else {}
        super().__init__("This contact has an open opportunity in this pipeline already.", meta=meta)
        self.opportunity = opportunity
        self.sentence = f"{self.message} It is called {opportunity}." if is_seen else self.message


def add(contact: Contact, *, pipeline: Any = None, stage: Any = None, **given: Any) -> Opportunity:
    """Add an opportunity of a contact. It becomes the first card of its stage.

    Args:
        contact: a live contact that the actor sees; the caller has looked.
        pipeline: row or id; the first one the actor sees when neither it nor `stage` is given.
        stage: row or id; the first of the pipeline when absent.
        given: `name` (the contact's when empty), `value` (whole units, text or number), `status`, `lost_reason`,
            `expected_close_on`, `probability`, `forecast_category`, `assigned_to`, `followers` (user ids), `tags`
            (names), `source`, `business`, `custom` ({field id: value}). Rows or ids where a row is meant.

    Raises:
        Invalid: {field: sentence}; nothing is written. Duplicate: see there; `upsert` changes the present one instead.
        Forbidden: a value from somebody who may not see values.
    """
    values = _checked(given | _placed(pipeline, stage))
    with transaction.atomic():
        _lock(contact)
        twin = _twin(contact, values["stage"])
        if twin is not None:
            raise Duplicate(twin)
        return _insert(contact, values)


def upsert(contact: Contact, *, pipeline: Any = None, stage: Any = None, **given: Any) -> tuple[Opportunity, bool]:
    """Add an opportunity; where no second open one of the contact is wanted in the pipeline, change that one instead.

    Returns:
        The opportunity and whether it is new.

    Raises:
        As `add`, without Duplicate.
    """
    place = _placed(pipeline, stage)
    values = _checked(given | place)
    with transaction.atomic():
        _lock(contact)
        twin = _twin(contact, values["stage"])
        if twin is None:
            return _insert(contact, values), True
        changes = {name: value for name, value in given.items() if name != "name" or value}
        if stage:
            changes["stage"] = stage
        return edit(twin, **changes), False


def edit(opportunity: Opportunity, **given: Any) -> Opportunity:
    """Change an opportunity; takes what `add` takes. What is not given stays; None clears.

    Each kind of change is an entry of its own: stage, status, value, owner, close date, tags, followers, the rest.

    Raises:
        Invalid: {field: sentence}. Refused: a rule, such as ten followers. Forbidden: the actor may not change the
            value or the owner. Nothing is written then.
    """
    values = _checked(given, opportunity)
    with transaction.atomic():
        opportunity.lock()
        if "assigned_to" in values:
            assign(opportunity, values["assigned_to"])
        if "stage" in values:
            opportunity.move_to(values["stage"])
        if "status" in values or "lost_reason" in values:
            status = values.get("status", opportunity.status)
            if values.get("lost_reason") and status != "lost":
                raise Invalid({"lost_reason": "only a lost opportunity has a reason"})
            opportunity.set_status(status, values.get("lost_reason"))
        if "expected_close_on" in values:
            opportunity.reschedule(values["expected_close_on"])
        if "value_cents" in values:
            _touch(opportunity, "opportunity.value_changed", value_cents=values["value_cents"])
        if "tags" in values:
            set_tags(opportunity, values["tags"])
        if "followers" in values:
            unfollow(opportunity, [held for held in opportunity.followers if held not in values["followers"]])
            follow(opportunity, values["followers"])
        rest = {name: values[name] for name in PLAIN if name in values}
        if not rest.get("name", "x"):
            rest["name"] = str(opportunity.contact)[:200]
        if values.get("custom"):
            fresh = {key: value for key, value in values["custom"].items() if opportunity.custom.get(key) != value}
            refuse_used(fresh, but=opportunity.pk)
            rest["custom"] = merged(opportunity.custom, fresh)
        if rest:
            _touch(opportunity, "", **rest)
    return opportunity


def assign(opportunity: Opportunity, user_id: str | None) -> None:
    """Give it to an owner, or to nobody. An owner is no longer a follower.

    Raises:
        Forbidden: a restricted user who merely follows it.
    """
    if opportunity.assigned_to_id == user_id:
        return
    if not opportunity.may_change_owner(scope.current().actor):
        raise Forbidden("Only the owner or somebody who sees all opportunities can change the owner.")
    followers = [held for held in opportunity.followers if held != user_id]
    _touch(opportunity, "opportunity.assigned", assigned_to=user_id, followers=followers)


def follow(opportunity: Opportunity, user_ids: Iterable[str]) -> list[str]:
    """Add followers; the owner and present followers are passed over.

    Returns:
        The ids that were added.

    Raises:
        Invalid: somebody does not work at the location. LimitReached: there would be more than ten.
    """
    wanted = workers(user_ids)
    with transaction.atomic():
        opportunity.lock()
        held = opportunity.followers
        added = [user for user in wanted if user not in held and user != opportunity.assigned_to_id]
        if len(held) + len(added) > MOST_FOLLOWERS:
            raise LimitReached(f"An opportunity can have {MOST_FOLLOWERS} followers.")
        if added:
            facts = {"users": added, "name": opportunity.name}
            opportunity.change("opportunity.followed", facts=facts, followers=[*held, *added])
    return added


def unfollow(opportunity: Opportunity, user_ids: Iterable[str]) -> list[str]:
    """Remove followers.

    Returns:
        The ids that were removed.
    """
    with transaction.atomic():
        opportunity.lock()
        gone = [user for user in dict.fromkeys(user_ids) if user in opportunity.followers]
        if gone:
            facts = {"users": gone, "name": opportunity.name}
            rest = [held for held in opportunity.followers if held not in gone]
            opportunity.change("opportunity.unfollowed", facts=facts, followers=rest)
    return gone


def tag(opportunity: Opportunity, *names: str) -> list[str]:
    """Add tags by name, creating them where needed.

    Returns:
        The names that were added.

    Raises:
        Invalid: a name that no tag can have. LimitReached: there would be more than a hundred.
    """
    with transaction.atomic():
        opportunity.lock()
        fresh = [row for row in tag_rows(names) if row.pk not in opportunity.tags]
        _tags(opportunity, [*opportunity.tags, *(row.pk for row in fresh)], added=[row.name for row in fresh])
    return [row.name for row in fresh]


def untag(opportunity: Opportunity, *names: str) -> list[str]:
    """Remove tags by name.

    Returns:
        The names that were removed.
    """
    wanted = {" ".join(name.replace("\x00", "").split()).lower() for name in names}
    with transaction.atomic():
        opportunity.lock()
        gone = dict(Tag.objects.filter(name__in=wanted, pk__in=opportunity.tags).values_list("pk", "name"))
        _tags(opportunity, [held for held in opportunity.tags if held not in gone], removed=sorted(gone.values()))
    return sorted(gone.values())


def set_tags(opportunity: Opportunity, names: Iterable[str]) -> None:
    """Replace the whole set of tags. Raises as `tag` does."""
    with transaction.atomic():
        opportunity.lock()
        wanted = tag_rows(names)
        known = Tag.objects.names_of(opportunity.tags)
        kept = {row.pk for row in wanted}
        removed = [name for pk, name in known.items() if pk not in kept]
        added = [row.name for row in wanted if row.pk not in opportunity.tags]
        _tags(opportunity, [row.pk for row in wanted], added, removed)


def add_participant(opportunity: Opportunity, contact: Contact) -> bool:
    """Add a further contact. Automations still act on the primary one.

    Returns:
        Whether it was added; False when it is there already.

    Raises:
        Refused: it is the primary contact, or in the trash. LimitReached: ten are there.
    """
    with transaction.atomic():
        opportunity.lock()
        if contact.pk == opportunity.contact_id:
            raise Refused(f"{contact} is the primary contact of this opportunity.")
        if contact.deleted_at is not None:
            raise Refused("This contact is in the trash.")
        present = Participant.objects.filter(opportunity=opportunity)
        if present.filter(contact=contact).exists():
            return False
        if present.count() >= MOST_PARTICIPANTS:
            raise LimitReached(f"An opportunity can have {MOST_PARTICIPANTS} additional contacts.")
        Participant.objects.create(opportunity=opportunity, contact=contact)
        write("opportunity.joined", opportunity, {}, {"contact": contact.pk, "name": opportunity.name})
    return True


def remove_participant(opportunity: Opportunity, contact_id: str) -> bool:
    """Take a further contact off. Returns whether it was there."""
    with transaction.atomic():
        opportunity.lock()
        gone, _ = Participant.objects.filter(opportunity=opportunity, contact=contact_id).delete()
        if gone:
            write("opportunity.left", opportunity, {}, {"contact": contact_id, "name": opportunity.name})
    return bool(gone)


def trash(opportunity: Opportunity) -> None:
    """Move to the trash for thirty days; does nothing when it is there."""
    with transaction.atomic():
        opportunity.lock()
        if opportunity.deleted_at is None:
            opportunity.change(
                "opportunity.deleted",
                facts={"name": opportunity.name},
                deleted_at=clock.now(),
                deleted_by=scope.current().actor.name[:200],
            )


def restore(opportunity: Opportunity, stage: Any = None) -> None:
    """Take out of the trash, into its old stage or, where its pipeline is gone, into `stage`.

    Raises:
        Refused: thirty days have passed, its contact is in the trash, or its pipeline is gone and no stage is given.
        Invalid: there is no such stage.
    """
    chosen: Stage | None = normal({"stage": stage}).get("stage") if stage else None
    with transaction.atomic():
        opportunity.lock()
        if opportunity.deleted_at is None:
            return
        if opportunity.deleted_at < clock.now() - KEPT_FOR:
            raise Refused("Deleted more than 30 days ago: it can no longer be recovered.")
        if opportunity.contact.deleted_at is not None:
            raise Refused("Its contact is in the trash: restore the contact, and the opportunity returns with it.")
        if chosen is None and opportunity.pipeline.deleted_at is not None:
            raise Refused("Its pipeline was deleted: choose a stage for it, or restore the pipeline.")
        facts = {"name": opportunity.name}
        opportunity.change("opportunity.restored", facts=facts, deleted_at=None, deleted_by="", deleted_with="")
        if chosen is not None:
            opportunity.move_to(chosen)


def _placed(pipeline: Any, stage: Any) -> dict[str, Any]:
    if not pipeline and not stage:
        pipeline = Pipeline.objects.live().visible_to(scope.current().actor).first()
        if pipeline is None:
            raise Invalid({"pipeline": "there is no pipeline yet: add one in the settings"})
    return {"pipeline": pipeline, "stage": stage}


def _checked(given: dict[str, Any], held: Opportunity | None = None) -> dict[str, Any]:
    values = normal(given, held)
    if "value_cents" in values and not may_see_values(scope.current().actor):
        if values["value_cents"] != (held.value_cents if held else 0):
            raise Forbidden("You do not have the permission to see or change values.")
        del values["value_cents"]
    return values


def _lock(contact: Contact) -> None:
    """Until the transaction ends, nobody else adds an opportunity of the contact, in bulk or one by one."""
    list(Contact.objects.filter(pk=contact.pk).select_for_update(of=("self",), no_key=True).values_list("pk"))


def _twin(contact: Contact, stage: Stage) -> Opportunity | None:
    """The oldest open opportunity of the contact in the pipeline, unless the stage or the location allows a second."""
    allowed = stage.allows_duplicates
    if allowed if allowed is not None else current.location().allow_duplicate_opportunities:
        return None
    found: Opportunity | None = (
        Opportunity.objects.live()
        .filter(contact=contact, pipeline=stage.pipeline_id, status="open")
        .order_by("pk")
        .first()
    )
    return found


def _insert(contact: Contact, values: dict[str, Any]) -> Opportunity:
    if contact.deleted_at is not None:
        raise Invalid({"contact": "this contact is in the trash"})
    stage: Stage = values["stage"]
    status = values.get("status", "open")
    reason: LostReason | None = values.get("lost_reason")
    if reason is not None and status != "lost":
        raise Invalid({"lost_reason": "only a lost opportunity has a reason"})
    check_reason(status, reason)
    custom = merged({}, values.get("custom") or {})
    refuse_used(custom)
    now = scope.current()
    owner = values.get("assigned_to")
    if owner is None and not now.actor.sees_everything:
        owner = now.actor.user_id  # or they would not see what they have just added
    first = Opportunity.objects.live().filter(stage=stage).order_by("position", "-pk")
    above = first.values_list("position", flat=True).first()
    day = values.get("expected_close_on")
    plain = {name: values[name] for name in PLAIN if values.get(name) not in (None, "")}
    return Opportunity.record_new(
        **({"name": str(contact)[:200]} | plain),
        contact=contact,
        stage=stage,
        pipeline=stage.pipeline,
        status=status,
        lost_reason=reason,
        value_cents=values.get("value_cents", 0),
        expected_close_on=day,
        original_close_on=day,
        assigned_to=User.objects.get(pk=owner) if owner else None,
        followers=[held for held in values.get("followers") or () if held != owner],
        tags=[row.pk for row in tag_rows(values.get("tags") or ())],
        custom=custom,
        position=0 if above is None else above - 1,
        created_by=now.actor.name[:200],
        created_via=now.via,
    )


def _touch(opportunity: Opportunity, verb: str, **changes: Any) -> None:
    """Change columns and, if anything differs, the time of the last action."""
    held = {name: getattr(opportunity, name) for name in changes if name not in ("assigned_to", "business")}
    held |= {name: getattr(opportunity, f"{name}_id") for name in changes if name not in held}
    if held != {name: getattr(value, "pk", value) for name, value in changes.items()}:
        opportunity.change(verb, facts={"name": opportunity.name}, last_action_at=clock.now(), **changes)


def _tags(opportunity: Opportunity, wanted: list[str], added: Iterable[str] = (), removed: Iterable[str] = ()) -> None:
    if len(wanted) > MOST_TAGS:
        raise LimitReached(f"An opportunity can have {MOST_TAGS} tags.")
    gained, lost = list(added), list(removed)
    if gained or lost:
        facts = {"added": gained, "removed": lost, "name": opportunity.name}
        opportunity.change("opportunity.tagged" if gained else "opportunity.untagged", facts=facts, tags=wanted)
