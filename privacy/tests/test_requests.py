"""Privacy requests: a register that counts the days and warns in time."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.standing import set_standing
from contacts.tests import make
from core import clock
from core.errors import Invalid, Refused
from core.pages import link
from privacy import tasks
from privacy.models import PrivacyRequest

DAY = dt.timedelta(days=1)


def received(days_ago: float = 0, **fields) -> PrivacyRequest:
    return PrivacyRequest.receive(
        **{"kind": "erasure", "name": "Ann", "received_at": clock.now() - days_ago * DAY, **fields}
    )


def let_pass(row: PrivacyRequest, days: float) -> None:
    """As if the request had been received so many days earlier."""
    row.refresh_from_db()
    moved = {
        name: getattr(row, name) - days * DAY for name in ("received_at", "due_at", "alert_at") if getattr(row, name)
    }
    PrivacyRequest._base_manager.filter(pk=row.pk).update(**moved)


def test_accounts_099_a_privacy_request_is_due_30_days_after_receipt_and_warns_on_days_20_27_and_30_once(
    cast, browse, drain, mailoutbox
):
    make.contact("Ann", email="ann@example.com")
    client = browse(cast.alice)
    answer = client.post(
        link("settings:privacy_request_create"),
        {
            "kind": "erasure",
            "name": "Ann",
            "email": "Ann@example.com",
            "received_on": clock.today(cast.location.zone).isoformat(),
            "handler": cast.dora.pk,
        },
    )
    row = PrivacyRequest.objects.get()
    assert answer["Location"] == link("settings:privacy_request", row.pk)
    assert row.due_at - row.received_at == 30 * DAY and row.contact.email == "ann@example.com"
    assert (
        f"{row.due_at.astimezone(cast.location.zone):%-d %b %Y}"
        in client.get(link("settings:privacy_requests")).content.decode()
    )
    told = []
    let_pass(row, 0.5)
    for day in range(1, 34):
        mailoutbox.clear()
        for _ in range(2):
            with drain():
                tasks.warn_of_requests.delay()
        if mailoutbox:
            told.append(day)
            assert sorted(mail.to[0] for mail in mailoutbox) == sorted([cast.dora.email, cast.alice.email])
        let_pass(row, 1)
    assert told == [21, 28, 31]  # half a day after days 20, 27 and 30 began
    assert "overdue" in client.get(link("settings:privacy_request", row.pk)).content.decode()


def test_no_warning_comes_one_second_early_and_one_that_was_missed_is_not_repeated(cast, drain, mailoutbox):
    early = received(19.999)
    late = received(29)
    with drain():
        tasks.warn_of_requests.delay()
    assert len(mailoutbox) == 1 and "in 3 days" in mailoutbox[0].subject
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.alerted == [] and sorted(late.alerted) == [3, 10]


def test_an_answered_request_warns_nobody(cast, drain, mailoutbox):
    row = received(19)
    row.move_to("verified", proof="Passport shown")
    row.move_to("in_progress")
    row.move_to("done")
    let_pass(row, 5)
    with drain():
        tasks.warn_of_requests.delay()
    assert not mailoutbox and row.ended_at is not None


def test_a_request_is_extended_once_by_60_days_with_a_reason_and_notice(cast, browse):
    row = received(5)
    due = row.due_at
    for reason, is_told, field in (("", True, "reason"), ("Many systems", False, "is_told")):
        with pytest.raises(Invalid) as refused:
            row.extend(reason, is_told)
        assert field in refused.value.errors
        row.refresh_from_db()
        assert row.due_at == due
    answer = browse(cast.alice).post(
        link("settings:privacy_request_extend", row.pk), {"reason": "Many systems", "is_told": "1"}
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.due_at == due + 60 * DAY and row.alert_at == row.due_at - 10 * DAY
    with pytest.raises(Refused):
        row.extend("Again", True)
    row.refresh_from_db()
    assert row.due_at == due + 60 * DAY


def test_an_overdue_request_is_not_extended(cast):
    row = received(30)
    with pytest.raises(Refused):
        row.extend("Late", True)
    row.refresh_from_db()
    assert row.is_overdue and not row.extended_because


@pytest.mark.parametrize(("state", "given"), [("verified", {}), ("refused", {}), ("done", {}), ("nonsense", {})])
def test_a_step_without_what_it_needs_or_out_of_order_is_refused(cast, browse, state, given):
    row = received()
    answer = browse(cast.alice).post(link("settings:privacy_request_move", row.pk), {"state": state, **given})
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == "new"


@pytest.mark.parametrize("days", [-2, 400])
def test_a_day_of_receipt_in_the_future_or_long_past_is_refused_by_name(cast, browse, days):
    day = clock.today(cast.location.zone) - days * DAY
    fields = {"kind": "access", "name": "Ann", "received_on": day.isoformat()}
    answer = browse(cast.alice).post(link("settings:privacy_request_create"), fields)
    assert answer.status_code == 422 and not PrivacyRequest.objects.exists()


def test_only_those_who_may_see_the_register_and_only_their_own(cast, as_, browse):
    row = received()
    assert browse(cast.dora).get(link("settings:privacy_requests")).status_code == 403
    with as_(cast.charlie, cast.globex_location):
        assert browse(cast.charlie).get(link("settings:privacy_request", row.pk)).status_code == 404
        assert "Ann" not in browse(cast.charlie).get(link("settings:privacy_requests")).content.decode()


def test_requests_are_answered_while_an_account_is_read_only(cast, browse):
    row = received()
    set_standing(cast.company, "read_only", reason="suspended")
    answer = browse(cast.alice).post(
        link("settings:privacy_request_move", row.pk), {"state": "refused", "reason": "Not a customer"}
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.state == "refused" and row.refused_because == "Not a customer"
