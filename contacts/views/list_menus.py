"""Menus of the contact list: what can be done with a list, the tabs as a menu, and the parts of the area."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch

from contacts.models import SmartList
from contacts.views.look import Look
from core import scope
from core.pages import link

EMPTY_ITEM = dict.fromkeys(
    (
        "label",
        "url",
        "icon",
        "key",
        "key_label",
        "get",
        "post",
        "confirm",
        "bad",
        "disabled",
        "rule",
        "heading",
        "current",
    ),
    "",
)
SECTIONS = [
    ("Smart lists", "contacts:list"),
    ("Bulk actions", "contacts:bulk_actions"),
    ("Tasks", "contacts:tasks"),
    ("Companies", "contacts:businesses"),
    ("Duplicates", "contacts:duplicates"),
    ("Trash", "contacts:trash"),
]


def complete(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Menu items with every member that their template asks for: a missing one costs it more than the line does."""
    return [EMPTY_ITEM | item for item in items]


def tab_menu(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tabs as a menu, for those that the strip has no room for."""
    items = [{"label": tab["label"], "url": tab["url"], "current": tab["current"]} for tab in every]
    return [*items, {"rule": True}, {"label": "Manage smart lists", "icon": "list", "url": link("contacts:lists")}]


def address(name: str) -> str:
    """Where a page of the location is, "" while there is none of that name."""
    try:
        return link(name)
    except NoReverseMatch:
        return ""


def sections(present: str) -> list[dict[str, Any]]:
    """The parts of the contacts area."""
    return [
        {"label": label, "url": address(name), "current": name == present, "name": name}
        for label, name in SECTIONS
        if address(name) and (name != "contacts:duplicates" or scope.current().actor.may("contacts.merge"))
    ]


def list_menu(look: Look) -> list[dict[str, Any]]:
    """What can be done with the list itself."""
    saved, actor = look.smart_list, scope.current().actor
    items: list[dict[str, Any]] = [
        {"label": "Save as a new list", "icon": "plus", "get": look.url("contacts:list_save_as")},
        {"label": "Why is somebody in this list?", "icon": "help", "get": look.url("contacts:why_find")},
    ]
    if saved and not saved.is_built_in:
        items += list_items(saved, actor, moves=True)
    return [*items, {"rule": True}, {"label": "Manage smart lists", "icon": "list", "url": link("contacts:lists")}]


def list_items(saved: SmartList, actor: scope.Actor, moves: bool = False) -> list[dict[str, Any]]:
    """What can be done with a saved list; who receives it may only duplicate it."""
    items: list[dict[str, Any]] = []
    may_edit = saved.may_edit(actor)
    if may_edit:
        items.append({"label": "Rename", "icon": "pencil", "get": link("contacts:list_rename", saved.pk)})
    items.append({"label": "Duplicate", "icon": "copy", "get": link("contacts:list_duplicate", saved.pk)})
    if may_edit and actor.may("smart_lists.share"):
        label = "Change who sees it" if saved.is_shared_at_all else "Share"
        items.append({"label": label, "icon": "people", "get": link("contacts:list_share", saved.pk)})
    if may_edit and moves:
        for way in ("left", "right"):
            address_of = f"{link('contacts:list_move', saved.pk)}?to={way}"
            items.append({"label": f"Move the tab {way}", "icon": f"arrow-{way}", "post": address_of})
    if may_edit:
        items.append(
            {"label": "Delete list", "icon": "trash", "bad": True, "get": link("contacts:list_remove", saved.pk)}
        )
    return items


def phone_menu(look: Look) -> list[dict[str, Any]]:
    """What a phone has no room for: the other parts of the area, the columns and the list's own menu."""
    icons = {"contacts:bulk_actions": "bolt", "contacts:trash": "trash"}
    elsewhere = [
        {"label": item["label"], "icon": icons[item["name"]], "url": item["url"]}
        for item in sections("contacts:list")
        if item["name"] in icons
    ]
    own = {"label": "Columns", "icon": "columns", "get": look.url("contacts:columns")}
    return [*elsewhere, {"rule": True}, own, *list_menu(look)]
