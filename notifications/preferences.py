"""What a person wants to be told of, and when their mail leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts import current
from accounts.models import User
from core import clock
from notifications.kinds import ALL, KINDS, Kind
from notifications.models import Preference

GATHERED_FOR = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Way:
    """The ways by which one kind reaches a person."""

    app: bool
    mail: bool


def ways_of(preference: Preference | None, kind: Kind) -> Way:
    """What holds for a kind: the person's choice, else what holds for everybody."""
    chosen = (preference.choices if preference else {}).get(kind.key, {})
    mail = bool(chosen.get("mail", kind.by_mail))
    return Way(kind.is_fixed or bool(chosen.get("app", kind.in_app)), mail and not kind.mails_itself)


def of(users: Iterable[str]) -> dict[str, Preference]:
    """Who has chosen anything in the location. One query."""
    return {row.user_id: row for row in Preference.objects.filter(user_id__in=list(users))}


def mail_time(preference: Preference | None, kind: Kind, person: User) -> dt.datetime:
    """When a mail about something that happens now leaves."""
    now = clock.now()
    digest = preference.digest if preference else "off"
    if kind.is_urgent:
        return now
    if digest == "off" or preference is None:
        return now + GATHERED_FOR
    if digest == "hourly":
        return now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    zone = ZoneInfo(person.timezone) if person.timezone else current.location().zone
    local = now.astimezone(zone)
    day = local.date() + dt.timedelta(days=int(local.hour >= preference.hour))
    return dt.datetime.combine(day, dt.time(preference.hour), zone).astimezone(dt.UTC)


def choose(user_id: str, choices: dict[str, Way], digest: str, hour: int) -> Preference:
    """Keep what a person chose; what is fixed stays as it is."""
    kept = {kind.key: {"app": way.app, "mail": way.mail} for kind in ALL if (way := choices.get(kind.key))}
    given = {"choices": kept, "digest": digest, "hour": hour, "date_updated": clock.now()}
    row: Preference = Preference.objects.update_or_create(user_id=user_id, defaults=given)[0]
    return row


def stop_mail(user_id: str, key: str) -> None:
    """No more mail of one kind, or with "" of any that a person can switch off."""
    row = Preference.objects.filter(user_id=user_id).first() or Preference(user_id=user_id)
    for kind in [KINDS[key]] if key in KINDS else ALL:
        row.choices[kind.key] = {"app": ways_of(row, kind).app, "mail": False}
    row.date_updated = clock.now()
    row.save()
