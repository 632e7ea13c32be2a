import pytest
from django.db.models import Count

from accounts.models import User
from contacts.models import Contact
from contacts.tests import make
from core import scope
from core.prepared import Prepared
from core.scope import NoLocation


def test_a_prepared_query_gives_what_the_queryset_gives_in_whichever_location_it_runs(cast, as_):
    ann = make.contact("Ann", custom={"a": 1}, tags=("x",))
    with as_(cast.charlie, cast.globex_location):
        xavier = make.contact("Xavier")
    columns = ("id", "first_name", "custom", "tags", "date_added")
    prepared = Prepared(lambda pk: Contact.objects.live().filter(pk=pk).values(*columns))
    assert prepared.rows(ann.pk) == list(Contact.objects.filter(pk=ann.pk).values(*columns))
    counted = Prepared(lambda pk: Contact.objects.filter(pk=pk).annotate(n=Count("notes")).values("assigned_to", "n"))
    assert counted.rows(ann.pk) == [{"assigned_to": None, "n": 0}]
    assert prepared.rows(xavier.pk) == []
    with as_(cast.charlie, cast.globex_location):
        assert prepared.rows(xavier.pk)[0]["first_name"] == "Xavier" and prepared.rows(ann.pk) == []
    with scope.fresh(), pytest.raises(NoLocation):
        prepared.rows(ann.pk)


def test_objects_come_with_annotations_and_what_they_point_to_in_one_query(cast, as_, django_assert_num_queries):
    ann = make.contact("Ann", business=make.business("Acme"), custom={"a": 1})
    ann.assign_to(cast.dora.pk)
    make.note(ann)
    prepared = Prepared(
        lambda pk: (
            Contact.objects.filter(pk=pk)
            .select_related("business", "assigned_to", "team")
            .annotate(notes_all=Count("notes"))
        )
    )
    for _ in range(2):
        with django_assert_num_queries(1):
            found = prepared.first(ann.pk)
            assert (found.business.name, found.assigned_to, found.team) == ("Acme", cast.dora, None)
        assert found.notes_all == 1
        assert found.__dict__.keys() - {"notes_all"} == Contact.objects.get(pk=ann.pk).__dict__.keys()
    found.change(city="Oslo")
    assert prepared.first(ann.pk).city == "Oslo"
    with as_(cast.charlie, cast.globex_location):
        assert prepared.first(ann.pk) is None


def test_the_company_is_bound_at_every_call_as_well(cast, as_):
    prepared = Prepared(lambda: User.objects.order_by("pk"))
    assert cast.alice in prepared.objects() and cast.charlie not in prepared.objects()
    with as_(cast.charlie, cast.globex_location):
        assert cast.charlie in prepared.objects() and cast.alice not in prepared.objects()
    with scope.fresh(), pytest.raises(NoLocation):
        prepared.objects()
