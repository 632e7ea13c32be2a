"""The bulk actions of contacts: this app's rows of the table in `bulk_kinds`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q

from contacts import bulk_forms as forms
from contacts import bulk_kinds
from contacts.bulk_kinds import BulkKind, Params
from contacts.bulk_steps import consenting, fields, members, owning, trashing
from contacts.models.following import MOST as MOST_FOLLOWERS
from contacts.models.trash import KEPT_FOR
from core import ids

PLACE = "contacts/bulk/fields"


def _has_all_tags(params: Params) -> dict[str, Q]:
    return {"have these tags already": Q(tags__contains=params["tags"])}


def _has_no_such_tag(params: Params) -> dict[str, Q]:
    return {"have none of these tags": ~Q(tags__overlap=params["tags"])}


def _has_no_tags(params: Params) -> dict[str, Q]:
    return {"have no tags": Q(tags=[])}


def _has_owner(params: Params) -> dict[str, Q]:
    if params["to"] == "user":
        return {"are theirs already": Q(assigned_to=params["user"])}
    if params["to"] == "team":
        return {"are the team's already": Q(team=params["team"])}
    return {"belong to nobody already": Q(assigned_to=None, team=None)} if params["to"] == "nobody" else {}


def _is_followed(params: Params) -> dict[str, Q]:
    is_full = Q(followers__len__gt=MOST_FOLLOWERS - 1) & ~Q(followers__contains=params["users"])
    return {"follow already": Q(followers__contains=params["users"]), f"have {MOST_FOLLOWERS} followers": is_full}


def _follows_not(params: Params) -> dict[str, Q]:
    return {"are followed by none of them": ~Q(followers__overlap=params["users"])}


def _works_there(params: Params) -> dict[str, Q]:
    return {"work there already": Q(business=params["business"])}


def _has_no_company(params: Params) -> dict[str, Q]:
    return {"have no company": Q(business=None)}


def _has_value(params: Params) -> dict[str, Q]:
    name, value = params["field"], params["value"]
    if ids.is_id(name):
        test = ~Q(custom__has_key=name) if value is None else Q(custom__contains={name: value})
    else:
        test = Q(**{name: value or (None if name == "date_of_birth" else "")})
    return {"are empty already" if value in (None, "") else "have this value already": test}


def _is_blocked(params: Params) -> dict[str, Q]:
    if params["channels"] == ["all"]:
        return {"are blocked already": Q(dnd=True)}
    return {}


def _pairs(name: str) -> Any:
    def told(params: Params) -> list[tuple[str, str]]:
        return [(name, ", ".join(params.get("names", ())))]

    return told


def _told_company(params: Params) -> list[tuple[str, str]]:
    return [("Company", str(params.get("name", "")))]


def _told_field(params: Params) -> list[tuple[str, str]]:
    value = params.get("value")
    shown = ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)
    return [("Field", str(params.get("label", ""))), ("New value", "Cleared" if value in (None, "") else shown)]


def register() -> None:
    """Called in AppConfig.ready()."""
    bulk, days = "contacts.bulk", KEPT_FOR // dt.timedelta(days=1)
    for kind in (
        BulkKind(
            "add_tags", "Add tags", "tag", bulk, members.add_tags, forms.AddTags, can_schedule=True,
            inverse="remove_tags", title="Add tags to {}", submit="Tag", doing="Tagging",
            template=f"{PLACE}/tags.html", passed_over=_has_all_tags, told=_pairs("Tags"),
        ),
        BulkKind(
            "remove_tags", "Remove tags", "minus", bulk, members.remove_tags, forms.RemoveTags, can_schedule=True,
            inverse="add_tags", title="Remove tags from {}", submit="Untag", doing="Untagging",
            template=f"{PLACE}/tags.html", passed_over=_has_no_such_tag, told=_pairs("Tags"),
        ),
        BulkKind(
            "remove_all_tags", "Remove all tags", "tag", bulk, members.remove_all_tags, can_schedule=True,
            inverse="add_tags", is_dangerous=True, title="Remove all tags from {}", submit="Remove all tags from",
            doing="Untagging", text="Every tag they have goes. Undo gives each contact its own tags back.",
            passed_over=_has_no_tags,
        ),
        BulkKind(
            "assign_owner", "Assign owner", "user", bulk, owning.assign, forms.AssignOwner, inverse="put_back_owner",
            title="Assign {}", submit="Assign", doing="Assigning", template=f"{PLACE}/owner.html",
            passed_over=_has_owner, told=_pairs("Owner"),
        ),
        BulkKind(
            "add_followers", "Add followers", "eye", bulk, members.add_followers, forms.Followers,
            inverse="remove_followers", title="Add followers to {}", submit="Add to", doing="Adding followers",
            text=f"A contact can have {MOST_FOLLOWERS} followers; those that would have more are skipped.",
            passed_over=_is_followed, told=_pairs("People"),
        ),
        BulkKind(
            "remove_followers", "Remove followers", "eye-off", bulk, members.remove_followers, forms.Followers,
            inverse="add_followers", title="Remove followers from {}", submit="Remove from",
            doing="Removing followers", passed_over=_follows_not, told=_pairs("People"),
        ),
        BulkKind(
            "set_company", "Set company", "building", bulk, owning.set_company, forms.SetCompany,
            inverse="put_back_company", title="Set the company of {}", submit="Set company of", doing="Setting company",
            text="It replaces the company a contact has now.", template=f"{PLACE}/company.html",
            passed_over=_works_there, told=_told_company,
        ),
        BulkKind(
            "remove_company", "Remove from company", "x", bulk, owning.remove_company, inverse="put_back_company",
            title="Remove {} from their companies", submit="Remove", doing="Removing from companies",
            text="They are unlinked; the companies themselves stay.", passed_over=_has_no_company,
        ),
        BulkKind(
            "update_field", "Update field", "pencil", bulk, fields.update_field, forms.UpdateField,
            inverse="put_back_field", title="Update a field of {}", submit="Update", doing="Updating",
            template=f"{PLACE}/field.html", passed_over=_has_value, told=_told_field,
        ),
        BulkKind(
            "set_dnd", "Set do not disturb", "bell-off", bulk, consenting.set_dnd, forms.SetDnd,
            inverse="put_back_dnd", title="Do not disturb {}", submit="Block", doing="Blocking",
            text="Nothing goes out over the channels chosen until somebody opens them again.",
            passed_over=_is_blocked, told=_pairs("Channels"),
        ),
        BulkKind(
            "clear_dnd", "Clear do not disturb", "bell", bulk, consenting.clear_dnd, forms.ClearDnd,
            inverse="put_back_dnd", title="Open channels of {}", submit="Open", doing="Opening channels",
            text="A channel that the contact blocked for good stays blocked: only they can opt in again.",
            told=_pairs("Channels"),
        ),
        BulkKind("merge", "Merge", "merge", "contacts.merge", None, opens="contacts:merge", most=10),
        BulkKind(
            "export", "Export", "download", "contacts.export", None, title="Export {}", submit="Export",
            doing="Exporting", template=f"{PLACE}/export.html",
        ),
        BulkKind(
            "delete", "Delete", "trash", "contacts.bulk_delete", trashing.delete, inverse="restore", is_dangerous=True,
            confirm_word="DELETE", title="Delete {}", submit="Delete", doing="Deleting",
            text=f"They move to the trash with their notes and tasks. For {days} days they can be restored; "
            "after that they are gone for good.",
        ),
        BulkKind(
            "restore", "Restore", "restore", bulk, trashing.restore, is_offered=False, on_trash=True,
            doing="Restoring",
        ),
        BulkKind(
            "put_back_owner", "Give back the owner", "undo", bulk, owning.put_back_owner, is_offered=False,
            doing="Undoing",
        ),
        BulkKind(
            "put_back_company", "Give back the company", "undo", bulk, owning.put_back_company, is_offered=False,
            doing="Undoing",
        ),
        BulkKind(
            "put_back_field", "Give back the field", "undo", bulk, fields.put_back_field, is_offered=False,
            doing="Undoing",
        ),
        BulkKind(
            "put_back_dnd", "Give back do not disturb", "undo", bulk, consenting.put_back_dnd, is_offered=False,
            doing="Undoing",
        ),
    ):  # fmt: skip
        bulk_kinds.register(kind)
