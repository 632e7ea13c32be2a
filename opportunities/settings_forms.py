"""The forms of pipelines, lost reasons and the location's rules for opportunities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from accounts import currencies
from accounts.models import Location, Team, User
from core.errors import Invalid
from opportunities.models import Pipeline, Stage
from opportunities.models.pipeline import COLOURS
from opportunities.pipelines import MOST_STAGES, TINTS

TINT_NAMES = ["Blue", "Amber", "Purple", "Red", "Orange", "Sky", "Green", "Teal"]  # as the style sheet tints them
TINT_CHOICES = [("", "None"), *zip(TINTS, TINT_NAMES, strict=True)]
DUPLICATES = [("", "As the location has it"), ("yes", "Allowed"), ("no", "Not allowed")]
SWITCHES = ("allows_going_back", "show_in_funnel", "show_in_pie_chart")
MOST_PEOPLE = 500


def show_errors(form: forms.BaseForm, error: Invalid) -> None:
    """Put a verb's refusal beside the fields it names."""
    for name, sentence in error.errors.items():
        form.add_error(name if name in form.fields else None, sentence[:1].upper() + sentence[1:])


class PipelineForm(forms.Form):
    name = forms.CharField(max_length=100, error_messages={"required": "A pipeline needs a name."})
    colour_mode = forms.ChoiceField(
        label="Colours of stages", choices=COLOURS, help_text="How a stage shows its colour on the board."
    )
    own_probability = forms.BooleanField(
        label="Opportunities have their own probability",
        required=False,
        help_text="Each may say how likely it is; where it does not, its stage does.",
    )
    show_in_funnel = forms.BooleanField(label="Show in the funnel chart", required=False)
    show_in_pie_chart = forms.BooleanField(label="Show in the distribution chart", required=False)


class ReasonForm(forms.Form):
    name = forms.CharField(max_length=100, error_messages={"required": "A reason needs a name."})


class ShareForm(forms.Form):
    people = forms.MultipleChoiceField(required=False)
    teams = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, pipeline: Pipeline, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"people": pipeline.people, "teams": pipeline.teams})
        super().__init__(*args, **kwargs)
        users = {row.pk: row.name or row.email for row in User.objects.working_at(pipeline.location_id)[:MOST_PEOPLE]}
        gone = {pk: "A former user" for pk in pipeline.people if pk not in users}
        teams = dict(Team.objects.values_list("pk", "name")[:MOST_PEOPLE])
        self.fields["people"].choices = list({**users, **gone}.items())  # type: ignore[attr-defined]
        self.fields["teams"].choices = list(  # type: ignore[attr-defined]
            {**teams, **{pk: "A deleted team" for pk in pipeline.teams if pk not in teams}}.items()
        )


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    currency = forms.ChoiceField(required=False, help_text="Amounts are shown in it. Nothing is converted.")

    class Meta:
        model = Location
        fields = ["allow_duplicate_opportunities", "lost_reason_required", "currency"]
        labels = {
            "allow_duplicate_opportunities": "Allow several open opportunities of a contact in one pipeline",
            "lost_reason_required": "Ask why when an opportunity is lost",
        }
        help_texts = {
            "allow_duplicate_opportunities": "While this is off, automations, imports and the API change the open "
            "opportunity instead of adding a second one. A stage can say otherwise.",
            "lost_reason_required": "Nothing can be marked as lost without a reason.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = currencies.currency_of(self.instance.country)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            ("", f"The country's: {currencies.names()[usual]}"),
            *currencies.names().items(),
        ]


def stage_rows(data: QueryDict) -> list[dict[str, Any]]:
    """The rows of the stage editor as they were sent, in their order; those left without a name are no stages."""
    rows = []
    for mark in data.getlist("stage")[: MOST_STAGES + 1]:

        def sent(name: str, mark: str = mark) -> str:
            return data.get(f"{name}-{mark}", "").replace("\x00", "").strip()

        row: dict[str, Any] = {name: sent(name) == "on" for name in SWITCHES}
        row |= {name: sent(name) for name in ("id", "name", "colour", "probability", "stale_after_days", "duplicates")}
        if row["name"] or row["id"]:
            rows.append({**row, "mark": mark[:40]})
    return rows


def row_of(stage: Stage) -> dict[str, Any]:
    """A stage as a row of the editor."""
    return {
        "mark": stage.pk,
        "id": stage.pk,
        "name": stage.name,
        "colour": stage.colour,
        "probability": stage.probability,
        "stale_after_days": stage.stale_after_days if stage.stale_after_days is not None else "",
        "duplicates": {None: "", True: "yes", False: "no"}[stage.allows_duplicates],
        **{name: getattr(stage, name) for name in SWITCHES},
    }


def stages_in(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the editor as what `opportunities.pipelines` takes.

    Raises:
        Invalid: a probability or a threshold that is no whole number.
    """
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "colour": row["colour"],
            "probability": _whole(row, "probability", "the probability") or 0,
            "stale_after_days": _whole(row, "stale_after_days", "the days after which a deal is stale"),
            "allows_duplicates": {"yes": True, "no": False}.get(row["duplicates"]),
            **{name: row[name] for name in SWITCHES},
        }
        for row in rows
    ]


def _whole(row: dict[str, Any], name: str, label: str) -> int | None:
    text = str(row[name])
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid({"stages": f"{row['name'] or 'A stage'}: {label} must be a whole number"})
    return int(text)
