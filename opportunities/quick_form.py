"""An opportunity added in passing, from the record of its contact."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact
from core import scope
from core.errors import Invalid
from opportunities import dealing
from opportunities.forms import FIELD_OF, OpportunityForm
from opportunities.models import Opportunity
from opportunities.views.finding import people, pipelines, stages_of


class QuickOpportunityForm(OpportunityForm):
    """Name, stage, value, close date and owner; the contact is the record it is opened from."""

    contact: Contact | None = None

    def beside(self, row: Contact) -> None:
        self.contact = row

    def add(self) -> Opportunity:
        """Add the opportunity.

        Raises:
            Invalid: {field: sentence}. Refused: as `dealing.add`.
        """
        if self.contact is None:
            raise Invalid({"": "An opportunity needs a contact."})
        try:
            return dealing.add(self.contact, **self.values())
        except dealing.Duplicate as error:
            raise Invalid({"": error.sentence}) from error
        except Invalid as error:
            raise Invalid({FIELD_OF.get(name, name): text for name, text in error.errors.items()}) from error


def quick_form(data: Any = None) -> QuickOpportunityForm | None:
    """The form, or None while the actor sees no pipeline. Three queries."""
    stages = stages_of(pipelines())
    initial = {"owner": scope.current().actor.user_id or ""}
    return QuickOpportunityForm(people(), stages, data, initial=initial) if stages else None
