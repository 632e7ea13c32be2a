"""SQL and Python give the same answer for every tree and every contact."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team
from contacts.filters import BadFilter, catalogue, compile_tree, evaluate, parse, related, resolve
from contacts.filters.fields import OPERATORS, Field
from contacts.filters.sources import PEOPLE
from contacts.models import Contact, Import, ImportRow, Task
from contacts.tests import make
from core import clock, ids
from journal.recorded import quietly
from objects.models import Association, CustomField, Relation

TEXTS = [
    "", " ", "a", "ann", "ANN", "Ann", "an", "bühl", "BÜHL", "buhl", "straße", "STRASSE", "İzmir", "izmir", "ſ", "s",
    "%", "_", "\\", "％", "＼b", "a_b", "a%b", "O'Hara", '"', "{", ",", "Ωmega", "ωMEGA", "ＡＮＮ", "ﬁn", "fin",
    "ann@example.com", "EXAMPLE", "ann@", "home", "+15551234567", "(555) 123-4567", "555", "1234", "+49", "number",
    "true", "1", "me", "unassigned", "my teams", "Red", "red", "Golf", "lead", "vip", "ea", "Lead", "valid", "open",
    "paid", "Paid Search", "x" * 75,
]  # fmt: skip
NUMBERS = [0, 1, 2, -1, -7, 38, 44.5, 10, 10.5, 60, 9.999999999, -3.25, 10**15]
DAYS = ["2026-01-01", "1990-02-28", "2024-02-29", "0001-01-01", "9999-12-31"]


@pytest.fixture
def place(cast, monkeypatch):
    """Twelve contacts that differ in everything, and one more table."""
    monkeypatch.setattr(related, "RELATED", {})
    monkeypatch.setattr(related, "FIELDS", {})
    related.register(
        related.Related(
            "job",
            "Job",
            lambda: Task.objects.all(),
            (
                Field("job.title", "Title", "Jobs", "text", "title"),
                Field("job.due", "Due", "Jobs", "moment", "due_at"),
                Field("job.done", "Done", "Jobs", "yes_no", "completed"),
                Field("job.person", "Person", "Jobs", "person", "assigned_to_id", source=PEOPLE),
                Field("job.completer", "Completed by", "Jobs", "ref", "completed_by_id", source=PEOPLE),
            ),
        )
    )
    options = [{"key": "red", "label": "Red"}, {"key": "golf", "label": "Golf"}]
    kinds = [
        "TEXT", "NUMERICAL", "MONETORY", "SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "DATE", "FILE_UPLOAD", "TEXTBOX_LIST",
    ]  # fmt: skip
    made = {
        kind: CustomField.record_new(
            name=kind, key=kind.lower(), type=kind, options=options if "OPTION" in kind or "LIST" in kind else []
        ).pk
        for kind in kinds
    }
    firm_field = CustomField.record_new(name="Size", key="size", type="NUMERICAL", model="business").pk
    firm_words = CustomField.record_new(name="Motto", key="motto", type="TEXT", model="business").pk
    firm = make.business("Ωmega Straße", custom={firm_field: 38, firm_words: "Ann"})
    team = Team.record_new(name="Desk", members=[cast.alice.pk])
    other_team = Team.record_new(name="Field", members=[])
    batch = Import.record_new(name="Spring", file_name="a.csv")
    words = ["Ann", "", "Bühler", "Straße", "İzmir", "a%b", "a_b\\", "ＡＮＮ ﬁn", "ωmega", "O'Hara", "ſ", "x" * 90]
    zone = cast.location.zone
    today = clock.today(zone)
    people = []
    for number, word in enumerate(words):
        custom = {}
        if number % 2 == 0:
            custom = {
                made["TEXT"]: word or "Red",
                made["NUMERICAL"]: NUMBERS[number % len(NUMBERS)],
                made["MONETORY"]: NUMBERS[-1 - number % len(NUMBERS)],
                made["SINGLE_OPTIONS"]: ["Red", "Golf", "own"][number % 3],
                made["MULTIPLE_OPTIONS"]: [["Red"], ["Red", "Golf"], ["Golf"]][number % 3],
                made["DATE"]: [today.isoformat(), "1990-02-28", "2024-02-29"][number % 3],
                made["FILE_UPLOAD"]: {"url": "x"},
                made["TEXTBOX_LIST"]: {"red": word or "a"},
            }
        row = make.contact(
            word,
            last_name=words[-number],
            email=["", "ann@example.com", "bühl@example.com"][number % 3],
            more_emails=[["ann@home.test", "x@y.test"], []][number % 2],
            phone=["", "+15551234567", "+4930123456"][number % 3],
            more_phones=[[], [{"number": "+15559998888", "label": "home"}]][number % 2],
            city=words[-1 - number],
            source=["", "paid", "Paid Search"][number % 3],
            company_name=word.upper()[:100],
            score=[0, 10, 60][number % 3],
            tags=[(), ("lead",), ("lead", "vip"), ("Ωmega",)][number % 4],
            dnd=number % 5 == 0,
            dnd_settings=[{}, {"SMS": {"status": "active"}}, {"SMS": {"status": "permanent"}}][number % 3],
            inbound_dnd=[{}, {"all": {"status": "active"}}][number % 2],
            followers=[[], [cast.alice.pk], [cast.bob.pk, cast.alice.pk]][number % 3],
            assigned_to=[None, cast.alice, cast.bob, None][number % 4],
            team=team if number % 4 == 3 else None,
            email_validity=["", "valid", "invalid"][number % 3],
            has_bounced=number % 2 == 0,
            date_of_birth=[None, dt.date(1990, 2, 28), dt.date(2024, 2, 29)][number % 3],
            last_activity_at=clock.now() - dt.timedelta(days=number, minutes=1),
            business=firm if number % 3 == 0 else None,
            first_attribution=[None, {"category": "Paid Search", "utmSource": ""}, {"campaign": "Ann"}][number % 3],
            custom=custom,
        )
        for nth in range(number % 4):
            task = make.task(
                row,
                [word or "Call", "Ann"][nth % 2],
                due_at=clock.now() + dt.timedelta(days=nth - 1),
                assigned_to=[cast.alice, None][nth % 2],
            )
            if nth == 2:
                task.complete()
        for _ in range(number % 3):
            make.note(row)
        if number % 5 == 1:
            row.untag("lead")
        people.append(row)
    with quietly(reason="staging of a test"):
        ImportRow.objects.bulk_create(
            ImportRow(
                batch=batch,
                number=number + 2,
                location_id=cast.location.pk,
                outcome=["create", "skip"][number % 2],
                contact_id=people[number].pk,
            )
            for number in range(4)
        )
    employs = Association.record_new(
        key="job", first_kind="contact", second_kind="business", first_label="Employee of", second_label="Employs"
    )
    friends = Association.record_new(
        key="friend",
        first_kind="contact",
        second_kind="contact",
        first_label="Friend of",
        second_label="Friend of",
        is_symmetric=True,
    )
    for number in (0, 3):
        Relation.record_new(association=employs, first_record=people[number].pk, second_record=firm.pk)
    pair = sorted([people[3].pk, people[5].pk])
    Relation.record_new(association=friends, first_record=pair[0], second_record=pair[1])
    labels = [f"{employs.pk}:first", f"{friends.pk}:both", f"{friends.pk}:second", f"{ids.new_id()}:first"]
    tag_ids = {tag for row in people for tag in row.tags}
    known = [cast.alice.pk, cast.bob.pk, team.pk, other_team.pk, firm.pk, batch.pk, ids.new_id(), people[0].pk]
    return {"fields": catalogue(), "people": people, "ids": [*known, *labels, *sorted(tag_ids)]}


def conditions(place, pairs=None):
    """Any condition on any field: mostly sensible values, now and then any."""
    items = st.one_of(st.sampled_from(TEXTS), st.sampled_from(place["ids"]), st.text(max_size=6))
    texts = st.one_of(items, st.lists(items, min_size=1, max_size=3))
    days = st.integers(0, 40)
    bounds = st.sampled_from(DAYS) | st.just(clock.today().isoformat())

    def of(found, operator):
        base = {"field": found.name, "operator": operator}
        if operator in ("exists", "not_exists", "yes", "no"):
            return st.just(base)
        if found.kind == "event":
            value = st.one_of(
                st.just({"when": "ever"}),
                st.builds(lambda n: {"when": "in_last", "days": n}, days),
                st.builds(lambda day: {"when": "between", "gte": day}, bounds),
            )
            if found.source:
                some = st.lists(st.sampled_from(place["ids"]), max_size=2)
                value = st.builds(lambda one, held: {**one, "items": held} if held else one, value, some)
        elif operator in ("in_last", "not_in_last", "in_next"):
            value = days
        elif operator == "day":
            value = st.sampled_from(["02-28", "02-29", "1990-02-28"])
        elif found.kind in ("number", "count"):
            some = st.sampled_from(NUMBERS) | st.integers(-3, 70)
            value = some
            if operator == "range":
                value = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), some, min_size=1, max_size=2)
        elif found.kind in ("date", "moment", "birthday"):
            value = bounds
            if operator == "range":
                value = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), bounds, min_size=1, max_size=2)
        elif found.source:
            value = st.lists(st.sampled_from(place["ids"]) | items, min_size=1, max_size=3)
        else:
            value = texts
        return st.builds(lambda one: {**base, "value": one}, value)

    return st.sampled_from(pairs or pairs_of(place)).flatmap(lambda pair: of(*pair))


def pairs_of(place):
    """Every field with every operator, those that pages hide too."""
    return [(found, operator) for found in place["fields"] for operator in OPERATORS[found.kind]]


def trees(place):
    one = conditions(place)
    group = st.builds(
        lambda joined, parts: {"group": joined, "filters": parts},
        st.sampled_from(["AND", "OR"]),
        st.lists(one, min_size=1, max_size=3),
    )
    nested = st.builds(
        lambda joined, parts: {"group": joined, "filters": parts},
        st.sampled_from(["AND", "OR"]),
        st.lists(one | group, min_size=1, max_size=3),
    )
    return st.lists(one | group | nested, min_size=1, max_size=3)


def test_python_explains_exactly_the_contacts_that_sql_finds(place):
    every = place["people"]

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees(place))
    def agrees(given_tree):
        try:
            tree = parse(given_tree)
            resolved = resolve(tree)
            found = set(Contact.objects.live().filter(compile_tree(tree)).values_list("pk", flat=True))
        except BadFilter:
            for row in every[:1]:
                with pytest.raises(BadFilter):
                    evaluate(resolve(parse(given_tree)), row.pk)
            return
        told = {row.pk for row in every if evaluate(resolved, row.pk)[0].holds}
        assert told == found, given_tree

    agrees()


def test_every_field_and_operator_is_answered_alike(place):
    """Beside the random trees: each pair once, so that none is left to luck."""

    pairs = pairs_of(place)

    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def agrees(data):
        for pair in pairs:
            condition = data.draw(conditions(place, [pair]))
            try:
                tree = parse([condition])
                sql = set(Contact.objects.live().filter(compile_tree(tree)).values_list("pk", flat=True))
            except BadFilter:
                continue
            resolved = resolve(tree)
            some = place["people"][::3]
            told = {row.pk for row in some if evaluate(resolved, row.pk)[0].holds}
            assert told == sql & {row.pk for row in some}, condition

    agrees()
