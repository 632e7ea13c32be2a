"""What the settings ask: a profile, and a rule."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.models import ScoreProfile, ScoreRule, SmartList, Tag
from contacts.models.scoring import MOST_POINTS
from contacts.scoring.events import SCORABLE, label_of
from core import scope

MOST_OFFERED = 500
ONCE_A_DAY = "Nothing limits how often when this is empty."


class ProfileForm(forms.Form):
    """A score as it is asked for."""

    name = forms.CharField(max_length=100)
    description = forms.CharField(max_length=500, required=False)
    most = forms.IntegerField(label="Maximum", min_value=1, max_value=1_000_000, help_text="No contact gets beyond it.")
    decay_points = forms.IntegerField(
        label="Points lost without activity", min_value=0, max_value=100_000, required=False
    )
    decay_days = forms.IntegerField(
        label="For every so many days", min_value=1, max_value=3650, required=False,
        help_text="Both empty: the score does not fade.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("decay_points")) != bool(given.get("decay_days")):
            self.add_error("decay_days", "Fading needs points and days; leave both empty for none.")
        given["decay_points"] = given.get("decay_points") or 0
        return given


class RuleForm(forms.Form):
    """A rule as it is asked for: an event, or for a lead score the conditions of a saved list."""

    event = forms.ChoiceField(required=False, label="When this happens")
    list = forms.ChoiceField(
        required=False, label="Or while the contact matches",
        help_text="The conditions of a saved list are copied; changing the list later changes nothing here.",
    )  # fmt: skip
    tag = forms.ChoiceField(required=False, label="Only this tag", help_text="For the event Tag added.")
    name = forms.CharField(max_length=100, required=False, label="Name", help_text="The event's own when empty.")
    points = forms.IntegerField(
        min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text="Below zero takes points away."
    )
    expires_days = forms.IntegerField(
        label="Points expire after days", min_value=1, max_value=3650, required=False, help_text="Never when empty."
    )
    most_ever = forms.IntegerField(label="At most times per contact", min_value=1, max_value=100_000, required=False)
    most_per_day = forms.IntegerField(
        label="At most times a day", min_value=1, max_value=1000, required=False, help_text=ONCE_A_DAY
    )

    def __init__(self, *args: Any, profile: ScoreProfile, rule: ScoreRule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        fields: dict[str, Any] = self.fields
        offered = [(key, one.label) for key, one in SCORABLE.items() if one.is_offered or (rule and rule.event == key)]
        if rule and rule.event and rule.event not in SCORABLE:
            offered.append((rule.event, label_of(rule.event)))
        fields["event"].choices = [("", "Choose an event"), *offered]
        tags = list(Tag.objects.order_by("name").values_list("pk", "name")[:MOST_OFFERED])
        fields["tag"].choices = [("", "Any tag"), *tags]
        if profile.kind == "lead":
            mine = SmartList.objects.visible_to(scope.current().actor).order_by("name").values_list("pk", "name")
            kept = [("kept", "The conditions it has")] if rule and rule.conditions else []
            fields["list"].choices = [("", "No conditions"), *kept, *mine[:MOST_OFFERED]]
        else:
            del fields["list"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chosen = given.pop("list", "")
        tag = given.pop("tag", "")
        conditions: list[Any] = []
        if chosen == "kept" and self.rule:
            conditions = self.rule.conditions
        elif chosen:
            conditions = SmartList.objects.get(pk=chosen).filters
            if not conditions:
                self.add_error("list", "This list has no conditions: it means everybody.")
        if bool(given.get("event")) == bool(chosen):
            self.add_error("event", "Choose an event or, for a lead score, conditions.")
        if chosen and given.get("expires_days"):
            self.add_error("expires_days", "Points for conditions last as long as the conditions hold.")
        given["conditions"] = conditions
        given["item"] = tag if given.get("event") == "tag_added" else ""
        if given.get("points") == 0:
            self.add_error("points", "Enter points other than 0.")
        return given

    @staticmethod
    def held(rule: ScoreRule) -> dict[str, Any]:
        """What the form shows of a rule."""
        names = ("event", "name", "points", "expires_days", "most_ever", "most_per_day")
        return {
            **{name: getattr(rule, name) for name in names},
            "tag": rule.item if rule.event == "tag_added" else "",
            "list": "kept" if rule.conditions else "",
        }
