"""Users: those of a location, or with an agency's token those of the company."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.http import HttpRequest

from accounts import passwords, people, sessions
from accounts.api import permissions
from accounts.api.permissions import SCOPES, SWITCHES
from accounts.api.user_shapes import shown, shown_all
from accounts.models import Company, User
from accounts.models.user import plain_email
from api.bodies import Body
from api.fields import Anything, Email, Flag, Id, List, Nested, OneOf, Text
from api.pagination import skip_limit
from api.resources import Resource, operation
from core.errors import Forbidden, Invalid
from core.phones import BadPhone, e164

LANGUAGES = ("en_US", "es", "fr_CA", "fr_FR", "nl", "de", "pt_PT", "pt_BR", "it", "sv", "da", "fi", "no")
MOST = 500
SORTS = {
    "dateAdded": "date_added",
    "name": "first_name",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
}
USER = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "name": "Ann Lee",
    "firstName": "Ann",
    "lastName": "Lee",
    "email": "ann@example.com",
    "phone": "+15035550123",
    "extension": "",
    "permissions": {"contactsEnabled": True, "assignedDataOnly": False},
    "scopes": ["contacts.write"],
    "roles": {"type": "account", "role": "user", "locationIds": ["0Wk3Zr7Xo2Vf9GqHbS4t"], "restrictSubAccount": False},
    "deleted": False,
    "lcPhone": {},
    "platformLanguage": "en_US",
}
Switches = type("Switches", (Body,), {name: Flag() for name in SWITCHES})


class UserBody(Body):
    """What a user may be given; creation wants some of it."""

    companyId = Id()
    firstName = Text(most=100, trim=True, to="first_name")
    lastName = Text(most=100, trim=True, to="last_name")
    password = Text(most=512)
    phone = Text(most=40, trim=True)
    type = OneOf("account", "agency")
    role = OneOf("admin", "user")
    locationIds = List(Id(), most=500)
    permissions = Nested(Switches)
    scopes = List(OneOf(*SCOPES), most=200)
    scopesAssignedToOnly = List(OneOf(*SCOPES), most=200, to="scopes_for_assigned")
    profilePhoto = Text(most=500, to="photo_url")
    twilioPhone = Anything(dict, to="lines", about="{location id: number}", example={})
    platformLanguage = OneOf(*LANGUAGES, to="language")


class CreateUserBody(UserBody):
    companyId = Id(required=True)
    firstName = Text(most=100, trim=True, required=True, to="first_name", example="Ann")
    lastName = Text(most=100, trim=True, required=True, to="last_name", example="Lee")
    email = Email(required=True)
    password = Text(most=512, required=True, example="A long pass phrase 7!")
    type = OneOf("account", "agency", required=True)
    role = OneOf("admin", "user", required=True)
    locationIds = List(Id(), most=500, required=True)


class UpdateUserBody(UserBody):
    email = Email(about="Taken and left as it is: a sign-in address is changed by its owner.")


class UsersQuery(Body):
    locationId = Id(required=True)


class SearchQuery(skip_limit(25, 100)):
    companyId = Id(required=True)
    locationId = Id()
    query = Text(most=75)
    type = OneOf("account", "agency")
    role = OneOf("admin", "user")
    ids = List(Id(), most=100)
    sort = OneOf(*SORTS)
    sortDirection = OneOf("asc", "desc", default="asc")
    enabled2waySync = Flag()


class EmailsBody(skip_limit(25, 100)):
    companyId = Id(required=True)
    emails = Text(most=5000, required=True, example="ann@example.com,bob@example.com")
    deleted = Flag(default=False)
    projection = Text(most=1000, about="'all', or names of members; without it id and email.")


class UserResource(Resource):
    reads, writes = "users.readonly", "users.write"
    access = "either"
    names = {"old": "password", "new": "password", "lines": "twilioPhone", "photo_url": "profilePhoto"}

    def reachable(self) -> Any:
        """Users of the token's location, or of its company."""
        place = self.credential.location_id
        return User.objects.working_at(place) if place else User.objects.live()

    def one(self, pk: str) -> User:
        found: User = self.find(self.reachable(), pk, "User")
        return found

    def places(self, location_ids: list[str]) -> list[Any]:
        place = self.credential.location_id
        if place and set(location_ids) != {place}:
            raise Forbidden("The token does not have access to this location.")
        return people.live_places(location_ids, self.credential.company_id)

    def apply_access(self, user: User, values: dict[str, Any]) -> None:
        """Role, switches and scopes to the memberships the token reaches."""
        switches, scopes, role = values.get("permissions") or {}, values.get("scopes"), values.get("role")
        if switches or scopes is not None:
            user.change(
                permissions={**user.permissions, **switches},
                **({"scopes": list(dict.fromkeys(scopes))} if scopes is not None else {}),
            )
        if not switches and scopes is None and role is None:
            return
        for membership in people.places_of(user):
            if self.credential.location_id in (None, membership.location_id):
                with people.at(membership.location):
                    wanted = permissions.wanted(membership, switches, scopes)
                    restricted = switches.get("assignedDataOnly", membership.only_assigned)
                    membership.set_access(
                        role or membership.role, restricted, wanted, None if role else membership.custom_role
                    )


class Users(UserResource):
    @operation(access="location", query=UsersQuery, title="List users of a location", example={"users": [USER]})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        return {"users": shown_all(self.reachable().order_by("pk")[:MOST], self.credential.location_id)}

    @operation(body=CreateUserBody, status=201, title="Create user", example=USER)
    def post(self, request: HttpRequest) -> dict[str, Any]:
        values = dict(self.body)
        if values["type"] == "agency" and self.credential.location_id:
            raise Forbidden("A location's token cannot add people to the agency.")
        places = self.places(values["locationIds"])
        passwords.check(values["password"], User(email=values["email"], first_name=values["first_name"]))
        user = people.take_on(
            Company.objects.get(pk=self.credential.company_id),
            values["email"],
            password=make_password(values["password"]),
            agency_role=values["role"] if values["type"] == "agency" else "",
            **plain_columns(values),
        )
        for place in places:
            people.give_place(user, place, values["role"])
        self.apply_access(user, {**values, "locationIds": None, "role": None})
        return shown(user, people.places_of(user), self.credential.location_id)


class OneUser(UserResource):
    @operation(title="Get user", example=USER)
    def get(self, request: HttpRequest, user: str) -> dict[str, Any]:
        found = self.one(user)
        return shown(found, people.places_of(found), self.credential.location_id)

    @operation(body=UpdateUserBody, title="Update user", about="Only what is sent is changed.", example=USER)
    def put(self, request: HttpRequest, user: str) -> dict[str, Any]:
        found, values = self.one(user), dict(self.body)
        here = self.credential.location_id
        kind = values.get("type", "agency" if found.agency_role else "account")
        if here and (kind == "agency" or found.agency_role):
            raise Forbidden("A location's token cannot change people of the agency.")
        if found.is_staff:
            raise Forbidden("Operators are changed in the operations pages only.")
        if "password" in values:
            if here and any(one.location_id != here for one in people.places_of(found)):
                raise Forbidden("This person works at other locations too: an agency's token can set the password.")
            passwords.keep(found, values["password"], "user.password_changed")
            sessions.end_others(found.pk)
        if "type" in values or (found.agency_role and "role" in values):
            people.set_agency_role(found, values.get("role", found.agency_role or "user") if kind == "agency" else "")
        found.change(**plain_columns(values))
        if "locationIds" in values:
            self.move(found, values)
        self.apply_access(found, values)
        return shown(found, people.places_of(found), here)

    @operation(
        title="Delete user",
        about="A location's token takes the access to its location; the last place gone, the user goes.",
        example={"succeded": True, "message": "Queued deleting user with e-mail ann@example.com and name Ann Lee."},
    )
    def delete(self, request: HttpRequest, user: str) -> dict[str, Any]:
        found, here = self.one(user), self.credential.location_id
        if here and found.agency_role:
            raise Forbidden("A location's token cannot remove people of the agency.")
        if found.is_staff:
            raise Forbidden("Operators are changed in the operations pages only.")
        email, places = found.email, people.places_of(found)
        if here and len(places) > 1:
            people.take_place(next(one for one in places if one.location_id == here))
        else:
            people.let_go(found)
        message = f"Queued deleting user with e-mail {email} and name {found.name}. Will take effect in a few minutes."
        return {"succeded": True, "message": message}

    def move(self, user: User, values: dict[str, Any]) -> None:
        """Let the user into the named locations and out of the others the token reaches."""
        here = self.credential.location_id
        held = {one.location_id: one for one in people.places_of(user)}
        wanted = values["locationIds"]
        if here and set(wanted) - held.keys() - {here}:
            raise Forbidden("The token does not have access to this location.")
        fresh = [pk for pk in wanted if pk not in held]
        for place in people.live_places(fresh, self.credential.company_id):
            people.give_place(user, place, values.get("role", "user"))
        for pk, membership in held.items():
            if pk not in wanted and here in (None, pk):
                people.take_place(membership)


class UserSearch(UserResource):
    @operation(query=SearchQuery, title="Search users", example={"users": [USER], "count": 1})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.query
        place = self.credential.location_id or asked.get("locationId")
        found = User.objects.working_at(place) if place else User.objects.live()
        for word in asked.get("query", "").split()[:5]:
            found = found.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
            )
        if "type" in asked:
            found = found.exclude(agency_role="") if asked["type"] == "agency" else found.filter(agency_role="")
        if "role" in asked:
            found = found.filter(has_role(asked["role"], place))
        if asked.get("ids"):
            found = found.filter(pk__in=asked["ids"])
        column = SORTS[asked.get("sort", "dateAdded")]
        down = "-" if asked["sortDirection"] == "desc" else ""
        ordered = found.distinct().order_by(f"{down}{column}", f"{down}pk")
        rows = ordered[asked["skip"] : asked["skip"] + asked["limit"]]
        return {"users": shown_all(rows, place), "count": ordered.count()}


class UsersByEmail(UserResource):
    access = "agency"

    @operation(
        body=EmailsBody,
        scope="users.readonly",
        title="Find users by e-mail",
        example={"users": [USER], "count": 1},
        atomic=False,
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        emails = [plain_email(email) for email in self.body["emails"].split(",")[:100]]
        found = User.objects.filter(email__in=emails, deleted_at__isnull=not self.body["deleted"]).order_by("pk")
        rows = found[self.body["skip"] : self.body["skip"] + self.body["limit"]]
        return {"users": [self.projected(row) for row in shown_all(rows, None)], "count": found.count()}

    def projected(self, row: dict[str, Any]) -> dict[str, Any]:
        """The members asked for: id and e-mail by default, everything for "all", else those that are named."""
        wanted = [name.strip() for name in self.body.get("projection", "email").split(",")]
        return row if "all" in wanted else {name: row[name] for name in ("id", *wanted) if name in row}


def has_role(role: str, place: str | None) -> Q:
    wanted = Q(memberships__role=role)
    if place:
        wanted &= Q(memberships__location_id=place)
    return wanted | Q(agency_role=role)


def plain_columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of a user among the values of a body.

    Raises:
        Invalid: a phone that is none.
    """
    kept = ("first_name", "last_name", "photo_url", "language", "scopes_for_assigned")
    found = {name: values[name] for name in kept if name in values}
    try:
        if "phone" in values:
            found["phone"] = e164(values["phone"]) if values["phone"] else ""
        if "lines" in values:
            found["lines"] = {str(pk)[:20]: e164(str(number)) for pk, number in list(values["lines"].items())[:500]}
    except BadPhone as error:
        raise Invalid({"phone" if "phone" in values and "phone" not in found else "lines": str(error)}) from None
    return found
