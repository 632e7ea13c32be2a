import pytest

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
    assert prepared.rows(xavier.pk) == []
    with as_(cast.charlie, cast.globex_location):
        assert prepared.rows(xavier.pk)[0]["first_name"] == "Xavier" and prepared.rows(ann.pk) == []
    with scope.fresh(), pytest.raises(NoLocation):
        prepared.rows(ann.pk)
