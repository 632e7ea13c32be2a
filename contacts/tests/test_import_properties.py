"""Random files over a small world, so that identities meet: what the preview says happens, and undo leaves no trace."""

import collections

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.importing import checking
from contacts.models import Contact, Tag
from contacts.tests import make
from contacts.tests.importing import outcomes, started, state, undone, uploaded
from core.errors import Invalid
from journal.models import Entry
from objects.models import CustomField

EMAILS = ["", "", "a@x.co", "b@x.co", "c@x.co", "A@X.co ", "d@x.co; e@x.co", "nobody@", "ü@x.co"]
PHONES = [
    "",
    "",
    "5551230001",
    "(555) 123-0002",
    "+15551230003",
    "5551230004 ::: 5551230001",
    "5.55E+09",
    "12",
    "+49 30 901820",
]
TEXTS = ["", "Ann", "Zoë", ' "quoted" ', "two\nlines", "x" * 120, "=1+1", "\\N", "\\", "a\tb", "{}", "é'"]
TAGS = ["", "vip", "VIP, lead", "new one; vip", "x" * 90]
OWNERS = ["", "Dora Doe", "doe dora", "Nobody Here"]
DATES = ["", "1990-01-02", "31/12/1991", "13/13/1991", "soon"]
COLUMNS = {
    "Email": EMAILS, "Phone": PHONES, "First Name": TEXTS, "City": TEXTS, "Tags": TAGS, "Owner": OWNERS, "Additional Email 1": EMAILS,
    "Additional Phone 1": PHONES, "Date of birth": DATES, "DND": ["", "yes", "no", "Email, SMS", "pigeon"], "Motto": TEXTS, "Member": ["", "m1", "M1", "m2"],
}  # fmt: skip


@st.composite
def files(draw):
    names = ["Email", "Phone", *draw(st.lists(st.sampled_from(list(COLUMNS)[2:]), unique=True, max_size=6))]
    names = draw(st.permutations(names))
    delimiter = draw(st.sampled_from(",;\t|"))
    lines = [delimiter.join(names)]
    for _ in range(draw(st.integers(1, 12))):
        cells = [draw(st.sampled_from(COLUMNS[name])) for name in names]
        shape = draw(st.integers(0, 12))
        if shape == 0:
            cells = cells[:-1]
        elif shape == 1:
            cells += [draw(st.sampled_from(["", "surplus"]))]
        line = delimiter.join(
            '"' + cell.replace('"', '""') + '"' if cell and (set(cell) & set('\n"\t,;|') or shape > 8) else cell
            for cell in cells
        )
        if shape == 2:
            line = line.replace('"', "", 1)  # breaks the quoting where there is any
        lines.append(line)
        if shape == 3:
            lines.append("")
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines) + draw(st.sampled_from(["", "\n"]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


def world(cast) -> None:
    CustomField.record_new(name="Motto", key="motto")
    member = CustomField.record_new(name="Member", key="member", is_unique=True)
    make.contact(
        "Ann",
        email="a@x.co",
        phone="+15551230001",
        city="Austin",
        tags=("vip",),
        custom={member.pk: "m1"},
        followers=[cast.dora.pk],
    )
    make.contact("Ben", email="b@x.co", more_emails=["e@x.co"], dnd_settings={"SMS": {"status": "permanent"}})
    make.contact(
        "Cy", phone="+15551230003", more_phones=[{"number": "+15551230004", "label": "work"}], email_validity="valid"
    )
    make.contact("Gone", email="c@x.co").trash()


def sound(cast) -> None:
    """What holds for every contact of a location without duplicates."""
    seen = collections.Counter()
    for contact in Contact.objects.live():
        seen.update([contact.email] if contact.email else [])
        seen.update([contact.phone] if contact.phone else [])
        contact.full_clean(
            exclude=["location", "assigned_to", "business", "custom", "dnd_settings"], validate_constraints=False
        )
        assert len(set(contact.tags)) == len(contact.tags)
        assert set(contact.tags) <= set(Tag.objects.values_list("pk", flat=True))
        assert contact.assigned_to_id is None or contact.assigned_to_id not in contact.followers
    assert not [value for value, times in seen.items() if times > 1]


def undo_all() -> None:
    transaction.set_rollback(True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    data=files(), mode=st.sampled_from(["create_update", "create", "update"]), match_by=st.sampled_from([["email", "phone"], ["phone", "email"]]),
    clears=st.booleans(), rows=st.sampled_from([1, 3, 100]), tags=st.sampled_from([[], ["vip", "expo"]]),
)  # fmt: skip
def test_what_the_preview_says_happens_and_undo_leaves_no_trace(cast, data, mode, match_by, clears, rows, tags):
    with transaction.atomic():
        world(cast)
        try:
            batch = uploaded(data, mode=mode, match_by=match_by, empty_clears=clears, tags=tags)
        except Invalid:
            undo_all()
            return
        before = state()
        batch.begin_check()
        checking.check(batch)
        assert state() == before
        if batch.status == "failed":
            assert "uotation mark" in batch.problem, batch.problem
            undo_all()
            return
        planned, told = dict(batch.counts), outcomes(batch)
        started(batch, rows=rows)
        assert batch.counts == planned and outcomes(batch) == told
        assert Contact.objects.live().count() == len(before) + planned["create"]
        assert Entry.objects.filter(verb="contact.created", via="import").count() == planned["create"]
        sound(cast)
        kept = state()
        for row in batch.rows.exclude(outcome="reject"):
            if row.contact_id:
                assert row.contact_id in kept
        undone(batch, rows=rows)
        assert state() == before
        undo_all()
