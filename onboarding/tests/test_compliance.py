"""Settings, Compliance: the agreement, its signed copies, and the list of sub-processors with its notice."""

from __future__ import annotations

import datetime as dt

import pytest

from core import clock
from core.errors import Invalid
from core.pages import link
from onboarding import documents, subprocessors, tasks
from onboarding.models import Acceptance
from support import tickets
from support.models import Ticket
from support.tests import make as support

DAY = dt.timedelta(days=1)


@pytest.fixture
def listed(settings, tmp_path):
    """`listed(on=…, announced=…)` puts a change beside the first list, of a year ago; days are counted from today."""

    def write(kind: str = "added", name: str = "Mailco", on: int = 31, announced: int | None = 0) -> None:
        today = clock.today()
        first = f'[[change]]\non = {today - 365 * DAY}\nkind = "added"\nname = "Hostco"\npurpose = "Hosting"\n'
        more = f'[[change]]\non = {today + on * DAY}\nkind = "{kind}"\nname = "{name}"\npurpose = "Mail"\n'
        if announced is not None:
            more += f"announced = {today + announced * DAY}\n"
        path = tmp_path / "list.toml"
        path.write_text(first + more)
        settings.SUBPROCESSORS = str(path)

    return write


def page(client) -> str:
    return client.get(link("settings:compliance")).content.decode()


def test_the_page_names_the_version_and_who_accepted_it_and_when(cast, browse):
    Acceptance.record_new(company=cast.company, user=cast.alice, document="dpa", version="2026-11",
                          facts={"document": "dpa", "version": "2026-11"})  # fmt: skip
    shown = page(browse(cast.alice))
    assert "by Alice Adams" in shown and documents.addresses()["dpa"] in shown and "Version 2026-11 on" in shown
    assert "Stripe" in shown and "Version 2026-11" in browse(cast.alice).get("/dpa/").content.decode()


def test_only_those_who_handle_privacy_open_it(cast, browse):
    assert browse(cast.dora).get(link("settings:compliance")).status_code == 403


def test_a_signed_copy_is_asked_for_by_a_ticket_and_lies_there_once_support_attached_it(cast, browse, as_):
    client = browse(cast.alice)
    assert "Request signed copy" in page(client)
    asked = {"kind": "dpa", "company": "Acme Inc", "address": "1 Main St", "signer": "Al", "email": "a@b.example"}
    client.post(link("settings:ticket_create"), asked)
    ticket = Ticket.objects.get()
    assert "Your request" in page(client) and "dpa-signed.pdf" not in page(client)
    with support.operating(cast.company):
        tickets.answer(ticket, "Here it is.", [support.upload("dpa-signed.pdf", b"%PDF-1.4 signed")], is_solved=True)
    shown = page(client)
    assert "dpa-signed.pdf" in shown and "Request signed copy" in shown
    held = ticket.replies.last().attachments.get()
    assert b"".join(client.get(link("settings:ticket_file", held.pk)).streaming_content) == b"%PDF-1.4 signed"
    with as_(cast.charlie, cast.globex_location):
        assert "dpa-signed.pdf" not in page(browse(cast.charlie))


def test_a_change_is_mailed_once_to_every_account_thirty_days_before_and_holds_from_its_day(
    cast, browse, drain, mailoutbox, listed
):
    listed(on=31, announced=1)
    with drain():
        tasks.tell_of_subprocessors.delay()
    assert not mailoutbox  # not announced yet
    with clock.moved(DAY):
        for _ in range(2):
            with drain():
                tasks.tell_of_subprocessors.delay()
        told = sorted(mail.to[0] for mail in mailoutbox)
        assert told == sorted([cast.alice.email, cast.charlie.email]) and "Mailco is added on" in mailoutbox[0].subject
        shown = page(browse(cast.alice))
        assert "To come" in shown and "Mailco is added" in shown
        assert [one.name for one in subprocessors.current()] == ["Hostco"]
    mailoutbox.clear()
    with clock.moved(31 * DAY):
        with drain():
            tasks.tell_of_subprocessors.delay()
        assert not mailoutbox
        assert [one.name for one in subprocessors.current()] == ["Hostco", "Mailco"]


def test_one_that_is_removed_is_no_longer_on_the_list_but_in_the_changes(cast, browse, listed):
    listed(kind="removed", name="Hostco", on=-1, announced=-40)
    assert subprocessors.current() == []
    shown = page(browse(cast.alice))
    assert "Nobody else does." in shown and "Hostco is removed" in shown


@pytest.mark.parametrize(("announced", "kind"), [(2, "added"), (None, "added"), (0, "swapped")])
def test_a_list_with_a_change_announced_too_late_or_of_no_kind_is_refused(cast, listed, announced, kind):
    listed(on=31, announced=announced, kind=kind)
    with pytest.raises(Invalid):
        subprocessors.changes()
