"""HIPAA mode: no webhook is sent, save to a host with an agreement that an admin acknowledged."""

from __future__ import annotations

from accounts.models import Company
from accounts.tests import make as accounts
from contacts.tests import make
from core import scope
from journal.tasks import hand_over
from support import hipaa
from webhooks import replaying
from webhooks.models import Delivery, Endpoint


def test_accounts_103_nothing_is_sent_while_the_mode_is_on(cast, receiver, endpoint, deliver):
    accounts.in_hipaa(cast.company)
    make.contact("Ann")
    deliver()
    assert receiver.got == [] and not Delivery.objects.exists()


def test_accounts_103_what_waited_when_the_mode_came_on_and_what_is_sent_again_is_withheld(
    cast, receiver, endpoint, deliver
):
    make.contact("Ann")
    deliver()
    assert len(receiver.got) == 1
    make.contact("Bea")
    hand_over()  # written down, not sent yet
    accounts.in_hipaa(cast.company)
    replaying.again(Delivery.objects.filter(attempts__gt=0).select_related("endpoint"))
    deliver()
    assert len(receiver.got) == 1 and not Delivery.objects.exists()


def test_a_host_with_an_agreement_is_told_once_an_admin_acknowledged_it(cast, receiver, endpoint, deliver, settings):
    accounts.in_hipaa(cast.company)
    settings.HIPAA_PROVIDERS = [endpoint.host]
    make.contact("Ann")
    deliver()
    assert receiver.got == []
    hipaa.acknowledge(cast.alice, endpoint.host)
    make.contact("Bea")
    deliver()
    assert [got.data["firstName"] for got in receiver.got] == ["Bea"]
    hipaa.acknowledge(cast.alice, endpoint.host, is_wanted=False)
    make.contact("Cleo")
    deliver()
    assert len(receiver.got) == 1 and Company.objects.get(pk=cast.company.pk).hipaa_providers == []


def test_the_webhooks_of_other_accounts_are_sent_as_before(cast, receiver, deliver, as_):
    accounts.in_hipaa(cast.company)
    with as_(cast.charlie, cast.globex_location):
        Endpoint.add(receiver.url, every_event=True, legacy_signature=False)
        make.contact("Zoe")
    deliver()
    with scope.fresh():
        assert [got.data["firstName"] for got in receiver.got] == ["Zoe"]
