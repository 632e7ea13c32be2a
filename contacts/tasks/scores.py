"""Scores in the background: what expires and fades every night, and counting a score anew."""

from __future__ import annotations

from celery import shared_task

from contacts.models import ScoreProfile
from contacts.scoring import ageing, attributes, recounting
from core import scope
from core.tasks import task


@shared_task(name="contacts.age_scores", soft_time_limit=3000, time_limit=3300)
def age() -> int:
    """Let points expire and scores fade in every location, and look at conditions that time alone fulfils.

    Harmless to repeat. Returns how many locations.
    """
    places = ageing.places_with_scores()
    for company, place in places:
        with scope.fresh(company_id=company, location_id=place):
            ageing.age()
            look.apply_async([])
    return len(places)


@task(soft_time_limit=250, time_limit=300)
def look(after: str = "") -> None:
    """Give and take what rules with conditions give; goes on in another task when it takes long. Harmless to repeat."""
    left = attributes.look_everywhere(after)
    if left is not None:
        look.apply_async([left])


@task(soft_time_limit=250, time_limit=300)
def recount(profile_id: str, after: str = "") -> None:
    """Count a score anew; goes on in another task when it takes long. Harmless to repeat."""
    profile = ScoreProfile.objects.filter(pk=profile_id).first()
    if profile is None:
        return
    left = recounting.recount(profile, after)
    if left is not None:
        recount.apply_async([profile_id, left])
