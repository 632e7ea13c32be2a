"""Every event there is: its area, what it says, and the scope an app needs to be told of it.

The names are the contract's, and a few of ours. What no verb of an installed app causes is offered to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from journal import verbs


@dataclass(frozen=True)
class Event:
    name: str  # `type` on the wire
    area: str
    words: str
    scope: str  # "" for those that every app is told of


# area -> (scope, {name: in words})
TABLE: list[tuple[str, str, dict[str, str]]] = [
    (
        "Contacts",
        "contacts.readonly",
        {
            "ContactCreate": "A contact is added",
            "ContactUpdate": "A contact changes in any way",
            "ContactDelete": "A contact is deleted",
            "ContactTagUpdate": "The tags of a contact change",
            "ContactDndUpdate": "Do not disturb of a contact changes",
            "ContactRestore": "A deleted contact comes back",
            "ContactMerge": "Two contacts become one",
            "ContactScoreUpdate": "The score of a contact changes",
            "ContactFollowerUpdate": "The followers of a contact change",
            "ImportComplete": "An import of contacts is finished",
        },
    ),
    (
        "Notes",
        "contacts.readonly",
        {
            "NoteCreate": "A note is written",
            "NoteUpdate": "A note changes",
            "NoteDelete": "A note is deleted",
        },
    ),
    (
        "Tasks",
        "contacts.readonly",
        {
            "TaskCreate": "A task is added",
            "TaskComplete": "A task is completed",
            "TaskDelete": "A task is deleted",
        },
    ),
    (
        "Opportunities",
        "opportunities.readonly",
        {
            "OpportunityCreate": "An opportunity is added",
            "OpportunityUpdate": "An opportunity changes in any way",
            "OpportunityDelete": "An opportunity is deleted",
            "OpportunityStageUpdate": "An opportunity moves to another stage",
            "OpportunityStatusUpdate": "An opportunity is won, lost or opened again",
            "OpportunityMonetaryValueUpdate": "The value of an opportunity changes",
            "OpportunityAssignedToUpdate": "An opportunity gets another owner",
        },
    ),
    (
        "Custom objects",
        "objects/schema.readonly",
        {
            "ObjectSchemaCreate": "A custom object is defined",
            "ObjectSchemaUpdate": "The definition of a custom object changes",
        },
    ),
    (
        "Custom objects",
        "objects/record.readonly",
        {
            "RecordCreate": "A record of a custom object is added",
            "RecordUpdate": "A record of a custom object changes",
            "RecordDelete": "A record of a custom object is deleted",
        },
    ),
    (
        "Associations",
        "associations.readonly",
        {
            "AssociationCreate": "A kind of association is defined",
            "AssociationUpdate": "A kind of association changes",
            "AssociationDelete": "A kind of association is deleted",
        },
    ),
    (
        "Associations",
        "associations/relation.readonly",
        {"RelationCreate": "Two records are linked", "RelationDelete": "A link between two records is removed"},
    ),
    (
        "Appointments",
        "calendars/events.readonly",
        {
            "AppointmentCreate": "An appointment is booked",
            "AppointmentUpdate": "An appointment changes",
            "AppointmentDelete": "An appointment is deleted",
        },
    ),
    (
        "Conversations",
        "conversations/message.readonly",
        {"InboundMessage": "A message comes in", "OutboundMessage": "A message goes out"},
    ),
    (
        "Conversations",
        "conversations.readonly",
        {"ConversationUnreadUpdate": "A conversation has more or fewer unread messages"},
    ),
    ("Conversations", "campaigns.readonly", {"CampaignStatusUpdate": "A contact moves on in a campaign"}),
    ("Conversations", "conversations/message.readonly", {"LCEmailStats": "An e-mail is delivered, opened or bounces"}),
    (
        "Commerce",
        "invoices.readonly",
        {
            "InvoiceCreate": "An invoice is written",
            "InvoiceUpdate": "An invoice changes",
            "InvoiceDelete": "An invoice is deleted",
            "InvoiceSent": "An invoice is sent",
            "InvoicePaid": "An invoice is paid",
            "InvoicePartiallyPaid": "A part of an invoice is paid",
            "InvoiceVoid": "An invoice is made void",
        },
    ),
    (
        "Commerce",
        "payments/orders.readonly",
        {"OrderCreate": "An order is placed", "OrderStatusUpdate": "The status of an order changes"},
    ),
    (
        "Commerce",
        "products.readonly",
        {
            "ProductCreate": "A product is added",
            "ProductUpdate": "A product changes",
            "ProductDelete": "A product is deleted",
        },
    ),
    (
        "Commerce",
        "products/prices.readonly",
        {"PriceCreate": "A price is added", "PriceUpdate": "A price changes", "PriceDelete": "A price is deleted"},
    ),
    (
        "Location and people",
        "locations.readonly",
        {"LocationCreate": "A location is opened", "LocationUpdate": "The profile of the location changes"},
    ),
    ("Location and people", "users.readonly", {"UserCreate": "A user is added"}),
    (
        "Apps",
        "",
        {"INSTALL": "The app is installed", "UNINSTALL": "The app is removed", "PLAN_CHANGE": "The app's plan changes"},
    ),
]

EVENTS = {name: Event(name, area, words, scope) for area, scope, rows in TABLE for name, words in rows.items()}
OURS = ("ContactRestore", "ContactMerge", "ContactScoreUpdate", "ContactFollowerUpdate", "ImportComplete")
ONLY = {
    "dndSettings": "ContactDndUpdate",
    "followers": "ContactFollowerUpdate",
    "mergedContactIds": "ContactMerge",
}  # members that one event has of several
OF_THE_AGENCY = ("LocationCreate", "LocationUpdate", "UserCreate", "INSTALL", "UNINSTALL")  # told to agency installs


def caused() -> set[str]:
    """The names that some verb causes."""
    return {name for verb in verbs.VERBS.values() for name in (verb.webhook, *verb.also) if name}


def offered(for_app: bool = False) -> list[tuple[str, list[Event]]]:
    """What one can subscribe to, by area. Installing and removing reach the default address without being asked for."""
    found: dict[str, list[Event]] = {}
    for event in EVENTS.values():
        if event.name in caused() and event.scope and (for_app or event.name != "LocationCreate"):
            found.setdefault(event.area, []).append(event)
    return list(found.items())
