"""Random worlds: merging and undoing, in whatever order, ends where it began; edits in between survive."""

from __future__ import annotations

import contextlib
import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import current
from accounts.models.membership import actor_at
from contacts.merging import folding, scanning, undoing
from contacts.merging.rules import combine
from contacts.merging.state import columns_of, state_of
from contacts.models import Contact, FormerId, Merge, MergeMove, Note, Task
from contacts.tests import make
from core import scope
from core.errors import Problem, Refused
from objects import associations, relations
from objects.models import CustomField, Relation
from opportunities.models import Opportunity, Participant
from opportunities.tests import make as deals

NUMBER = 5
WORDS = st.sampled_from(["", "", "Ann", "Zoë", "Lee"])
EMAILS = st.sampled_from(["", "a@x.test", "b@x.test", "c@x.test"])
MORE = st.lists(st.sampled_from([f"{n}@more.test" for n in range(4)]), unique=True, max_size=2)
PHONES = st.sampled_from(["", "+12125550101", "+12125550102"])
STATES = st.sampled_from([None, {"status": "active"}, {"status": "inactive"}, {"status": "permanent"}])


@st.composite
def people(draw):
    email = draw(EMAILS)
    phone = draw(PHONES)
    blocked = {name: state for name in ("SMS", "Email") if (state := draw(STATES))}
    return {
        "first_name": draw(WORDS),
        "last_name": draw(WORDS),
        "city": draw(WORDS),
        "email": email,
        "more_emails": draw(MORE) if email else [],
        "phone": phone,
        "phone_label": draw(st.sampled_from(["", "mobile"])) if phone else "",
        "dnd_settings": blocked,
        "dnd": draw(st.booleans()),
        "score": draw(st.integers(0, 50)),
        "custom": {key: value for key in ("F1", "F2") if (value := draw(WORDS))},
    }


def place(cast):
    cast.location.change(allow_duplicates=True)
    return current.at(cast.location, actor=actor_at(cast.alice, cast.location), via="ui")


def build(drawn, links):
    fields = {name: CustomField.record_new(name=name, key=name.lower(), type="TEXT").pk for name in ("F1", "F2")}
    knows = associations.create_association(
        first_kind="contact", second_kind="contact", first_label="Knows", key="knows"
    )
    found = []
    for at, values in enumerate(drawn):
        custom = {fields[name]: value for name, value in values["custom"].items()}
        one = make.contact(**{**values, "custom": custom}, tags=(f"tag {at}", "shared") if at % 2 else (f"tag {at}",))
        make.note(one)
        make.task(one)
        deals.opportunity(f"Deal {at}", contact=one)
        found.append(one)
    for deal in Opportunity.objects.order_by("pk"):
        for first, second in links:
            if found[first].pk == deal.contact_id:
                Participant.objects.get_or_create(opportunity=deal, contact=found[second])
    for first, second in links:
        with contextlib.suppress(Problem):
            relations.link(knows, found[first].pk, found[second].pk)
    return found


def world():
    """Everything that undoing has to bring back."""
    return {
        "contacts": {row.pk: (state_of(row), bool(row.deleted_at), row.merged_into) for row in Contact.objects.all()},
        "notes": dict(Note.objects.values_list("pk", "contact_id")),
        "tasks": dict(Task.objects.values_list("pk", "contact_id")),
        "deals": dict(Opportunity.objects.values_list("pk", "contact_id")),
        "participants": set(Participant.objects.values_list("opportunity_id", "contact_id")),
        "links": {
            (one.association_id, *sorted((one.first_record, one.second_record))) for one in Relation.objects.all()
        },
        "former": set(FormerId.objects.values_list("contact", "master")),
    }


@contextlib.contextmanager
def thrown_away():
    with contextlib.suppress(Undone), transaction.atomic():
        yield
        raise Undone


class Undone(Exception):
    pass


PAIRS = st.lists(st.tuples(st.integers(0, NUMBER - 1), st.integers(0, NUMBER - 1)), max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people(), min_size=NUMBER, max_size=NUMBER), PAIRS, st.data())
def test_undoing_merges_in_any_possible_order_ends_where_it_began(cast, drawn, links, data):
    with thrown_away(), place(cast):
        build(drawn, links)
        before = world()
        merges = []
        for _ in range(data.draw(st.integers(1, 3), label="merges")):
            live = sorted(Contact.objects.live().values_list("pk", flat=True))
            if len(live) < 2:
                break
            chosen = data.draw(st.lists(st.sampled_from(live), min_size=2, max_size=3, unique=True), label="chosen")
            merges.append(folding.merge(chosen, chosen[0]).pk)
            assert Contact.objects.live().count() == len(live) - len(chosen) + 1
            absorbed = set(chosen[1:])
            now = world()
            for kind in ("notes", "tasks", "deals"):
                assert not absorbed & set(now[kind].values()), "something hangs on a contact that is gone"
            assert not {pair[1] for pair in now["participants"]} & absorbed
        while merges:
            order = data.draw(st.permutations(merges), label="order")
            for pk in order:
                with contextlib.suppress(Refused):
                    undoing.undo(pk)
                    merges.remove(pk)
                    break
            else:
                pytest.fail("none of the merges can be undone")
        assert world() == before
        assert not MergeMove.objects.exists()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people(), min_size=3, max_size=3), st.sampled_from(["city", "first_name", "website"]), st.data())
def test_what_is_changed_in_between_survives(cast, drawn, field, data):
    with thrown_away(), place(cast):
        ann, anna, anja = build(drawn, [])
        before = world()
        first = folding.merge([ann.pk, anna.pk], ann.pk)
        late = make.note(Contact.objects.get(pk=ann.pk), body="Later")
        held = Contact.objects.get(pk=ann.pk)
        held.change(**{field: "Changed"})
        held.tag("later")
        second = folding.merge([ann.pk, anja.pk], ann.pk)
        for pk in data.draw(st.permutations([first.pk, second.pk])):
            undoing.undo(pk)
        after = world()
        state, was = after["contacts"][ann.pk][0], before["contacts"][ann.pk][0]
        assert state[field] == "Changed" and after["notes"].pop(late.pk) == ann.pk
        assert len(state["tags"]) == len(was["tags"]) + 1
        assert {**state, field: was[field], "tags": was["tags"]} == was
        for other in (anna, anja):
            assert after["contacts"][other.pk] == before["contacts"][other.pk]
        assert after["notes"] == before["notes"] and after["tasks"] == before["tasks"]


@given(st.lists(people(), min_size=1, max_size=4))
def test_combining_loses_no_address_and_lifts_no_block(drawn):
    with scope.fresh(location_id="0" * 20):
        states = [state_of(Contact(**values)) for values in drawn]
    found = combine(states)
    assert set(found["emails"]) == {held for state in states for held in state["emails"]}
    assert {held["number"] for held in found["phones"]} == {
        held["number"] for state in states for held in state["phones"]
    }
    labels = [held["label"] for held in found["phones"] if held["label"]]
    assert len(labels) == len(set(labels))
    for channel in ("SMS", "Email"):
        held = [(state.get(f"dnd_settings.{channel}") or {}).get("status") for state in states]
        strict = next((status for status in ("permanent", "active", "inactive") if status in held), None)
        assert (found.get(f"dnd_settings.{channel}") or {}).get("status") == strict
    assert found["dnd"] == any(state["dnd"] for state in states)
    for key in ("first_name", "city"):
        filled = [state[key] for state in states if state[key]]
        assert found[key] == (states[0][key] or (filled[0] if filled else ""))


def test_every_column_of_a_contact_is_merged_or_left_alone_on_purpose(cast):
    one = make.contact("Ann")
    alone = {"id", "location", "created_via", "created_by", "date_updated", "deleted_at", "deleted_by", "merged_into"}
    columns = {field.name for field in Contact._meta.concrete_fields if not field.generated}
    assert columns - set(columns_of(one, state_of(one))) == alone


@given(people())
def test_a_state_is_the_whole_contact_and_back(values):
    with scope.fresh(location_id="0" * 20):
        one = Contact(**values)
        other = Contact(**values)
    for name, value in columns_of(one, state_of(one)).items():
        field = Contact._meta.get_field(name)
        assert getattr(other, field.attname) == value or name in ("date_added", "last_activity_at")


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1]),
        max_size=60,
        unique=True,
    )
)
def test_groups_of_pairs_hold_every_pair_and_never_more_than_ten(pairs):
    rows = [(f"{min(pair):02d}", f"{max(pair):02d}", 90, "x") for pair in pairs]
    groups = scanning.grouped(rows)
    assert all(2 <= len(members) == len(set(members)) <= scanning.MOST_TOGETHER for members, _, _ in groups)
    for first, second, _, _ in rows:
        assert any(first in members and second in members for members, _, _ in groups)


@pytest.mark.django_db(transaction=True)
def test_of_merges_that_race_one_wins_and_nothing_is_lost(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    notes = {make.note(one).pk for one in (ann, anna, anja)}
    results = []

    def run(*contact_ids):
        try:
            with scope.fresh(), place_of(cast):
                results.append(folding.merge(contact_ids, contact_ids[0]))
        except Problem as problem:
            results.append(problem)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=ids)
        for ids in ((ann.pk, anna.pk), (anna.pk, ann.pk), (anja.pk, anna.pk), (ann.pk, anja.pk))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    made = [one for one in results if isinstance(one, Merge)]
    assert len(results) == 4 and 1 <= len(made) <= 2 and all(isinstance(one, (Merge, Problem)) for one in results)
    live = list(Contact.objects.live())
    assert len(live) == 3 - len(made)
    assert {note.pk for note in Note.objects.filter(contact__in=live)} == notes
    for one in sorted(made, key=lambda merge: merge.pk, reverse=True):
        with contextlib.suppress(Refused):
            undoing.undo(one.pk)
    for one in made:
        with contextlib.suppress(Refused):
            undoing.undo(one.pk)
    assert Contact.objects.live().count() == 3


def place_of(cast):
    return current.at(cast.location, actor=actor_at(cast.alice, cast.location), via="ui")
