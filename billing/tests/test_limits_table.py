"""The table of limits, written out by hand, against what holds for a company on each plan."""

from __future__ import annotations

import pytest

from billing import limits, trials
from billing import plans as catalogue
from billing.tests import make

ANY = None  # without limit
# As the specification's table has it: Starter, Professional, Enterprise.
TABLE = {
    # contacts
    "contacts": (5_000, 50_000, ANY),
    "import_rows": (10_000, 50_000, 100_000),
    "custom_fields": (200, 500, 500),
    "tags_per_contact": (100, 250, 500),
    "tags": (1_000, 5_000, ANY),
    "notes_per_contact": (500, 1_000, ANY),
    "phones_per_contact": (11, 11, 11),
    "emails_per_contact": (11, 11, 11),
    # people
    "users": (3, 25, ANY),
    "teams": (1, 10, ANY),
    "roles": (3, 10, ANY),
    "locations": (1, 5, ANY),
    # e-mail
    "emails_per_day": (5_000, 50_000, 200_000),
    "emails_per_month": (50_000, 500_000, 2_000_000),
    "email_recipients": (5_000, 50_000, 200_000),
    "email_templates": (100, 500, ANY),
    "sending_domains": (1, 5, 20),
    "dedicated_ips": (0, 0, 1),
    # SMS and MMS
    "sms_per_day": (1_000, 10_000, 50_000),
    "mms_per_day": (500, 5_000, 25_000),
    "sms_segment": (160, 160, 160),
    "sms_segment_unicode": (70, 70, 70),
    "mms_kb": (600, 600, 600),
    "phone_numbers": (1, 5, 20),
    # calls
    "calls_inbound": (5, 25, 100),
    "calls_outbound": (3, 15, 50),
    "recording_gb": (5, 25, 100),
    "voicemail_drops_per_day": (500, 5_000, 25_000),
    # automation
    "workflows": (20, 200, ANY),
    "workflow_runs_per_day": (5_000, 50_000, 500_000),
    "workflow_actions": (50, 200, 500),
    "workflow_triggers": (5, 10, 20),
    "workflow_wait_days": (90, 365, 365),
    "webhook_actions_per_day": (2_000, 20_000, 100_000),
    # sites
    "funnels": (10, 100, ANY),
    "websites": (3, 25, ANY),
    "site_pages": (50, 200, 500),
    "web_domains": (3, 25, 100),
    "forms": (20, 200, ANY),
    # other
    "calendars": (5, 50, ANY),
    "pipelines": (3, 25, ANY),
    "custom_objects": (2, 10, 50),
    "media_gb": (10, 100, 1_000),
    "file_mb": (100, 100, 100),
    "ai_credits_per_month": (100, 500, 2_000),
    "private_integrations": (5, 25, 100),
    "webhook_endpoints": (5, 25, 100),
    "audit_days": (60, 180, 365),
    # what a plan has or has not, in the table of prices
    "sso": (0, 0, 1),
    "hipaa": (0, 0, 1),
}
OURS = {"smart_lists": (25, 250, ANY)}  # not in the table
PLANS = ("starter", "professional", "enterprise")


@pytest.mark.parametrize("plan", PLANS)
def test_accounts_041_the_effective_limit_of_every_row_is_the_tables(cast, plan):
    make.subscription(cast.company, plan)
    found, place = limits.limits_of(cast.company.pk), PLANS.index(plan)
    assert {name: found.get(name) for name in TABLE} == {name: row[place] for name, row in TABLE.items()}
    assert set(found) - set(TABLE) <= set(OURS)
    assert {name: found.get(name) for name in OURS} == {name: row[place] for name, row in OURS.items()}


@pytest.mark.parametrize(("name", "most"), [("contacts", 7), ("users", None), ("audit_days", 400), ("tags", 0)])
def test_accounts_041_an_override_changes_its_row_and_no_other(cast, name, most):
    make.subscription(cast.company, "starter", **{name: most})
    found = limits.limits_of(cast.company.pk)
    assert found[name] == most
    assert {key: found.get(key) for key in TABLE if key != name} == {
        key: row[0] for key, row in TABLE.items() if key != name
    }


def test_accounts_041_a_trial_has_the_lower_of_its_own_and_the_plans(cast):
    trials.start(cast.company, catalogue.named("enterprise"))
    found = limits.limits_of(cast.company.pk)
    lower = {
        "contacts": 1_000, "emails_per_day": 250, "emails_per_month": 1_000, "email_recipients": 250, "sso": 0,
        "hipaa": 0, "dedicated_ips": 0,
    }  # fmt: skip
    assert {name: found.get(name) for name in TABLE} == {name: row[2] for name, row in TABLE.items()} | lower
