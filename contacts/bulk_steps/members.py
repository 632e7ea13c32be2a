"""Adding to and taking from the two sets that a contact holds: tags and followers."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from contacts.bulk_steps.chunks import HERE, ROWS_W, change, column, journal, run
from contacts.models import BulkAction, Tag
from contacts.models.following import MOST as MOST_FOLLOWERS
from contacts.models.tagging import most_tags
from core import clock, scope
from core.errors import Refused

LACKS = "Has none of these tags"


def add_tags(action: BulkAction, bounds: dict[str, Any]) -> None:
    params = _tags(action, bounds)
    most = most_tags()
    params |= {"most": most, "held": "Has these tags already", "full": f"Has the most tags a contact can have ({most})"}
    _choose("tags", params, adds=True, full="failed", undoes=action.undoes_id)
    _tell_tags("contact.tagged", True, params)


def remove_tags(action: BulkAction, bounds: dict[str, Any]) -> None:
    params = _tags(action, bounds)
    _choose("tags", {**params, "held": LACKS}, adds=False, undoes=action.undoes_id)
    _tell_tags("contact.untagged", False, params)


def remove_all_tags(action: BulkAction, bounds: dict[str, Any]) -> None:
    held = f"SELECT DISTINCT unnest(c.tags) FROM contacts_contact c WHERE {HERE}"  # noqa: S608
    params = _tags(action, bounds, column(held, bounds))
    _choose("tags", {**params, "held": "Has no tags"}, adds=False)
    _tell_tags("contact.untagged", False, params)


def add_followers(action: BulkAction, bounds: dict[str, Any]) -> None:
    wanted = _wanted(action, bounds)
    working = User.objects.working_at(scope.location_id()).filter(pk__in=wanted).values_list("pk", flat=True)
    here = set(working)
    wanted = [person for person in wanted if person in here]
    if not wanted and not action.undoes_id:
        raise Refused("Nobody of those chosen works here any more.")
    params = {
        **bounds,
        "wanted": wanted,
        "most": MOST_FOLLOWERS,
        "now": clock.now(),
        "held": "Followed by them already, or theirs",
        "full": f"A contact can have {MOST_FOLLOWERS} followers",
    }
    but_owner = "AND t IS DISTINCT FROM c.assigned_to_id"
    _choose("followers", params, adds=True, full="skipped", undoes=action.undoes_id, only=but_owner)
    _tell_followers("contact.followed", "c.followers || r.changed", params)


def remove_followers(action: BulkAction, bounds: dict[str, Any]) -> None:
    params = {
        **bounds,
        "wanted": _wanted(action, bounds),
        "now": clock.now(),
        "held": "Followed by none of them",
    }
    _choose("followers", params, adds=False, undoes=action.undoes_id)
    _tell_followers("contact.unfollowed", _without("followers"), params)


def _wanted(action: BulkAction, bounds: dict[str, Any]) -> list[str]:
    """Ids of the action, or where it undoes another one, all that the other changed on these contacts."""
    key = "tags" if "tag" in action.kind else "users"
    if not action.undoes_id:
        return list(action.params.get(key, ()))
    changed = """SELECT DISTINCT unnest(o.changed) FROM contacts_bulkactionrow o
        WHERE o.action_id = %(undoes)s AND o.subject_id = ANY(%(contacts)s)"""
    return sorted(column(changed, {**bounds, "undoes": action.undoes_id}))


def _tags(action: BulkAction, bounds: dict[str, Any], wanted: list[str] | None = None) -> dict[str, Any]:
    """The parameters, with the tags that there still are."""
    by_name = wanted is not None
    wanted = _wanted(action, bounds) if wanted is None else wanted
    known = Tag.objects.names_of(wanted)
    order = sorted(known, key=known.__getitem__) if by_name else [pk for pk in wanted if pk in known]
    names = [known[pk] for pk in order]
    return {**bounds, "wanted": order, "names": names, "now": clock.now()}


def _choose(
    field: str,
    params: dict[str, Any],
    *,
    adds: bool,
    full: str = "skipped",
    undoes: str | None = None,
    only: str = "",
) -> None:
    """Note on each row what is really added or removed. An undo moves only what the action it undoes changed."""
    former, mine = "", ""
    if undoes:
        former = "LEFT JOIN contacts_bulkactionrow o ON o.action_id = %(undoes)s AND o.subject_id = w.subject_id"
        mine = "AND t = ANY(o.changed)"
    run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN found.moved = '{{}}' THEN 'skipped' WHEN found.size > %(most)s THEN %(fullness)s
                           ELSE 'done' END,
            reason = CASE WHEN found.moved = '{{}}' THEN %(held)s WHEN found.size > %(most)s THEN %(full)s ELSE '' END,
            changed = CASE WHEN found.size > %(most)s THEN '{{}}' ELSE found.moved END
        FROM (
            SELECT w.id AS row_id, picked.moved,
                {f"cardinality(c.{field}) + cardinality(picked.moved)" if adds else "0"} AS size
            FROM contacts_bulkactionrow w
            JOIN contacts_contact c ON c.id = w.subject_id AND {HERE}
            {former}
            CROSS JOIN LATERAL (
                SELECT ARRAY(SELECT t FROM unnest(%(wanted)s::varchar[]) WITH ORDINALITY AS wanted (t, n)
                    WHERE {"NOT" if adds else ""} t = ANY(c.{field}) {mine} {only} ORDER BY n) AS moved
            ) AS picked
            WHERE {ROWS_W}
        ) AS found
        WHERE r.id = found.row_id""",  # noqa: S608
        {"most": 0, "full": "", **params, "fullness": full, "undoes": undoes},
    )


def _without(field: str) -> str:
    return (
        f"ARRAY(SELECT t FROM unnest(c.{field}) WITH ORDINALITY AS held (t, n) WHERE NOT t = ANY(r.changed) ORDER BY n)"  # noqa: S608
    )


def _tell_tags(verb: str, adds: bool, params: dict[str, Any]) -> None:
    names = """(SELECT coalesce(jsonb_agg(wanted.name ORDER BY wanted.n), '[]')
        FROM unnest(%(wanted)s::varchar[], %(names)s::text[]) WITH ORDINALITY AS wanted (id, name, n)
        WHERE wanted.id = ANY(r.changed))"""
    after = "c.tags || r.changed" if adds else _without("tags")
    added, removed = (names, "'[]'::jsonb") if adds else ("'[]'::jsonb", names)
    journal(
        verb,
        f"jsonb_build_object('tags', jsonb_build_array(to_jsonb(c.tags), to_jsonb({after})))",
        f"jsonb_build_object('added', {added}, 'removed', {removed})",
        params,
    )
    change(f"tags = {after}", params)


def _tell_followers(verb: str, after: str, params: dict[str, Any]) -> None:
    journal(
        verb,
        f"jsonb_build_object('followers', jsonb_build_array(to_jsonb(c.followers), to_jsonb({after})))",
        "jsonb_build_object('users', to_jsonb(r.changed))",
        params,
    )
    change(f"followers = {after}", params)
