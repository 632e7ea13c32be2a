"""Attribute rules: points for as long as a contact fulfils conditions, looked at whenever it changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from django.db.models import Sum

from contacts.filters.compiler import compile_tree
from contacts.filters.tree import BadFilter, parse
from contacts.models import Contact, ScoreLine, ScoreRule
from contacts.scoring.counting import in_force, move_for
from contacts.scoring.ledger import Move, post
from core import clock

ENDED = "No longer: {}"
BATCH = 1000


def matching(rule: ScoreRule, contact_ids: Iterable[str] | None = None) -> set[str] | None:
    """Those of the contacts that fulfil the rule's conditions; None where these refer to something that is gone."""
    try:
        tree = parse(rule.conditions)
        rows = Contact.objects.live().filter(compile_tree(tree))
    except BadFilter:
        return None
    if contact_ids is not None:
        rows = rows.filter(pk__in=list(contact_ids))
    return set(rows.values_list("pk", flat=True))


def number_matching(rule: ScoreRule) -> int | None:
    """How many contacts fulfil them now; None as above. One query."""
    try:
        return int(Contact.objects.live().filter(compile_tree(parse(rule.conditions))).count())
    except BadFilter:
        return None


def look_at(contact_ids: Sequence[str]) -> int:
    """Give what attribute rules give to those who fulfil them now, and take it back from those who no longer do.

    Harmless to repeat. A few queries for each rule. Returns how many lines were written.
    """
    rules = in_force().get("", [])
    if not rules or not contact_ids:
        return 0
    held = holding(rules, contact_ids)
    now = clock.now()
    moves: list[Move] = []
    for rule in rules:
        found = matching(rule, contact_ids)
        if found is None:
            continue
        has = held.get(rule.pk, {})
        moves += [move_for(rule, pk, "", "", now) for pk in sorted(found - has.keys())]
        moves += [
            Move(pk, rule.profile, -has[pk], ENDED.format(rule.name), now, kind="ended", rule=rule)
            for pk in sorted(has.keys() - found)
        ]
    return post(moves)


def look_everywhere(after: str = "", seconds: float = 100.0) -> str | None:
    """Look at every contact, batch by batch: a rule is new, or conditions hold by the passing of time alone.

    Args:
        after: the contact to go on after.
        seconds: how long this turn may take.

    Returns:
        The last contact looked at, to go on after; None when all are done.
    """
    until = time.monotonic() + seconds
    while in_force().get(""):
        rows = Contact.objects.live().filter(pk__gt=after).order_by("pk")
        batch = list(rows.values_list("pk", flat=True)[:BATCH])
        if not batch:
            return None
        look_at(batch)
        after = batch[-1]
        if time.monotonic() > until:
            return after
    return None


def holding(rules: Iterable[ScoreRule], contact_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """{rule: {contact: the points it has from the rule}}. One query."""
    rows = ScoreLine.objects.filter(
        rule__in=list(rules), contact_id__in=list(contact_ids), kind__in=("rule", "ended"), is_over=False
    )
    found: dict[str, dict[str, int]] = {}
    for rule, contact, asked in rows.order_by().values_list("rule_id", "contact_id").annotate(Sum("asked")):
        if asked:
            found.setdefault(rule, {})[contact] = asked
    return found
