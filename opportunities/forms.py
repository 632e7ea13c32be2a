"""The forms of opportunities: a new one, all fields of one, the filters of a list, and why one was lost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from contacts.contact_form import say
from core import scope
from core.errors import Invalid, Problem
from opportunities import money
from opportunities.models import Opportunity, Stage, may_see_values
from opportunities.models.opportunity import CATEGORIES, STATUSES

FIELD_OF = {"contact": "contact", "assigned_to": "owner", "value_cents": "value"}  # of the sentence -> of the form


class AmountField(forms.CharField):
    """Whole units of the currency as a Decimal."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs
        )

    def clean(self, value: Any) -> Decimal:
        text = super().clean(value)
        try:
            return Decimal(money.cents(text)) / 100
        except money.BadAmount as error:
            raise forms.ValidationError(str(error)) from None


class OpportunityForm(forms.Form):
    """What a new opportunity and the page of all fields have in common."""

    name = forms.CharField(max_length=200, required=False, help_text="The contact's name, if you leave it empty.")
    stage = forms.ChoiceField()
    value = AmountField()
    expected_close_on = forms.DateField(
        label="Expected close", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    owner = forms.ChoiceField(required=False)

    def __init__(self, people: Iterable[Any], stages: Iterable[Stage], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        grouped: dict[str, list[tuple[str, str]]] = {}
        for stage in stages:
            grouped.setdefault(stage.pipeline.name, []).append((stage.pk, stage.name))
        lone = next(iter(grouped.values()), []) if len(grouped) == 1 else None
        self.fields["stage"].choices = lone if lone is not None else list(grouped.items())
        self.fields["owner"].choices = [("", "Nobody"), *((each.pk, str(each)) for each in people)]
        if not may_see_values(scope.current().actor):
            del self.fields["value"]

    def values(self) -> dict[str, Any]:
        """What `dealing.add` and `dealing.edit` take."""
        found = {**self.cleaned_data}
        found["assigned_to"] = found.pop("owner", "") or None
        return found

    def refuse(self, error: Problem) -> None:
        """Put the sentences of a refusal where they belong."""
        for name, text in (error.errors if isinstance(error, Invalid) else {"": error.message}).items():
            place = FIELD_OF.get(name, name)
            self.add_error(place if place in self.fields else None, say(text))


class NewForm(OpportunityForm):
    contact = forms.CharField(widget=forms.Select, error_messages={"required": "Choose the contact it is about."})
    field_order = ("contact", "name", "stage", "value", "expected_close_on", "owner")


class EditForm(OpportunityForm):
    probability = forms.IntegerField(min_value=0, max_value=100, required=False, help_text="Empty: as the stage says.")
    forecast_category = forms.ChoiceField(label="Forecast", choices=CATEGORIES)
    source = forms.CharField(max_length=200, required=False)

    def __init__(self, held: Opportunity, people: Iterable[Any], stages: Iterable[Stage], data: Any = None) -> None:
        initial = {
            "name": held.name,
            "stage": held.stage_id,
            "value": money.plain(held.value_cents),
            "expected_close_on": held.expected_close_on,
            "owner": held.assigned_to_id or "",
            "probability": held.probability,
            "forecast_category": held.forecast_category,
            "source": held.source,
        }
        super().__init__(people, stages, data, initial=initial)
        if not held.pipeline.own_probability:
            del self.fields["probability"]
        if not held.may_change_owner(scope.current().actor):
            del self.fields["owner"]

    def values(self) -> dict[str, Any]:
        found = super().values()
        if "owner" not in self.fields:
            del found["assigned_to"]
        return found


class LoseForm(forms.Form):
    reason = forms.ChoiceField(label="Why was it lost?", required=False)

    def __init__(self, reasons: Iterable[Any], is_required: bool, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["reason"].choices = [("", "No reason"), *((each.pk, each.name) for each in reasons)]
        self.fields["reason"].required = is_required
        self.fields["reason"].error_messages["required"] = "Say why it was lost."
        self.fields["reason"].widget.attrs["autofocus"] = True


class FilterForm(forms.Form):
    """Every filter a page of opportunities has; sent by GET, read by `narrowing_from`."""

    status = forms.MultipleChoiceField(choices=STATUSES, required=False, widget=forms.CheckboxSelectMultiple)
    stage = forms.MultipleChoiceField(required=False)
    owner = forms.MultipleChoiceField(required=False)
    reason = forms.MultipleChoiceField(label="Lost reason", required=False)

    def __init__(self, held: Any, people: Iterable[Any], stages: Iterable[Stage], reasons: Iterable[Any]) -> None:
        super().__init__(
            initial={
                "status": held.status or [name for name, _ in STATUSES],
                "stage": held.stage,
                "owner": held.owner,
                "reason": held.reason,
            }
        )
        stages = list(stages)
        is_one = len({stage.pipeline_id for stage in stages}) < 2
        self.fields["stage"].choices = [
            (stage.pk, stage.name if is_one else f"{stage.pipeline.name}: {stage.name}") for stage in stages
        ]
        self.fields["owner"].choices = [("none", "Nobody"), *((each.pk, str(each)) for each in people)]
        self.fields["reason"].choices = [(each.pk, each.name) for each in reasons]
