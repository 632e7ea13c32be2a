"""Adding and removing names: limits, names in use, and proof by whoever gets a name after another."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts import standing
from billing import limits
from billing.meters import COUNTED
from billing.tests import make as bills
from core import access, clock, scope
from core.access import AccountReadOnly
from core.errors import Invalid, LimitReached, Refused
from domains import checking, redirecting
from domains.models import Domain, PastName, Redirect
from domains.tests import make
from domains.tests.conftest import ADDRESS, TARGET, again
from journal.models import Entry
from privacy import tasks as privacy


def test_a_new_domain_waits_for_dns_and_shows_its_record(cast):
    sub, root = Domain.add("https://Shop.Example.com/"), Domain.add("example.org")
    assert (sub.host, sub.state, sub.is_root, root.is_root) == ("shop.example.com", "pending_dns", False, True)
    assert sub.records == [{"kind": "CNAME", "name": "shop", "whole": "shop.example.com", "value": TARGET}]
    assert root.records == [{"kind": "A", "name": "@", "whole": "example.org", "value": ADDRESS}]
    assert Entry.objects.filter(verb="domain.created").count() == 2


def test_accounts_108_a_name_in_use_by_one_account_cannot_be_added_by_another(cast, as_):
    held = make.waiting()
    with as_(cast.charlie, cast.globex_location):
        for typed in ("www.example.com", "WWW.EXAMPLE.COM.", "https://www.example.com"):
            with pytest.raises(Invalid) as refused:
                Domain.add(typed)
            assert "Acme" not in refused.value.message and "connected already" in refused.value.message
        assert Domain.objects.count() == 0 and not Entry.objects.filter(verb="domain.created").exists()
    assert again(held).location_id == cast.location.pk


def test_accounts_108_another_location_of_the_same_account_cannot_add_it_either(cast, as_):
    make.active()
    with as_(cast.alice, cast.elsewhere), pytest.raises(Invalid):
        Domain.add("www.example.com")
    with pytest.raises(Invalid, match="in your list already"):
        Domain.add("www.example.com")
    assert Domain.objects.everywhere(reason="test").count() == 1


@pytest.mark.django_db(transaction=True)
def test_accounts_108_of_two_accounts_at_the_same_moment_one_gets_the_name(cast, as_):
    start, told = threading.Barrier(2), []

    def add(person, place):
        try:
            with scope.fresh(), as_(person, place):
                start.wait(timeout=60)
                told.append(Domain.add("www.example.com").location_id)
        except Invalid as refused:
            told.append(refused.message)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=add, args=pair)
        for pair in ((cast.alice, cast.location), (cast.charlie, cast.globex_location))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    rows = Domain.objects.everywhere(reason="test")
    assert rows.count() == 1 and rows.get().location_id in told
    assert sum("connected already" in one for one in told) == 1


def test_a_removed_name_is_free_again_and_has_no_certificate(cast, as_):
    row = make.active()
    redirecting.add(row, "/old", "https://example.org/new")
    row.remove_it()
    assert not Domain.is_verified("www.example.com") and Redirect.objects.count() == 0
    assert Entry.objects.filter(verb="domain.deleted").get().facts["name"] == "www.example.com"
    with as_(cast.charlie, cast.globex_location):
        assert Domain.add("www.example.com").state == "pending_dns"


def test_a_name_that_was_verified_elsewhere_is_proved_by_a_txt_record(cast, as_, zones):
    zones.set("www.example.com", CNAME=TARGET)
    make.active().remove_it()
    assert Domain.add("www.example.com").token == ""  # the same account proves nothing twice
    Domain.objects.get().remove_it()
    with as_(cast.charlie, cast.globex_location):
        row = Domain.add("www.example.com")
        assert [one["kind"] for one in row.records] == ["CNAME", "TXT"]
        checking.check(row.pk, by_clock=True)
        assert [fault["code"] for fault in again(row).faults] == ["no_proof"] and again(row).state == "pending_dns"
        zones.set("_hoopai.www.example.com", TXT=f'"{row.proof}"')
        checking.check(row.pk, by_clock=True)
        assert again(row).state == "issuing_ssl"
        again(row).remove_it()
    assert Domain.add("www.example.com").token  # it has changed hands


def test_another_name_of_the_same_owner_is_proved_as_well(cast, as_):
    make.active("www.example.co.uk")
    with as_(cast.charlie, cast.globex_location):
        assert Domain.add("shop.example.co.uk").token  # a wildcard record of somebody else would lead it here
        assert not Domain.add("www.other.co.uk").token


def test_what_is_remembered_of_names_is_no_name(cast):
    make.active()
    (row,) = PastName.objects.all()
    assert "example" not in row.name + row.owned + row.company and cast.company.pk not in row.company


def test_a_deleted_account_frees_its_names_and_the_next_one_proves_them(cast, as_, drain):
    row = make.active()
    redirecting.add(row, "/old", "https://example.org/new")
    try:
        bills.paying(cast.company, "professional", then="insufficient_funds")
        bills.wait(cast.company, 31 + 112)
        with drain():
            privacy.purge_due.delay()
    finally:
        clock.ahead.clear()
    assert not Domain.objects.everywhere(reason="test").exists() and not Domain.is_verified("www.example.com")
    assert not Redirect.objects.everywhere(reason="test").exists()
    with as_(cast.charlie, cast.globex_location):
        assert Domain.add("www.example.com").token


def test_the_plan_limits_how_many(cast):
    bills.subscription(cast.company, "starter")
    assert limits.limits_of(cast.company.pk)["web_domains"] == 3
    for number in range(3):
        make.waiting(f"a{number}.example.com")
    with pytest.raises(LimitReached):
        Domain.add("a4.example.com")
    assert Domain.objects.count() == 3 and COUNTED["web_domains"].count(cast.company.pk) == 3
    Domain.objects.first().remove_it()
    assert Domain.add("a4.example.com").pk


def test_a_name_that_is_refused_takes_no_place_in_the_plan(cast, as_):
    bills.subscription(cast.company, "starter")
    with as_(cast.charlie, cast.globex_location):
        make.waiting("taken.example.com")
    for typed in ("taken.example.com", "co.uk"):
        with pytest.raises(Invalid):
            Domain.add(typed)
    assert limits.room("web_domains") == 3


def test_a_read_only_account_adds_nothing_and_may_take_away(cast):
    row = make.active()
    rule = redirecting.add(row, "/old", "https://example.org/new")
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    for deed in (
        lambda: Domain.add("shop.example.com"),
        lambda: redirecting.add(row, "/a", "https://example.org/"),
        lambda: row.set_robots("User-agent: *"),
    ):
        with pytest.raises(AccountReadOnly):
            deed()
    assert Domain.objects.count() == 1 and Redirect.objects.count() == 1 and again(row).robots == ""
    redirecting.delete(rule)
    row.remove_it()
    assert Domain.objects.count() == 0


def test_an_installation_without_a_name_to_point_at_takes_none(cast, settings):
    settings.DOMAINS_ADDRESS = ""
    with pytest.raises(Invalid, match=r"Add www\.example\.org instead"):
        Domain.add("example.org")
    settings.DOMAINS_HOST = ""
    with pytest.raises(Refused):
        Domain.add("www.example.org")
    assert Domain.objects.count() == 0


def test_the_pair_with_and_without_www_leads_to_one_of_them(cast):
    root = Domain.add("example.org")
    made = redirecting.add_twin(root)
    (rule,) = made.redirects.all()
    assert (made.host, rule.path, rule.target) == ("www.example.org", "/*", "https://example.org/*")
    with pytest.raises(Invalid, match="in your list already"):
        redirecting.add_twin(root)
    with pytest.raises(Invalid, match="come as a pair"):
        redirecting.add_twin(Domain.add("blog.example.org"))
    assert Domain.objects.count() == 3 and clock.now() >= made.waiting_since
