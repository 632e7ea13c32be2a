"""Opportunities among the associations of contacts and companies."""

from contacts.tests import make as people
from core.pages import link
from objects import associations, relations
from opportunities import dealing
from opportunities.models import Opportunity
from opportunities.tests import make

HTMX = {"HX-Request": "true"}


def test_the_opportunities_of_a_contact_and_of_a_company_are_associations(cast, browse):
    ann, harbor = people.contact("Ann"), people.business("Harbor")
    stage = make.pipeline().stages.first()
    deal = dealing.add(ann, stage=stage, name="New roof", business=harbor)
    client = browse(cast.alice)
    of_ann = client.get(link("objects:relations", ann.pk), headers=HTMX).content.decode()
    assert "New roof" in of_ann and "Has opportunity" in of_ann and link("opportunities:show", deal.pk) in of_ann
    of_deal = client.get(link("objects:record_relations", "opportunity", deal.pk), headers=HTMX).content.decode()
    assert "Ann" in of_deal and "Primary contact" in of_deal and "Harbor" in of_deal
    of_harbor = client.get(link("objects:business_relations", harbor.pk), headers=HTMX).content.decode()
    assert "New roof" in of_harbor
    held = associations.find_by_key("business_opportunity")
    given = {"association": held.pk, "first": harbor.pk, "second": deal.pk}
    client.post(link("objects:relation_remove", "business", harbor.pk), given, headers=HTMX)
    deal.refresh_from_db()
    assert deal.business is None
    primary = associations.find_by_key("contact_opportunity")
    given = {"association": primary.pk, "first": ann.pk, "second": deal.pk}
    assert client.post(link("objects:relation_remove", "contact", ann.pk), given).status_code == 400
    deal.refresh_from_db()
    assert deal.contact == ann


def test_contacts_039_a_new_opportunity_is_created_and_linked_from_its_contact(cast, browse):
    ann = people.contact("Ann")
    stage = make.pipeline().stages.first()
    held = associations.find_by_key("contact_opportunity")
    client = browse(cast.alice)
    add = link("objects:relation_add", "contact", ann.pk)
    question = client.get(add, {"mode": "new", "other": "opportunity"}, headers=HTMX).content.decode()
    assert "Has opportunity" in question and stage.name in question
    given = {
        "mode": "new", "other": "opportunity", "label": f"{held.pk}:first", "name": "New roof", "stage": stage.pk,
        "value": "100",
    }  # fmt: skip
    assert client.post(add, given, headers=HTMX).status_code == 204
    deal = Opportunity.objects.get()
    assert (deal.name, deal.contact, deal.stage) == ("New roof", ann, stage)
    existing = client.get(add, {"mode": "existing", "other": "opportunity"}, headers=HTMX).content.decode()
    assert "No association links" in existing, "an opportunity does not change its contact"


def test_an_opportunity_in_the_trash_is_no_card_and_comes_back(cast):
    ann, ben = people.contact("Ann"), people.contact("Ben")
    deal = dealing.add(ann, stage=make.pipeline().stages.first())
    knows = associations.create_association(
        first_kind="contact", second_kind="opportunity", first_label="Advises", second_label="Advised by"
    )
    relations.link(knows, ben.pk, deal.pk)
    usable = associations.between("contact")
    assert len(relations.of_record(ben.pk, 10, usable)) == 1 and len(relations.of_record(ann.pk, 10, usable)) == 1
    dealing.trash(deal)
    assert relations.of_record(ann.pk, 10, usable) == []
    dealing.restore(deal)
    assert len(relations.of_record(ann.pk, 10, usable)) == 1
