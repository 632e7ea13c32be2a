"""Who works at Brightwater and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts import owners
from accounts.models import Company, Location, Membership, Team, User
from core import scope

PASSWORD = "brightwater-demo"  # noqa: S105  printed on the first page of the README
DOMAIN = "brightwater.example"
OPERATOR = "operator@hoopai.example"

STUDIO: dict[str, Any] = {
    "name": "Brightwater Studio",
    "email": f"studio@{DOMAIN}",
    "phone": "+15035550140",
    "website": f"https://studio.{DOMAIN}",
    "address": "1420 SE Water Avenue",
    "city": "Portland",
    "state": "OR",
    "postal_code": "97214",
    "country": "US",
    "timezone": "America/Los_Angeles",
}
LISBON: dict[str, Any] = {
    "name": "Brightwater Lisbon",
    "email": f"lisboa@{DOMAIN}",
    "phone": "",
    "website": f"https://lisboa.{DOMAIN}",
    "address": "Rua do Alecrim 44",
    "city": "Lisboa",
    "state": "Lisboa",
    "postal_code": "1200-018",
    "country": "PT",
    "timezone": "Europe/Lisbon",
}
# key, first name, last name, title of the sign-in, role in the agency
STAFF = [
    ("ada", "Ada", "Lindqvist", "Agency admin, both locations", "admin"),
    ("marcus", "Marcus", "Bell", "Admin of Brightwater Studio", ""),
    ("priya", "Priya", "Raman", "User in Brightwater Studio", ""),
    ("tom", "Tom", "Okafor", "User who sees only assigned contacts", ""),
    ("ines", "Inês", "Carvalho", "Admin of Brightwater Lisbon", ""),
    ("sofia", "Sofia", "Marques", "User in both locations", ""),
]


@dataclass
class Cast:
    company: Company
    studio: Location
    lisbon: Location
    people: dict[str, User] = field(default_factory=dict)

    @property
    def locations(self) -> list[Location]:
        return [self.studio, self.lisbon]

    def team(self, place: Location) -> list[User]:
        """Those who own contacts and write notes in a location."""
        keys = ("marcus", "priya", "tom", "sofia") if place.pk == self.studio.pk else ("ines", "sofia")
        return [self.people[key] for key in keys]


def found(founding: Any) -> Cast:
    """Create the company, its locations and its people. Call it with the clock moved to `founding`."""
    company = Company.record_new(
        name="Brightwater Group",
        email=f"hello@{DOMAIN}",
        phone="+15035550101",
        website=f"https://{DOMAIN}",
        domain=DOMAIN,
        address="1420 SE Water Avenue",
        city="Portland",
        state="OR",
        postal_code="97214",
        country="US",
        timezone="America/Los_Angeles",
    )
    secret = make_password(PASSWORD)
    with scope.use(company_id=company.pk):
        cast = Cast(
            company, Location.record_new(company=company, **STUDIO), Location.record_new(company=company, **LISBON)
        )
        for key, first, last, _, agency_role in STAFF:
            cast.people[key] = User.record_new(
                company=company,
                email=f"{key}@{DOMAIN}",
                password=secret,
                first_name=first,
                last_name=last,
                agency_role=agency_role,
                phone=f"+1503555{150 + len(cast.people):04d}",
            )
        give_access(cast)
        owners.claim(cast.people["ada"])
    cast.people["operator"] = User.record_new(
        email=OPERATOR, password=secret, first_name="Olivia", last_name="Operator", is_staff=True
    )
    return cast


def give_access(cast: Cast) -> None:
    people = cast.people
    rows: list[tuple[Location, User, dict[str, Any]]] = [
        (cast.studio, people["marcus"], {"role": "admin"}),
        (cast.studio, people["priya"], {"granted": ["contacts.import", "contacts.export", "contacts.bulk"]}),
        (cast.studio, people["tom"], {"only_assigned": True}),
        (cast.studio, people["sofia"], {}),
        (cast.lisbon, people["ines"], {"role": "admin"}),
        (cast.lisbon, people["sofia"], {"granted": ["contacts.import"]}),
    ]
    for place, user, access in rows:
        with scope.use(location_id=place.pk):
            Membership.record_new(user=user, location=place, facts={"user": user.pk}, **access)


def teams(cast: Cast, place: Location) -> list[Team]:
    """The teams of a location, in the scope of which this runs; the first one owns contacts."""
    named = {key: user.pk for key, user in cast.people.items()}
    if place.pk == cast.lisbon.pk:
        return [Team.record_new(name="Visitas", description="", members=[named["ines"], named["sofia"]])]
    return [
        Team.record_new(
            name="Site visits",
            description="Whoever is free takes the next visit.",
            members=[named["priya"], named["tom"]],
        ),
        Team.record_new(name="Aftercare", description="Calls a year after the handover.", members=[named["sofia"]]),
    ]
