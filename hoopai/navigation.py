"""The side menu, the settings menu, the palette's commands, and what every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts import confirmation, current
from accounts.models import Location, User
from billing import overdue
from core import access, scope
from core.pages import link
from core.prepared import Prepared
from objects import menu
from onboarding import standing as onboarding

MAIN = [
    # label, url name, icon, ability, key
    ("Contacts", "contacts:list", "people", "contacts.readonly", "G C"),
    ("Opportunities", "opportunities:board", "board", "opportunities.readonly", "G O"),
    ("Tasks", "contacts:tasks", "check-circle", "contacts.readonly", "G T"),
    ("Companies", "contacts:businesses", "building", "businesses.readonly", "G B"),
]
# The right side of a contact's record, in its order. Each app answers its own address with a fragment; counts are
# kept by <count-of name=key>. Without an entry for its ability a panel is not offered.
RECORD_PANELS = [
    # key, label, url name (takes the contact's id), icon, ability
    ("activity", "Activity", "contacts:activity", "clock", "contacts.readonly"),
    ("associations", "Associations", "objects:relations", "link", "associations/relation.readonly"),
    ("tasks", "Tasks", "contacts:contact_tasks", "check-circle", "contacts.readonly"),
    ("notes", "Notes", "contacts:notes", "note", "contacts.readonly"),
    ("documents", "Documents", "contacts:documents", "paperclip", "contacts.readonly"),
]
# Blocks of other apps below the fields on the left, fetched when they come into view.
RECORD_BLOCKS = [
    ("opportunities", "Opportunities", "opportunities:contact_block", "board", "opportunities.readonly"),
]
# The right side of a company's record, likewise.
BUSINESS_PANELS = [
    ("activity", "Activity", "contacts:business_activity", "clock", "businesses.readonly"),
    ("associations", "Associations", "objects:business_relations", "link", "associations/relation.readonly"),
    ("opportunities", "Opportunities", "opportunities:business_block", "board", "opportunities.readonly"),
    ("tasks", "Tasks", "contacts:business_tasks", "check-circle", "contacts.readonly"),
    ("notes", "Notes", "contacts:business_notes", "note", "contacts.readonly"),
]
MENU_OF = {"contact": "contacts:list", "business": "contacts:businesses", "opportunity": "opportunities:board"}
BOTTOM = [("Settings", "settings:index", "sliders", "anyone", "G S")]
SETTINGS = [
    (
        "Location",
        [
            ("Business profile", "settings:profile", "building", "locations.readonly"),
            ("People", "settings:people", "user", "users.readonly"),
            ("Roles", "settings:roles", "shield", "users.write"),
            ("Teams", "settings:teams", "people", "users.readonly"),
            ("Domains", "settings:domains", "globe", "domains.write"),
            ("Billing", "settings:billing", "card", "billing.readonly"),
        ],
    ),
    (
        "Security and data",
        [
            ("Security", "settings:security", "shield", "settings.write"),
            ("Audit log", "settings:audit", "clock", "audit.readonly"),
            ("Data export", "settings:data_export", "download", "exports.write"),
            ("Privacy requests", "settings:privacy_requests", "lock", "privacy.write"),
            ("Compliance", "settings:compliance", "shield", "privacy.write"),
        ],
    ),
    (
        "Contacts",
        [
            ("Tags", "settings:tags", "tag", "locations/tags.readonly"),
            ("Scoring", "settings:scoring", "star", "settings.write"),
        ],
    ),
    (
        "Opportunities",
        [
            ("Pipelines", "settings:pipelines", "board", "pipelines.write"),
            ("Lost reasons", "settings:lost_reasons", "flag", "pipelines.write"),
            ("Rules", "settings:opportunities", "sliders", "settings.write"),
        ],
    ),
    (
        "Data",
        [
            ("Objects", "settings:objects", "database", "objects/schema.readonly"),
            ("Custom fields", "settings:fields", "list", "locations/customFields.readonly"),
            ("Custom values", "settings:values", "puzzle", "locations/customValues.readonly"),
            ("Associations", "settings:associations", "link", "associations.write"),
        ],
    ),
    (
        "Developers",
        [
            ("Integrations", "settings:integrations", "puzzle", "integrations.write"),
            ("Private integrations", "settings:private_integrations", "key", "private_integrations.write"),
            ("Webhooks", "settings:webhooks", "bolt", "webhooks.write"),
            ("API reference", "api_docs", "code", "anyone"),
        ],
    ),
    ("Help", [("Support", "settings:support", "help", "anyone")]),
]
CREATE = [
    ("Contact", "contacts:create", "user", "contacts.write", "C"),
    ("Opportunity", "opportunities:create", "board", "opportunities.write", ""),
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


def beside_record(actor: scope.Actor, rows: list[tuple[str, str, str, str, str]]) -> list[dict[str, Any]]:
    """The panels or blocks of a record that the actor may open and that some app answers."""
    return [
        {"key": key, "label": label, "name": name, "icon": icon}
        for key, label, name, icon, ability in rows
        if _may(actor, ability) and address_of(name)
    ]


def address_of(name: str) -> str:
    """The address of a page about one row, for any row: "" while no page has that name."""
    try:
        return link(name, "0" * 20)
    except NoReverseMatch:
        return ""


def _may(actor: scope.Actor, ability: str) -> bool:
    return ability == "anyone" or actor.may(ability)


def _active() -> Any:
    return Location.objects.everywhere(reason="the switcher offers all of a person's locations").filter(is_active=True)


def _open_to() -> Any:
    return _active().filter(suspended_at=None)


OF_COMPANY = Prepared(lambda company: _active().filter(company_id=company)[:500])
OF_MEMBER = Prepared(lambda user: _open_to().filter(memberships__user_id=user, memberships__disabled_at=None)[:500])


def places_of(user: User) -> list[Location]:
    """The active locations a user may open, by name. One query."""
    return OF_COMPANY.objects(user.company_id or "") if user.agency_role else OF_MEMBER.objects(user.pk)


def commands(actor: scope.Actor) -> list[dict[str, str]]:
    """The palette's commands that the actor may use."""
    rows = [(f"Go to {label.lower()}", name, icon, ability, key) for label, name, icon, ability, key in MAIN + BOTTOM]
    rows += [(f"Create: {label.lower()}", name, icon, ability, key) for label, name, icon, ability, key in CREATE]
    rows.append(("Go to first steps", "onboarding:start", "check-circle", "anyone", ""))
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


def agency(request: HttpRequest, user: User, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The way to the agency's pages, for its admins; whoever has a single location finds it on the business profile."""
    url = reverse("agency:locations")
    if user.agency_role != "admin" or (len(places) < 2 and not request.path.startswith(url)):
        return []
    return [{"label": "Agency", "url": url, "icon": "globe", "key": "", "current": request.path.startswith(url)}]


def own_objects(request: HttpRequest, actor: scope.Actor, objects: list[menu.MenuObject]) -> list[dict[str, Any]]:
    """The menu's entries of the location's own objects, at most ten."""
    if not actor.may("objects/record.readonly"):
        return []
    rows = [(one, link("objects:records", one.pk)) for one in objects if not one.is_standard][: menu.MOST]
    return [
        {"label": one.plural, "url": url, "icon": "database", "key": "", "current": request.path.startswith(url)}
        for one, url in rows
    ]


def frame(request: HttpRequest) -> dict[str, Any]:
    """What layouts/app.html needs. Context processor; costs one query on full pages, none on partials."""
    user = getattr(request, "user", None)
    found: dict[str, Any] = {"sandbox": settings.SANDBOX, "may_sign_up": settings.SIGN_UP}
    if user is None or not user.is_authenticated:
        return found
    found["person"] = {"name": user.name or user.email, "email": user.email, "id": user.pk, "initials": ""}
    found["shortcuts"] = user.shortcuts
    if confirmation.is_waiting(user):
        found["unconfirmed"] = user.email
    found["urls"] = {name: reverse(f"accounts:{name}") for name in ("profile", "sessions", "sign_out")}
    if scope.current().location_id is None:
        found["locations"] = switcher(user)
        found["nav"] = {
            "main": [{"label": row["name"], "url": row["url"], "icon": "building"} for row in found["locations"][:8]],
            "bottom": agency(request, user, found["locations"]),
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
    if here.access != access.FULL:
        found["standing"] = access.standing()
    found["here"] = {"id": here.pk, "name": here.name, "initial": here.name[:1].upper(), "timezone": here.timezone}
    if request.headers.get("HX-Request") == "true":
        return found

    found["trial"] = onboarding.of(here)
    found["overdue"] = overdue.of(here, actor)
    if "standing" in found:
        found["way_out"] = overdue.way_out(found["standing"], actor)
    found["may_choose"] = actor.may("billing.write")
    found["first_steps"] = link("onboarding:start") if onboarding.is_new(here) else ""
    if onboarding.has_card(request, here):
        found["first_steps_url"] = link("onboarding:card")
    objects = menu.objects()
    renamed = {MENU_OF[one.key]: one.plural for one in objects if one.key in MENU_OF}

    def item(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
        label, name, icon, _, key = row
        url = address(name)
        return {
            "label": renamed.get(name, label),
            "url": url,
            "icon": icon,
            "key": key,
            "current": request.path.startswith(url),
        }

    def items(rows: list[tuple[str, str, str, str, str]]) -> list[dict[str, Any]]:
        built = [item(row) for row in rows if _may(actor, row[3]) and address(row[1])]
        best = max((one for one in built if one["current"]), key=lambda one: len(one["url"]), default=None)
        return [{**one, "current": one is best} for one in built]

    found["nav"] = {"main": items(MAIN) + own_objects(request, actor, objects), "more": [], "bottom": items(BOTTOM)}
    found["create_actions"] = [
        {
            "label": label,
            "url": address(name),
            "icon": icon,
            "key": key,
            "key_label": f"New {label.lower()}",
            "get": "",  # else the template would find the dict's own method
        }
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
    found["record_panels"] = beside_record(actor, RECORD_PANELS)
    found["record_blocks"] = beside_record(actor, RECORD_BLOCKS)
    found["business_panels"] = beside_record(actor, BUSINESS_PANELS)
    found["palette_url"] = address("palette")
    found["notifications_url"] = address("notifications:index")
    found["locations"] = switcher(user, here.pk)
    found["nav"]["bottom"] = agency(request, user, found["locations"]) + found["nav"]["bottom"]
    return found
