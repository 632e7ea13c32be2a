"""What each bulk action of contacts must be told."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import current
from accounts.models import Team, User
from contacts import details
from contacts.bulk_kinds import Params, ParamsForm
from contacts.identity import normalise
from contacts.models import Business, Contact, Tag
from contacts.models.consent import CHANNELS
from contacts.models.following import MOST as MOST_FOLLOWERS
from contacts.models.tag import normal
from core import ids, scope
from core.errors import Invalid
from objects.models import CustomField

MOST_TAGS = 50
MOST_PEOPLE = 200  # offered to choose from
OWN = "own:"  # what a person typed instead of choosing
UNEDITABLE = ("emails", "phones", "company", "fixed", "files")


class Names(forms.MultipleChoiceField):
    """Several texts, of which nothing is known beforehand."""

    def valid_value(self, value: Any) -> bool:
        return True


class One(forms.ChoiceField):
    """One text, likewise: the fields of the dialog are filled as one types."""

    def valid_value(self, value: Any) -> bool:
        return True


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Fill the choices of a field that depend on the location."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def people() -> list[User]:
    """Who works at the location, by name. One query."""
    return list(User.objects.working_at(scope.location_id()).order_by("first_name", "last_name", "pk")[:MOST_PEOPLE])


def tag_params(names: list[str], *, create: bool) -> Params:
    """The params of a tag action from tag names.

    Raises:
        Invalid: no name, too many, a bad one, or (without `create`) none that exists. LimitReached: too many new ones.
    """
    if not names:
        raise Invalid({"tags": "choose at least one tag"})
    if len(names) > MOST_TAGS:
        raise Invalid({"tags": f"choose at most {MOST_TAGS} tags at once"})
    if create:
        found = Tag.objects.named(names)
    else:
        found = list(Tag.objects.filter(name__in=[name.strip().lower() for name in names]).order_by("name"))
    if not found:
        raise Invalid({"tags": "there is no such tag"})
    return {"tags": [tag.pk for tag in found], "names": [tag.name for tag in found]}


class RemoveTags(ParamsForm):
    tags = Names(required=False)
    creates = False

    @property
    def chosen_tags(self) -> list[str]:
        """What was chosen before, for showing it again."""
        return list(self["tags"].value() or ()) if self.is_bound else []

    def typed(self) -> list[str]:
        return [name for name in self.cleaned_data["tags"] if name.strip()]

    def params(self) -> Params:
        return tag_params(self.typed(), create=False)

    def words(self, params: Params) -> str:
        return ", ".join(params["names"])


class AddTags(RemoveTags):
    creates = True

    @property
    def may_create(self) -> bool:
        return scope.current().actor.may("locations/tags.write")

    def params(self) -> Params:
        names = self.typed()
        if not self.may_create:
            wanted = {normal(name) for name in names}
            missing = wanted - set(Tag.objects.filter(name__in=wanted).values_list("name", flat=True))
            if missing:
                raise Invalid({"tags": f"There is no tag {', '.join(sorted(missing))}. An admin can create it."})
        return tag_params(names, create=True)

    def preview(self) -> Params:
        wanted = [normal(name) for name in self.typed()]
        if not wanted:
            raise Invalid({"tags": "choose at least one tag"})
        known = {tag.name: tag.pk for tag in Tag.objects.filter(name__in=wanted)}
        return {"tags": [known.get(name, name[:20]) for name in wanted], "names": wanted}


class SetCompany(ParamsForm):
    business = One(required=False, label="Company")

    def params(self) -> Params:
        wanted = self.cleaned_data["business"]
        found = Business.objects.visible_to(scope.current().actor).filter(pk=wanted) if ids.is_id(wanted) else None
        business = found.first() if found is not None else None
        if business is None:
            raise Invalid({"business": "choose a company"})
        return {"business": business.pk, "name": business.name}

    def words(self, params: Params) -> str:
        return str(params["name"])

    @property
    def chosen(self) -> Business | None:
        wanted = self.data.get("business", "")
        return (
            Business.objects.visible_to(scope.current().actor).filter(pk=wanted).first() if ids.is_id(wanted) else None
        )


OWNERS = [("user", "One person"), ("round_robin", "Several people in turn"), ("team", "A team"), ("nobody", "Nobody")]


class AssignOwner(ParamsForm):
    to = forms.ChoiceField(choices=OWNERS, widget=forms.RadioSelect, label="Give them to", initial="user")
    user = One(required=False, label="Person")
    users = Names(required=False, label="People", widget=forms.SelectMultiple)
    team = One(required=False, label="Team")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(person.pk, str(person)) for person in people()]
        teams = list(Team.objects.all()[:MOST_PEOPLE].values_list("pk", "name"))
        offer(self, "user", [("", "Choose a person"), *listed])
        offer(self, "users", listed)
        offer(self, "team", [("", "Choose a team"), *teams])
        if not teams:
            offer(self, "to", [each for each in OWNERS if each[0] != "team"])

    def params(self) -> Params:
        given = self.cleaned_data
        to = given["to"]
        if to == "user":
            return {"to": to, **_working([given["user"]], "user", "choose a person who works here")}
        if to == "round_robin":
            chosen = list(dict.fromkeys(given["users"]))
            if len(chosen) < 2:
                raise Invalid({"users": "choose at least two people"})
            return {"to": to, **_working(chosen, "users", "choose people who work here")}
        if to == "team":
            team = Team.objects.filter(pk=given["team"]).first() if ids.is_id(given["team"]) else None
            if team is None:
                raise Invalid({"team": "choose a team"})
            return {"to": to, "team": team.pk, "names": [team.name]}
        return {"to": to, "names": ["nobody"]}

    def words(self, params: Params) -> str:
        return ", ".join(params["names"])


class Followers(ParamsForm):
    users = Names(required=False, label="People", widget=forms.SelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "users", [(person.pk, str(person)) for person in people()])

    def params(self) -> Params:
        chosen = list(dict.fromkeys(self.cleaned_data["users"]))
        if not chosen:
            raise Invalid({"users": "choose at least one person"})
        if len(chosen) > MOST_FOLLOWERS:
            raise Invalid({"users": f"a contact can have {MOST_FOLLOWERS} followers"})
        return _working(chosen, "users", "choose people who work here")

    def words(self, params: Params) -> str:
        return ", ".join(params["names"])


def _working(chosen: list[str], name: str, sentence: str) -> Params:
    """{name: id or ids, "names": [...]} of people who work here."""
    wanted = [pk for pk in chosen if ids.is_id(pk)]
    found = {str(row.pk): str(row) for row in User.objects.working_at(scope.location_id()).filter(pk__in=wanted)}
    if not wanted or set(chosen) - found.keys():
        raise Invalid({name: sentence})
    return {name: wanted[0] if name == "user" else wanted, "names": [found[pk] for pk in wanted]}


class UpdateField(ParamsForm):
    field = forms.CharField(required=False, max_length=60)
    clear = forms.BooleanField(required=False)

    @property
    def is_cleared(self) -> bool:
        return "clear" in self.data

    @property
    def row(self) -> details.Row | None:
        """The chosen field as an empty row, for its editor."""
        return editable_row(self.data.get("field", ""))

    def params(self) -> Params:
        name = self.cleaned_data["field"]
        row = editable_row(name)
        if row is None:
            raise Invalid({"field": "choose a field"})
        custom = _custom(name)
        if custom is not None and custom.is_unique:
            raise Invalid({"field": f"{custom.name} is unique: many contacts cannot have the same value"})
        value: Any = None
        if not self.cleaned_data["clear"]:
            value = typed_value(self.data, row)
            if value in (None, "", [], {}):
                raise Invalid({"value": "enter a value, or choose to clear the field"})
        told = {"field": name, "label": row.label}
        place = current.location()
        if custom is not None:
            _, extra = _normal({"custom": {name: value}}, place)
            return {**told, "value": extra["custom"][name]}
        values, _ = _normal({name: value}, place)
        stored = values[name]
        return {**told, "value": stored.isoformat() if hasattr(stored, "isoformat") else stored}

    def words(self, params: Params) -> str:
        value = params["value"]
        if value in (None, ""):
            return f"{params['label']} cleared"
        shown = ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)
        return f"{params['label']} = {shown}"


def _normal(given: dict[str, Any], place: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return normalise(given, place)
    except Invalid as error:
        raise Invalid({"value": next(iter(error.errors.values()))}) from None


def editable_row(name: str) -> details.Row | None:
    """A field that can be written on many contacts at once; None for any other name."""
    row = details.row_named(Contact(), name, _custom(name))
    return row if row is not None and row.kind not in UNEDITABLE else None


def editable_fields() -> list[tuple[str, list[details.Row]]]:
    """Fields by heading, unique ones left out. One query."""
    blank = Contact()
    standard = [details.row_named(blank, name) for name, *_ in details.CONTACT + details.GENERAL]
    custom = [
        details.row_named(blank, field.pk, field)
        for field in CustomField.objects.filter(model="contact", is_unique=False).order_by("name", "pk")[:500]
    ]
    groups = [("Standard fields", standard), ("Custom fields", custom)]
    found = [(title, [row for row in rows if row and row.kind not in UNEDITABLE]) for title, rows in groups]
    return [(title, rows) for title, rows in found if rows]


def _custom(name: str) -> CustomField | None:
    found: CustomField | None = (
        CustomField.objects.filter(model="contact", pk=name).first() if ids.is_id(name) else None
    )
    return found


def typed_value(given: Any, row: details.Row) -> Any:
    """What the editor of a row sent, in the shape that `identity.normalise` takes."""
    if row.kind in ("choices", "checks"):
        return [text.removeprefix(OWN) for text in given.getlist("value") if text.removeprefix(OWN).strip()]
    if row.kind == "boxes":
        boxes = {key: given.get(f"box_{key}", "").strip() for key, *_ in row.extra}
        return {key: text for key, text in boxes.items() if text}
    return given.get("own", "").strip() or given.get("value", "").removeprefix(OWN).strip()


class ClearDnd(ParamsForm):
    channels = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = current.location()
        listed = [(name, label) for name, label in CHANNELS.items() if place.has_channel(name)]
        self.listed = [("all", "All channels"), *listed, ("inbound", "Inbound calls and SMS")]
        offer(self, "channels", self.listed)

    def params(self) -> Params:
        chosen = self.cleaned_data["channels"]
        if not chosen:
            raise Invalid({"channels": "choose at least one channel"})
        labels = dict(self.listed)
        message = self.cleaned_data.get("message", "")
        return {
            "channels": chosen,
            "names": [labels[name] for name in chosen],
            **({"message": message} if message else {}),
        }

    def words(self, params: Params) -> str:
        return ", ".join(params["names"])


class SetDnd(ClearDnd):
    message = forms.CharField(
        required=False,
        max_length=200,
        label="Reason",
        help_text="Shown beside the switch on the record.",
    )
