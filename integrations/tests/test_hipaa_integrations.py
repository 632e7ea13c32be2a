"""HIPAA mode: nothing is posted to a service, unless it has an agreement and an admin acknowledged it."""

from __future__ import annotations

from accounts.tests import make as accounts
from contacts.tests import make
from support import hipaa


def test_accounts_103_slack_is_told_nothing_while_the_mode_is_on(cast, slack, mapping, deliver):
    accounts.in_hipaa(cast.company)
    make.contact("Maya")
    assert deliver() == [] and slack.posts == []


def test_a_service_with_an_agreement_is_told_once_an_admin_acknowledged_it(cast, slack, mapping, deliver, settings):
    accounts.in_hipaa(cast.company)
    settings.HIPAA_PROVIDERS = ["slack"]
    make.contact("Maya")
    assert deliver() == [] and slack.posts == []
    hipaa.acknowledge(cast.alice, "slack")
    make.contact("Jo")
    assert deliver() == ["sent"] and len(slack.posts) == 1
