"""Made-up events for the test button, with every member a real one can have."""

from __future__ import annotations

from typing import Any

from core import clock, ids, scope
from webhooks import fanning, queueing, tasks
from webhooks.events import EVENTS, caused
from webhooks.models import Endpoint
from webhooks.queueing import New

CONTACT: dict[str, Any] = {
    "address1": "12 Harbor Street",
    "city": "Portland",
    "state": "OR",
    "companyName": "Bright Harbor Dental",
    "country": "US",
    "source": "website form",
    "dateOfBirth": "1988-04-12T00:00:00.000Z",
    "dnd": False,
    "email": "maya.okafor@example.com",
    "name": "Maya Okafor",
    "firstName": "Maya",
    "lastName": "Okafor",
    "phone": "+15035550144",
    "postalCode": "97204",
    "tags": ["lead", "spring offer"],
    "website": "https://example.com",
    "attachments": [],
}
OPPORTUNITY: dict[str, Any] = {
    "monetaryValue": 2400,
    "name": "New website",
    "source": "referral",
    "status": "open",
}
OBJECT: dict[str, Any] = {
    "labels": {"singular": "Property", "plural": "Properties"},
    "description": "Houses for sale",
    "searchableProperties": ["custom_objects.property.address"],
    "primaryDisplayProperty": "custom_objects.property.address",
    "key": "custom_objects.property",
    "objectType": "USER_DEFINED",
}
ASSOCIATION: dict[str, Any] = {
    "associationType": "USER_DEFINED",
    "firstObjectKey": "contact",
    "firstObjectLabel": "Buyer",
    "firstObjectToSecondObjectCardinality": "MANY_TO_MANY",
    "secondObjectKey": "custom_objects.property",
    "secondObjectLabel": "Property",
    "secondObjectToFirstObjectCardinality": "MANY_TO_MANY",
    "key": "buyer_property",
}
# beginning of the name -> members, names of members that are ids, names that are moments
KINDS: list[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]]] = [
    ("Contact", CONTACT, ("assignedTo",), ("dateAdded",)),
    ("Import", {"name": "spring leads.csv"}, (), ("dateAdded",)),
    ("Note", {"body": "<p>Called back, wants a quote.</p>"}, ("contactId",), ("dateAdded",)),
    (
        "Task",
        {"title": "Send the quote", "body": "With the new prices."},
        ("contactId", "assignedTo"),
        ("dateAdded", "dueDate"),
    ),
    ("Opportunity", OPPORTUNITY, ("assignedTo", "contactId", "pipelineId", "pipelineStageId"), ("dateAdded",)),
    ("ObjectSchema", OBJECT, ("createdBy", "updatedBy"), ("createdAt", "updatedAt")),
    (
        "Record",
        {"properties": [{"key": "address", "valueString": "4 Elm Road"}], "owners": [], "followers": []},
        (),
        (),
    ),
    ("Association", ASSOCIATION, (), ()),
    (
        "Relation",
        {"firstObjectKey": "contact", "secondObjectKey": "custom_objects.property"},
        ("firstRecordId", "secondRecordId", "associationId"),
        (),
    ),
    ("Location", {"name": "Bright Harbor Dental", "email": "office@example.com"}, ("companyId",), ()),
    (
        "User",
        {"firstName": "Ada", "lastName": "Marsh", "email": "ada@example.com", "role": "user", "permissions": {}},
        (),
        (),
    ),
]


def names() -> set[str]:
    """The events that can be sent as a test."""
    told = caused()
    return {name for name in EVENTS if name in told and any(name.startswith(kind) for kind, *_ in KINDS)}


def sample(event: str) -> dict[str, Any]:
    """A made-up event of this type."""
    members, keys, moments = next((row[1], row[2], row[3]) for row in KINDS if event.startswith(row[0]))
    now = clock.iso(clock.now())
    more: dict[str, Any] = {}
    if event.startswith("Contact"):
        more = {"customFields": [{"id": ids.new_id(), "value": "Oak"}], "followers": []}
        more["dndSettings"] = {"SMS": {"status": "active", "message": "Asked to stop", "code": ""}}
    return {"id": ids.new_id(), **members, **{key: ids.new_id() for key in keys}, **dict.fromkeys(moments, now), **more}


def send(endpoint: Endpoint, event: str) -> str:
    """Queue a test event and wake a sender. Returns the delivery's id."""
    now = scope.current()
    data = sample(event)
    app_id = endpoint.app.app_id if endpoint.app else ""
    row = New(
        endpoint_id=endpoint.pk,
        event=event,
        resource_id=data["id"],
        payload=fanning.pack(event, data, app_id, now.location_id, now.company_id),
        company_id=now.company_id,
        location_id=now.location_id,
        entry_id=None,
        is_test=True,
    )
    found = queueing.add([row])[0]
    tasks.wake()
    return found
