"""The side menu, the settings menu, the palette's commands, and what every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts import current
from accounts.models import Location, User
from core import scope
from core.pages import link

MAIN = [
    # label, url name, icon, ability, key
    ("Contacts", "contacts:list", "people", "contacts.readonly", "G C"),
    ("Tasks", "contacts:tasks", "check-circle", "contacts.readonly", "G T"),
    ("Companies", "contacts:businesses", "building", "businesses.readonly", "G B"),
]
BOTTOM = [("Settings", "settings:index", "sliders", "anyone", "G S")]
SETTINGS = [
    (
        "Location",
        [
            ("Business profile", "settings:profile", "building", "locations.readonly"),
            ("People", "settings:people", "people", "users.readonly"),
        ],
    ),
    (
        "Contacts",
        [
            ("Custom fields", "settings:fields", "list", "locations/customFields.readonly"),
            ("Custom values", "settings:values", "code", "locations/customValues.readonly"),
            ("Tags", "settings:tags", "tag", "locations/tags.readonly"),
        ],
    ),
    (
        "Developers",
        [
            ("Private integrations", "settings:private_integrations", "key", "private_integrations.write"),
            ("API reference", "api_docs", "code", "anyone"),
        ],
    ),
    ("History", [("Audit log", "settings:audit", "clock", "audit.readonly")]),
]
CREATE = [
    ("Contact", "contacts:create", "user", "contacts.write", "C"),
    ("Company", "contacts:business_create", "building", "businesses.write", ""),
    ("Import contacts", "contacts:imports", "upload", "contacts.import", ""),
]


def address(name: str) -> str:
    """The address of a page of the location, else of a page outside it, or "" while no page has that name."""
    for find in (link, reverse):
        try:
            return find(name)
        except NoReverseMatch:
            continue
    return ""


def _may(actor: scope.Actor, ability: str) -> bool:
    return ability == "anyone" or actor.may(ability)


def places_of(user: User) -> list[Location]:
    """The active locations a user may open, by name. One query."""
    every = Location.objects.everywhere(reason="the switcher offers all of a person's locations").filter(is_active=True)
    if user.agency_role:
        return list(every.filter(company_id=user.company_id)[:500])
    return list(every.filter(memberships__user=user)[:500])


def commands(actor: scope.Actor) -> list[dict[str, str]]:
    """The palette's commands that the actor may use."""
    rows = [(f"Go to {label.lower()}", name, icon, ability, key) for label, name, icon, ability, key in MAIN + BOTTOM]
    rows += [(f"Create: {label.lower()}", name, icon, ability, key) for label, name, icon, ability, key in CREATE]
    rows += [
        (f"Settings: {label.lower()}", name, icon, ability, "")
        for _, items in SETTINGS
        for label, name, icon, ability in items
    ]
    return [
        {"group": "Commands", "label": label, "hint": "", "url": address(name), "icon": icon, "keys": key}
        for label, name, icon, ability, key in rows
        if _may(actor, ability) and address(name)
    ]


def switcher(user: User, here: str = "") -> list[dict[str, Any]]:
    """The rows of the location switcher. One query."""
    return [
        {
            "id": place.pk,
            "name": place.name,
            "initial": place.name[:1].upper(),
            "url": f"/l/{place.pk}/",
            "current": place.pk == here,
        }
        for place in places_of(user)
    ]


def frame(request: HttpRequest) -> dict[str, Any]:
    """What layouts/app.html needs. Context processor; costs one query on full pages, none on partials."""
    user = getattr(request, "user", None)
    found: dict[str, Any] = {"sandbox": settings.SANDBOX}
    if user is None or not user.is_authenticated:
        return found
    found["person"] = {"name": user.name or user.email, "email": user.email, "id": user.pk, "initials": ""}
    found["shortcuts"] = user.shortcuts
    found["urls"] = {name: reverse(f"accounts:{name}") for name in ("profile", "sessions", "sign_out")}
    if scope.current().location_id is None:
        found["locations"] = switcher(user)
        found["nav"] = {
            "main": [{"label": row["name"], "url": row["url"], "icon": "building"} for row in found["locations"][:8]]
        }
        last = request.session.get("location")
        if any(row["id"] == last for row in found["locations"]):
            found["palette_url"] = reverse("palette", args=[last])
        return found
    actor = scope.current().actor
    here = current.location()
    request.session.setdefault("location", here.pk)
    if request.session["location"] != here.pk:
        request.session["location"] = here.pk
    found["actor"] = actor
    found["here"] = {"id": here.pk, "name": here.name, "initial": here.name[:1].upper(), "timezone": here.timezone}
    if request.headers.get("HX-Request") == "true":
        return found

    def item(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
        label, name, icon, _, key = row
        url = address(name)
        return {"label": label, "url": url, "icon": icon, "key": key, "current": request.path.startswith(url)}

    def items(rows: list[tuple[str, str, str, str, str]]) -> list[dict[str, Any]]:
        built = [item(row) for row in rows if _may(actor, row[3]) and address(row[1])]
        best = max((one for one in built if one["current"]), key=lambda one: len(one["url"]), default=None)
        return [{**one, "current": one is best} for one in built]

    found["nav"] = {"main": items(MAIN), "more": [], "bottom": items(BOTTOM)}
    found["create_actions"] = [
        {"label": label, "url": address(name), "icon": icon, "key": key, "key_label": f"New {label.lower()}"}
        for label, name, icon, ability, key in CREATE
        if _may(actor, ability) and address(name)
    ]
    found["settings_nav"] = [
        {
            "label": group,
            "items": [
                {"label": label, "url": address(name), "icon": icon, "current": request.path.startswith(address(name))}
                for label, name, icon, ability in rows
                if _may(actor, ability) and address(name)
            ],
        }
        for group, rows in SETTINGS
    ]
    found["settings_nav"] = [group for group in found["settings_nav"] if group["items"]]
    found["palette_url"] = address("palette")
    found["locations"] = switcher(user, here.pk)
    return found
