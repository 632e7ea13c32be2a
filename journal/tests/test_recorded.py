import pytest

from contacts.models import Contact, Note
from contacts.tests import make
from core import ids, scope
from core.errors import Invalid, LimitReached
from core.scope import NoLocation
from journal.models import Entry
from journal.recorded import Unrecorded, quietly
from journal.tasks import hand_over
from journal.verbs import read, read_batches
from journal.writing import write, write_selected

pytestmark = pytest.mark.smoke  # also run on PostgreSQL 15


def test_a_verb_writes_the_row_and_one_entry(cast):
    ann = make.contact("Ann", email="ann@example.com")
    entry = Entry.objects.get(subject_id=ann.pk)
    assert (entry.verb, entry.actor_id, entry.via) == ("contact.created", cast.alice.pk, "ui")
    assert entry.changes["email"] == [None, "ann@example.com"]


def test_a_change_saves_and_records_only_what_differs(cast):
    ann = make.contact("Ann", city="Austin")
    assert ann.change(first_name="Anna", city="Austin") == {"first_name": ["Ann", "Anna"]}
    assert ann.change(first_name="Anna") == {}
    assert Entry.objects.filter(subject_id=ann.pk, verb="contact.updated").count() == 1


def test_of_a_json_column_only_the_changed_members_are_recorded(cast):
    ann = make.contact(custom={"a": 1, "b": 2})
    ann.change(custom={"a": 1, "b": 3})
    assert Entry.objects.get(verb="contact.updated").changes["custom"] == [{"b": 2}, {"b": 3}]


@pytest.mark.parametrize(
    "write_it",
    [
        lambda ann: ann.save(),
        lambda ann: ann.delete(),
        lambda ann: Contact.objects.update(city="x"),
        lambda ann: Contact.objects.create(first_name="x"),
        lambda ann: Contact.objects.bulk_create([Contact(first_name="x")]),
        lambda ann: Contact.objects.all().delete(),
    ],
)
def test_writing_without_a_verb_is_refused(cast, write_it):
    ann = make.contact()
    with pytest.raises(Unrecorded):
        write_it(ann)
    assert Contact.objects.count() == 1


def test_quietly_lets_a_write_through_and_wants_a_reason(cast):
    ann = make.contact()
    with quietly(reason="a test of it"):
        Contact.objects.filter(pk=ann.pk).update(city="Oslo")
    with pytest.raises(ValueError, match="reason"), quietly(reason=""):
        pass


def test_a_refused_change_leaves_the_object_and_the_row_alone(cast):
    ann = make.contact("Ann")
    with pytest.raises(Invalid) as refusal:
        ann.change(first_name="x" * 101)
    assert "first_name" in refusal.value.errors
    assert ann.first_name == "Ann" and Contact.objects.get().first_name == "Ann"
    assert not Entry.objects.filter(verb="contact.updated").exists()


def test_outside_a_location_reads_and_writes_raise(cast):
    make.contact()
    everyone = Contact.objects.all()
    assert everyone.count() == 1
    with scope.fresh(), pytest.raises(NoLocation):
        everyone.count()


def test_a_queryset_built_in_one_location_is_bound_where_it_runs(cast, as_):
    make.contact()
    mine = Contact.objects.all()
    with as_(cast.alice, cast.elsewhere):
        assert mine.count() == 0


def test_an_undeclared_verb_is_refused(cast):
    with pytest.raises(LookupError):
        write("contact.danced", make.contact())


def test_a_rolled_back_change_leaves_no_entry(cast):
    ann = make.contact()
    with pytest.raises(LimitReached):
        ann.follow([f"{number:020d}" for number in range(11)])
    assert not Entry.objects.filter(verb="contact.followed").exists()


def test_a_reader_hears_of_an_entry_after_commit_in_the_entrys_location(cast, drain, readers):
    heard = []
    read("note.created")(lambda entry: heard.append((entry.verb, scope.current().location_id, scope.current().depth)))
    with drain():
        make.note(make.contact())
    assert heard == [("note.created", cast.location.pk, 1)]
    assert not Entry.objects.filter(handed_over_at=None, subject_type="note").exists()


def test_a_chain_of_causes_ends_after_ten_steps(cast, drain, readers):
    heard = []

    def answer(entry):
        heard.append(entry.depth)
        Note.record_new(contact_id=entry.contact_id, body="again")

    read("note.created")(answer)
    with drain():
        make.note(make.contact())
    assert heard == list(range(11))
    assert Note.objects.count() == 12


def test_entries_nobody_reads_are_never_queued(cast):
    make.business()
    assert not Entry.objects.filter(handed_over_at=None, verb="business.created").exists()


def test_a_reader_of_batches_gets_the_entries_of_one_location_in_their_order(cast, as_, readers):
    heard = []

    @read_batches(chooses=lambda verb: verb == "business.created", here=lambda: True)
    def hear(entries):
        heard.append((scope.current().location_id, [entry.subject_id for entry in entries]))

    ours = [make.business(name).pk for name in ("Ash", "Beech", "Cedar")]
    with as_(cast.charlie, cast.globex_location):
        theirs = make.business("Dogwood").pk
    hand_over()
    assert sorted(heard) == sorted([(cast.location.pk, ours), (cast.globex_location.pk, [theirs])])
    assert not Entry.objects.filter(handed_over_at=None, verb="business.created").exists()


def test_a_reader_of_batches_that_fails_loses_nothing_and_stops_nobody(cast, readers, drain):
    heard, broken = [], [True]

    @read_batches(chooses=lambda verb: verb == "business.created", here=lambda: True)
    def hear(entries):
        if broken.pop() if broken else False:
            raise RuntimeError("not today")
        heard.extend(entry.subject_id for entry in entries)

    read("business.created")(lambda entry: heard.append("the other one"))
    with drain():
        row = make.business("Ash")
    assert sorted(heard) == sorted(["the other one", row.pk])


def test_a_bulk_statement_leaves_nothing_waiting_where_nobody_listens(cast, readers):
    listening = [False]
    read_batches(chooses=lambda verb: verb == "business.created", here=lambda: listening[0])(lambda entries: None)
    select = "SELECT 'x' AS subject_id, NULL AS contact_id, '{}'::jsonb AS changes, '{}'::jsonb AS facts"
    write_selected("business.created", "business", select)
    assert not Entry.objects.filter(handed_over_at=None, verb="business.created").exists()
    listening[0] = True
    write_selected("business.created", "business", select)
    assert Entry.objects.filter(handed_over_at=None, verb="business.created").count() == 1


def test_ids_made_in_one_moment_sort_in_the_order_they_were_made():
    made = [ids.new_id() for _ in range(3000)]
    assert made == sorted(made) and len({pk[:14] for pk in made}) == 3000
