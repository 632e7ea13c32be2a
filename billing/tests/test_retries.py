"""A failed renewal: when it is tried again, who is told what, and what the hard cases do."""

from __future__ import annotations

import datetime as dt

import pytest

from billing import access, gateways, methods, paying, refunding, resolving, turning
from billing.gateways import Outcome
from billing.models import Attempt, Invoice, Notice, SandboxCharge
from billing.tests import make
from core import clock
from core.errors import Refused

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def late(cast):
    """Acme, the day its first renewal failed."""
    make.paying(cast.company, then="insufficient_funds")
    make.wait_until_renewal(cast.company)
    return cast.company


def renewal() -> Invoice:
    return Invoice.objects.get(purpose="renewal")


def days_tried(invoice: Invoice) -> list[int]:
    tried = Attempt.objects.filter(invoice=invoice, is_automatic=True).order_by("number")
    return [round((one.began_at - invoice.overdue_since) / DAY) for one in tried]


def test_accounts_069_a_failed_renewal_is_tried_again_on_days_3_7_14_and_21(late):
    make.wait(late, 40)
    invoice = renewal()
    assert days_tried(invoice) == [0, 3, 7, 14, 21]
    began = [one.began_at - invoice.overdue_since for one in invoice.attempts.all()]
    assert all(abs(gap - round(gap / DAY) * DAY) < MINUTE for gap in began)


def test_accounts_070_no_mail_on_day_0_and_the_named_ones_afterwards(late):
    assert not Notice.objects.filter(occasion=renewal().pk).exists()
    make.wait(late, 40)
    since = renewal().overdue_since
    mails = Notice.objects.filter(occasion=renewal().pk).order_by("at").values_list("key", "at")
    assert [(key, round((at - since) / DAY)) for key, at in mails] == [
        ("payment_failed", 3),
        ("account_at_risk", 7),
        ("action_required", 14),
        ("suspension_tomorrow", 20),
        ("suspended", 21),
    ]


def test_accounts_071_everything_works_until_day_21(late):
    for _ in range(20):
        make.wait(late, 1)
        assert access.level(late.pk) == "full" and make.of(late).state == "past_due"


def test_accounts_072_the_account_is_suspended_in_the_minute_of_the_last_retry(late):
    make.wait(late, 22)
    held = make.of(late)
    assert held.state == "suspended" and access.level(late.pk) == "read_only"
    last = Attempt.objects.filter(invoice=renewal()).last()
    told = Notice.objects.get(key="suspended")
    assert last.step == 4 and told.at - last.began_at < MINUTE


def test_accounts_073_deletion_on_day_111_after_warnings_on_days_81_104_and_110(late):
    make.wait(late, 110.9)
    held = make.of(late)
    assert held.state == "suspended" and held.delete_after == held.past_due_since + 111 * DAY
    warned = Notice.objects.filter(key="deletion_warning").order_by("at").values_list("at", flat=True)
    assert [round((at - held.past_due_since) / DAY) for at in warned] == [81, 104, 110]
    make.wait(late, 0.2)
    assert make.of(late).state == "deleting" and access.level(late.pk) == "none"


def test_accounts_074_a_good_card_while_suspended_charges_the_balance_and_brings_everything_back(late):
    make.wait(late, 25)
    methods.add(late.pk, make.behaving(late, "succeeds"))
    turning.turn(late.pk)
    held = make.of(late)
    assert held.state == "active" and access.level(late.pk) == "full" and held.past_due_since is None
    assert renewal().state == "paid" and Notice.objects.filter(key="reactivated").count() == 1


def test_a_payment_after_the_paid_period_begins_a_new_one_and_charges_it_at_once(late):
    make.wait(late, 45)
    methods.add(late.pk, make.behaving(late, "succeeds"))
    turning.turn(late.pk)
    held = make.of(late)
    assert held.state == "active" and held.period_end > clock.now() + 27 * DAY
    assert sorted(Invoice.objects.filter(purpose="renewal").values_list("state", flat=True)) == ["paid", "paid"]


def test_accounts_075_paying_by_hand_on_day_5_cancels_later_retries_and_mails(late):
    make.wait(late, 5)
    make.change_behaviour("succeeds")
    paying.pay(renewal().pk, late.pk)
    anchor = make.of(late).anchor_at
    make.wait(late, 20)
    assert make.of(late).state == "active" and make.of(late).anchor_at == anchor
    assert Attempt.objects.filter(invoice=renewal()).count() == 3
    keys = set(Notice.objects.filter(occasion=renewal().pk).values_list("key", flat=True))
    assert keys == {"payment_failed", "payment_received"}


def test_accounts_076_a_payment_during_a_running_retry_is_told_so_and_charges_once(late):
    make.change_behaviour("times_out")
    make.wait(late, 3)
    invoice = renewal()
    assert invoice.attempts.last().state == "unknown"
    with pytest.raises(paying.PaymentInProgress):
        paying.pay(invoice.pk, late.pk)
    assert invoice.attempts.count() == 2
    make.wait(late, 0.1)
    assert renewal().state == "paid"
    assert SandboxCharge.objects.filter(state="succeeded", key__startswith=f"inv-{invoice.pk}-").count() == 1


def test_accounts_077_of_two_payments_that_succeed_the_later_is_given_back(late):
    make.change_behaviour("succeeds")
    make.wait(late, 3)
    invoice = renewal()
    first = invoice.attempts.first()  # failed on day 0; now its bank says that it took the money after all
    charge = SandboxCharge.objects.get(key=first.key)
    SandboxCharge.objects.filter(pk=charge.pk).update(state="succeeded")
    paying.settle(first.pk, late.pk, Outcome("succeeded", charge.pk))
    turning.turn(late.pk)
    turning.turn(late.pk)
    charge.refresh_from_db()
    first.refresh_from_db()
    assert charge.refunded_cents == charge.amount_cents and first.note == paying.GIVEN_BACK
    assert renewal().state == "paid" and invoice.attempts.last().note == ""


def test_accounts_079_a_late_failure_cannot_unpay_an_invoice(late):
    make.change_behaviour("succeeds")
    make.wait(late, 3)
    attempt = renewal().attempts.last()
    paying.settle(attempt.pk, late.pk, Outcome("failed", attempt.reference, "card_declined"))
    attempt.refresh_from_db()
    assert renewal().state == "paid" and attempt.state == "succeeded" and make.of(late).state == "active"


def test_accounts_080_an_unknown_result_blocks_further_attempts_until_it_is_known(late, monkeypatch):
    make.change_behaviour("times_out_fails")
    make.wait(late, 2.999)
    with clock.moved(dt.timedelta(minutes=2)):
        turning.turn(late.pk)
        invoice = renewal()
        assert [one.state for one in invoice.attempts.all()] == ["failed", "unknown"]
        turning.turn(late.pk)
        methods.pay_outstanding(late.pk, paying.default_method())
        assert invoice.attempts.count() == 2
    make.wait(late, 0.1)
    assert [one.state for one in invoice.attempts.all()] == ["failed", "failed"]
    assert Notice.objects.filter(key="payment_failed").count() == 1


def test_accounts_081_after_an_outage_over_two_retry_days_one_attempt_is_made(late):
    make.wait_blind(late, 8)
    invoice = renewal()
    assert days_tried(invoice) == [0, 8] and invoice.step == 2
    assert set(Notice.objects.filter(occasion=invoice.pk).values_list("key", flat=True)) == {"account_at_risk"}
    make.wait(late, 40)
    assert days_tried(invoice) == [0, 8, 14, 21]


def test_accounts_081_no_suspension_comes_within_24_hours_of_the_last_warning(late):
    make.wait(late, 10)
    make.wait_blind(late, 10.6)  # day 20.6: the reminder leaves now, so the end of service waits
    assert make.of(late).state == "past_due"
    make.wait(late, 0.9)
    assert make.of(late).state == "past_due"
    make.wait(late, 0.2)
    assert make.of(late).state == "suspended"
    reminded, ended = (Notice.objects.get(key=key).at for key in ("suspension_tomorrow", "suspended"))
    assert ended - reminded >= DAY


def test_service_never_stops_without_a_word_before(late):
    make.wait_blind(late, 30)
    assert make.of(late).state == "past_due" and Notice.objects.filter(key="suspension_tomorrow").count() == 1
    make.wait(late, 1.1)
    assert make.of(late).state == "suspended"


def test_at_least_a_day_lies_between_two_automatic_attempts(late):
    make.wait_blind(late, 13.5)
    make.wait(late, 2)
    tried = [one.began_at for one in renewal().attempts.all()]
    assert all(later - earlier >= DAY for earlier, later in zip(tried, tried[1:], strict=False))
    assert renewal().step == 3


def test_a_hard_decline_spares_the_card_but_sends_the_mails(cast):
    make.paying(cast.company, then="lost_card")
    make.wait_until_renewal(cast.company)
    make.wait(cast.company, 8)
    charged = SandboxCharge.objects.filter(key__startswith=f"inv-{renewal().pk}-")
    assert charged.count() == 1 and renewal().step == 2
    keys = set(Notice.objects.filter(occasion=renewal().pk).values_list("key", flat=True))
    assert keys == {"payment_failed", "account_at_risk"}
    methods.add(cast.company.pk, make.behaving(cast.company, "succeeds"))
    assert renewal().state == "paid" and make.of(cast.company).state == "active"


def test_no_card_at_renewal_is_a_failed_first_charge(cast):
    make.paying(cast.company)
    card = paying.default_method()
    card.change(facts={"card": str(card)}, removed_at=clock.now(), is_default=False)
    make.wait_until_renewal(cast.company)
    attempt = renewal().attempts.get()
    assert attempt.state == "failed" and attempt.reason == "no_method"
    assert make.of(cast.company).state == "past_due" and not SandboxCharge.objects.filter(key=attempt.key).exists()


def test_a_new_card_that_fails_between_two_steps_changes_nothing_in_the_schedule(late):
    make.wait(late, 4)
    methods.add(late.pk, make.behaving(late, "card_declined"))
    make.wait(late, 10.5)
    assert days_tried(renewal()) == [0, 3, 7, 14]
    mails = Notice.objects.filter(occasion=renewal().pk).count()
    assert mails == 3


def test_an_unknown_result_on_day_21_holds_the_end_of_service_for_three_days_at_most(late, monkeypatch):
    make.wait(late, 20.5)
    make.change_behaviour("times_out")
    monkeypatch.setattr("billing.gateways.sandbox.SETTLES_AFTER", dt.timedelta(days=99))  # the provider's own patience
    make.wait(late, 2)
    assert make.of(late).state == "past_due" and renewal().attempts.last().state == "unknown"
    make.wait(late, 1.6)
    assert make.of(late).state == "suspended" and renewal().attempts.last().reason == "no_result"


def test_a_confirmation_that_never_comes_fails_after_23_hours(late):
    make.change_behaviour("confirms")
    make.wait(late, 3.1)
    assert renewal().attempts.last().state == "needs_action"
    assert Notice.objects.filter(key="confirm_with_bank").count() == 1
    make.wait(late, 0.95)
    attempt = renewal().attempts.last()
    assert attempt.state == "failed" and attempt.reason == "not_confirmed"
    assert Notice.objects.filter(key="payment_failed").count() == 1


def test_cancelling_while_past_due_ends_at_once_and_the_invoice_stays_payable(late):
    make.wait(late, 4)
    make.cancel(late)
    assert make.of(late).state == "cancelled" and access.level(late.pk) == "read_only"
    make.wait(late, 20)
    assert renewal().attempts.count() == 2
    make.change_behaviour("succeeds")
    with pytest.raises(Refused):
        make.buy(late, "professional")
    paying.pay(renewal().pk, late.pk)
    assert make.buy(late, "professional").state == "done" and make.of(late).state == "active"


def test_accounts_083_no_renewal_is_made_while_suspended(late):
    make.wait(late, 100)
    assert Invoice.objects.filter(purpose="renewal").count() == 1


def test_accounts_080_a_crash_between_writing_and_asking_is_made_good(late):
    invoice = renewal()
    with clock.moved(3 * DAY):
        with paying.held(late.pk) as row:
            attempt = paying._begin(row, paying.locked_invoice(invoice.pk), None, 1, True)
        assert attempt.state == "created"
    make.change_behaviour("succeeds")
    make.wait(late, 3.1)
    attempt.refresh_from_db()
    assert attempt.state == "succeeded" and renewal().state == "paid"


def test_a_staff_member_voids_an_invoice_and_the_account_is_as_if_it_were_paid(late):
    make.wait(late, 22)
    refunding.void(late.pk, renewal().pk, "a mistake of ours")
    assert make.of(late).state == "active" and renewal().state == "void"
    with pytest.raises(Refused):
        paying.pay(renewal().pk, late.pk)
    assert gateways.current().is_sandbox and not resolving.waiting(late.pk)


def test_a_refund_goes_back_to_the_card_and_never_exceeds_what_was_paid(cast):
    make.paying(cast.company)
    invoice = Invoice.objects.get()
    note = refunding.refund(cast.company.pk, invoice.pk, 10_000, "A mistake of ours")
    assert note.number.startswith("CN-") and SandboxCharge.objects.get().refunded_cents == 10_000
    with pytest.raises(Refused):
        refunding.refund(cast.company.pk, invoice.pk, 19_701, "Too much")
    invoice.refresh_from_db()
    assert invoice.state == "paid" and invoice.refunded_cents == 10_000
    assert Notice.objects.filter(key="refund").count() == 1


def test_a_lost_dispute_makes_the_invoice_overdue_from_the_first_mail_on(cast):
    make.paying(cast.company, then="card_declined")
    invoice = Invoice.objects.get()
    refunding.dispute(cast.company.pk, invoice.pk)
    assert make.of(cast.company).state == "active"
    refunding.end_dispute(cast.company.pk, invoice.pk, is_won=False)
    assert make.of(cast.company).state == "past_due"
    make.wait(cast.company, 1.1)
    assert Notice.objects.filter(key="payment_failed").count() == 1
