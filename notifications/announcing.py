"""Who hears of work that has ended, of shared lists, of webhooks that were switched off, domains and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from accounts.models import Membership, Team, User
from billing.readers import admins_of
from contacts.models import DuplicateScan, Import, SmartList
from core import scope
from core.pages import link
from journal.models import Entry
from journal.sentences import ids_of
from notifications import account
from notifications.hearing import News, new, who

MOST_PEOPLE = 2000
ENDS = {"bulk_action.completed": "is finished", "bulk_action.failed": "could not be finished"}


def work_ended(entry: Entry) -> Iterator[News]:
    """A bulk action or an export tells whoever started it, with its figures."""
    facts = entry.facts
    if not facts.get("owner"):
        return
    if facts.get("kind") == "export" and entry.verb == "bulk_action.completed":
        text = f"Your export {facts['name']} is ready to download."
    else:
        figures = [f"{facts.get(key, 0):,} {key}" for key in ("done", "failed", "skipped") if facts.get(key)]
        text = f"{facts['name']} {ENDS[entry.verb]}" + (f": {', '.join(figures)}." if figures else ".")
    yield News(facts["owner"], "job", entry, text, url=link("contacts:bulk_action", entry.subject_id))


def import_ended(entry: Entry) -> Iterator[News]:
    """An import that is complete, or whose file could not be read."""
    failed = new(entry, "status") == "failed"
    if entry.verb == "import.updated" and not failed:
        return
    batch = Import.objects.filter(pk=entry.subject_id).first()
    if batch is not None and batch.owner_id:
        text = f"The import {batch.name} {'could not be read' if failed else 'is complete'}."
        yield News(batch.owner_id, "job", entry, text, url=link("contacts:import", batch.pk))


def scan_ended(entry: Entry) -> Iterator[News]:
    scan = DuplicateScan.objects.filter(pk=entry.subject_id).first()
    if scan is not None and scan.owner_id:
        yield News(
            scan.owner_id, "job", entry, "The search for duplicates is finished.", url=link("contacts:duplicates")
        )


def list_shared(entry: Entry) -> Iterator[News]:
    """Those who see the list by this entry and did not before."""
    changed = {"is_shared", "shared_users", "shared_teams"} & (entry.changes or {}).keys()
    row = SmartList.objects.filter(pk=entry.subject_id, archived_at=None).first() if changed else None
    if row is None:
        return
    told: set[str] = set()
    if new(entry, "is_shared"):
        told |= set(User.objects.working_at(scope.location_id()).values_list("pk", flat=True)[:MOST_PEOPLE])
    told |= ids_of(new(entry, "shared_users") or []) - ids_of(_old(entry, "shared_users"))
    teams = ids_of(new(entry, "shared_teams") or []) - ids_of(_old(entry, "shared_teams"))
    for team in Team.objects.filter(pk__in=teams) if teams else ():
        told |= set(team.members)
    url = f"{link('contacts:list')}?list={row.pk}"
    for user in sorted(told - {row.owner_id or ""}):
        yield News(user, "list_shared", entry, f"{who(entry)} shared the list {row.name} with you.", url=url)


def _old(entry: Entry, field: str) -> list[str]:
    return (entry.changes or {}).get(field, [None, None])[0] or []


def webhook_off(entry: Entry) -> Iterator[News]:
    """Admins hear of a webhook that switched itself off; not of one that somebody switched off by hand."""
    if entry.facts.get("by_hand"):
        return
    rows = Membership.objects.filter(role="admin", disabled_at=None)
    admins = rows.order_by("pk").values_list("user_id", flat=True)[:MOST_PEOPLE]
    text = (
        f"The webhook {entry.facts.get('name', '')} was switched off: {entry.facts.get('reason', 'its address fails')}"
    )
    for user in admins:
        yield News(user, "webhook", entry, text[:500], url=link("settings:webhook", entry.subject_id))


def domain_told(entry: Entry) -> Iterator[News]:
    """Admins hear that a domain became active, failed or is broken."""
    facts = entry.facts
    said = {
        "domain.activated": "is active: visitors are answered with HTTPS.",
        "domain.failed": f"could not be connected. {facts.get('reason', '')}",
        "domain.broken": f"is broken: three days in a row its record was not right. {facts.get('reason', '')}",
    }
    rows = Membership.objects.filter(role="admin", disabled_at=None)
    text = f"The domain {facts.get('name', '')} {said[entry.verb]}".strip()
    for user in rows.order_by("pk").values_list("user_id", flat=True)[:MOST_PEOPLE]:
        yield News(user, "domain", entry, text[:500], url=link("settings:domain", entry.subject_id))


def limit_met(entry: Entry) -> Iterator[News]:
    """Admins of the company, in the location in scope. The mail about it is sent by billing."""
    facts = entry.facts
    if entry.verb == "limit.reached":
        text = f"The limit of {facts['most']:,} {facts['label']} of your plan is reached."
    else:
        text = f"Your company uses {facts['used']:,} of {facts['most']:,} {facts['label']} of its plan."
    for user in admins_of(entry.company_id or ""):
        yield News(user.pk, "limits", entry, text, url=link("settings:usage"))


ANNOUNCED: dict[str, Callable[[Entry], Iterator[News]]] = {
    "bulk_action.completed": work_ended,
    "bulk_action.failed": work_ended,
    "import.completed": import_ended,
    "import.updated": import_ended,
    "duplicate_scan.completed": scan_ended,
    "smart_list.created": list_shared,
    "smart_list.updated": list_shared,
    "webhook.switched_off": webhook_off,
    "domain.activated": domain_told,
    "domain.broken": domain_told,
    "domain.failed": domain_told,
}
OF_THE_COMPANY: dict[str, Callable[[Entry], Iterator[News]]] = {
    "limit.neared": limit_met,
    "limit.reached": limit_met,
    **dict.fromkeys(account.SECURITY, account.security),
    **dict.fromkeys(account.BILLING, account.billing),
}
