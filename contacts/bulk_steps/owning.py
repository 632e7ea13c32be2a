"""Who contacts belong to: a person, a team, nobody, or several people in turn; and the company they work for."""

from __future__ import annotations

from typing import Any

from accounts.models import Team, User
from contacts.bulk_steps.chunks import column
from contacts.bulk_steps.putting import put, put_back
from contacts.models import BulkAction, Business
from core import clock, scope
from core.errors import Refused

NOT_YOURS = "Only the owner or somebody who sees all contacts can change the owner"


def assign(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Give contacts to an owner. In turn, each of the people gets as many as any other, give or take one."""
    to, actor = action.params["to"], scope.current().actor
    params = {**bounds, "now": clock.now(), "actor": actor.id, "teams": list(actor.teams), "not_yours": NOT_YOURS}
    is_mine = "(c.assigned_to_id = %(actor)s OR c.team_id = ANY(%(teams)s::varchar[])) IS TRUE"
    refusal = "''" if actor.sees_everything else f"CASE WHEN {is_mine} THEN '' ELSE %(not_yours)s END"
    joins = ""
    if to == "team":
        params["team"] = _there_is(Team, action.params["team"], "The team has been deleted.")
        after = "jsonb_build_object('assigned_to', NULL, 'team', %(team)s::text)"
    elif to == "nobody":
        after = "jsonb_build_object('assigned_to', NULL, 'team', NULL)"
    else:
        chosen = [action.params["user"]] if to == "user" else action.params["users"]
        working = set(User.objects.working_at(scope.location_id()).filter(pk__in=chosen).values_list("pk", flat=True))
        params["people"] = [person for person in chosen if person in working]
        if not params["people"]:
            raise Refused("Nobody of those chosen works here any more.")
        turn = action.state.get("turn", 0)
        params |= {"turn": turn, "number": len(params["people"])}
        joins = f"""JOIN (SELECT w.id AS row_id, (%(people)s::varchar[])[
                1 + (%(turn)s + row_number() OVER (PARTITION BY {refusal} = '' ORDER BY w.id) - 1)::int %% %(number)s
            ] AS person FROM contacts_bulkactionrow w JOIN contacts_contact c ON c.id = w.subject_id
                AND c.location_id = %(location)s WHERE w.id = ANY(%(rows)s)) AS given_to ON given_to.row_id = w.id"""  # noqa: S608
        after = """jsonb_build_object('assigned_to', given_to.person, 'team', NULL,
            'followers', to_jsonb(array_remove(c.followers, given_to.person)))"""
        action.state = {**action.state, "turn": (turn + _may_be_given(params, refusal)) % len(params["people"])}
    held = "Has nobody already" if to == "nobody" else "Has this owner already"
    names = ("assigned_to", "team", "followers")
    put("contact.assigned", names, after, params, held=held, refusal=refusal, joins=joins)


def _may_be_given(params: dict[str, Any], refusal: str) -> int:
    """How many of the chunk take part in the turn."""
    rows = f"""SELECT count(*) FROM contacts_bulkactionrow w JOIN contacts_contact c ON c.id = w.subject_id
        AND c.location_id = %(location)s WHERE w.id = ANY(%(rows)s) AND {refusal} = ''"""  # noqa: S608
    return int(column(rows, params)[0])


def _there_is(model: Any, pk: str, sentence: str) -> str:
    if not model.objects.filter(pk=pk).exists():
        raise Refused(sentence)
    return pk


def set_company(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Let contacts work for a company; it replaces the one they had."""
    business = Business.objects.filter(pk=action.params["business"]).first()
    if business is None:
        raise Refused("The company has been deleted.")
    params = {**bounds, "now": clock.now(), "business": business.pk, "name": business.name}
    after = "jsonb_build_object('business', %(business)s::text, 'company_name', %(name)s::text)"
    put("contact.updated", ("business", "company_name"), after, params, held="Works there already")


def remove_company(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Unlink contacts from their company; a company's name without a link stays."""
    after = """CASE WHEN c.business_id IS NULL THEN '{}'::jsonb
        ELSE jsonb_build_object('business', NULL, 'company_name', '') END"""
    params = {**bounds, "now": clock.now()}
    put("contact.updated", ("business", "company_name"), after, params, held="Has no company")


def put_back_owner(action: BulkAction, bounds: dict[str, Any]) -> None:
    put_back("contact.assigned", [("assigned_to", "team"), ("followers",)], undoing(action, bounds))


def put_back_company(action: BulkAction, bounds: dict[str, Any]) -> None:
    put_back("contact.updated", [("business", "company_name")], undoing(action, bounds))


def undoing(action: BulkAction, bounds: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an undo: with the ids of those people, teams and companies before that there still are."""
    params = {**bounds, "now": clock.now(), "undoes": action.undoes_id}
    keys = {
        key: set(
            column(
                f"""SELECT DISTINCT o.was #>> '{{before,{key}}}' FROM contacts_bulkactionrow o
                WHERE o.action_id = %(undoes)s AND o.subject_id = ANY(%(contacts)s)""",  # noqa: S608
                params,
            )
        )
        - {None}
        for key in ("assigned_to", "team", "business")
    }
    people = User.objects.working_at(scope.location_id()).filter(pk__in=keys["assigned_to"])
    present = list(people.values_list("pk", flat=True)) if keys["assigned_to"] else []
    for model, key in ((Team, "team"), (Business, "business")):
        if keys[key]:
            present += list(model.objects.filter(pk__in=keys[key]).values_list("pk", flat=True))
    return {**params, "present": present}
