"""One walk through the contacts API with the official Python client; `walk.cjs` is the same with the TypeScript one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from highlevel import HighLevel
from highlevel.error import GHLError

Told = dict[str, Any]


async def refusal(call: Awaitable[Any]) -> Told:
    try:
        await call
    except GHLError as error:
        return {"status": error.status_code, "message": error.message, "body": error.response}
    return {"status": 200}


async def contacts(client: HighLevel, place: str, person: str, told: Told) -> str:
    api = client.contacts
    rosan = {
        "locationId": place,
        "firstName": "Rosan",
        "lastName": "Deo",
        "email": "Rosan@Example.com",
        "tags": ["Lead"],
    }
    told["created"] = await api.create_contact({**rosan, "phone": "(503) 555-0144"})
    pk: str = told["created"]["contact"]["id"]
    told["duplicate"] = await refusal(api.create_contact({"locationId": place, "email": "rosan@example.com"}))
    told["unknownMember"] = await refusal(api.create_contact({"locationId": place, "firstName": "No", "nonsense": 1}))
    told["got"] = await api.get_contact(pk)
    either = [
        {"field": "email", "operator": "eq", "value": "rosan@example.com"},
        {"field": "tags", "operator": "contains", "value": "lea"},
    ]
    told["searched"] = await api.search_contacts_advanced(
        {
            "locationId": place,
            "pageLimit": 10,
            "page": 1,
            "filters": [{"group": "OR", "filters": either}],
            "sort": [{"field": "dateAdded", "direction": "desc"}],
        }
    )
    told["found"] = await api.get_duplicate_contact(place, email="rosan@example.com")
    told["updated"] = await api.update_contact(pk, {"city": "Portland", "companyName": "Harbor"})
    told["upserted"] = await api.upsert_contact(
        {"locationId": place, "email": "rosan@example.com", "lastName": "Deo-Ray"}
    )
    told["tagged"] = await api.add_tags(pk, {"tags": ["VIP", "Oak"]})
    told["untagged"] = await api.remove_tags(pk, {"tags": ["oak"]})
    told["followed"] = await api.add_followers_contact(pk, {"followers": [person]})
    told["unfollowed"] = await api.remove_followers_contact(pk, {"followers": [person]})
    told["noted"] = await api.create_note(pk, {"body": "Called back.", "userId": person})
    told["renoted"] = await api.update_note(
        pk, told["noted"]["note"]["id"], {"body": "Called again.", "userId": person}
    )
    told["notes"] = await api.get_all_notes(pk)
    due = {"title": "Call", "body": "", "dueDate": "2030-01-31T10:00:00Z", "completed": False, "assignedTo": person}
    told["tasked"] = await api.create_task(pk, due)
    task = told["tasked"]["task"]["id"]
    told["completed"] = await api.update_task_completed(pk, task, {"completed": True})
    told["tasks"] = await api.get_all_tasks(pk)
    told["taskSearch"] = await client.locations.task_search(place, {"contactId": [pk], "completed": True, "limit": 5})
    told["taskDeleted"] = await api.delete_task(pk, task)
    told["business"] = await client.businesses.create_business({"name": "Harbor", "locationId": place})
    firm = told["business"]["business"]["id"]
    told["linked"] = await api.add_remove_contact_from_business({"locationId": place, "ids": [pk], "businessId": firm})
    told["staff"] = await api.get_contacts_by_business_id(firm, place, limit="10", skip="0")
    return pk


async def location(client: HighLevel, place: str, told: Told) -> None:
    api = client.locations
    told["location"] = await api.get_location(place)
    told["locations"] = await api.search_locations(limit="5")
    wood = {"name": "Wood", "dataType": "SINGLE_OPTIONS", "options": ["Oak", "Ash"], "model": "contact", "position": 0}
    told["field"] = await api.create_custom_field(place, wood)
    told["fields"] = await api.get_custom_fields(place, model="contact")
    told["value"] = await api.create_custom_value(place, {"name": "Brand", "value": "teal"})
    told["values"] = await api.get_custom_values(place)
    told["tags"] = await api.get_location_tags(place)


async def with_token(token: str, place: str, person: str) -> Told:
    """The walk with a private integration's token; every answer by the name of its step."""
    told: Told = {}
    client = HighLevel(private_integration_token=token, log_level="error")
    try:
        pk = await contacts(client, place, person, told)
        await location(client, place, told)
        answer = {"id": told["field"]["customField"]["id"], "field_value": "Ash"}
        told["answered"] = await client.contacts.update_contact(pk, {"customFields": [answer]})
        told["deleted"] = await client.contacts.delete_contact(pk)
        told["gone"] = await refusal(client.contacts.get_contact(pk))
    finally:
        await client.close()
    return told


async def with_oauth(client_id: str, client_secret: str, place: str, session: Told, agency: Told) -> Told:
    """The client's own storage holds a token about to expire, then one the server refuses: it renews both.

    At last it holds a refresh token that is worth nothing, and the client gets a new pair with the agency's token.
    """
    client = HighLevel(client_id=client_id, client_secret=client_secret, log_level="error")
    storage = client.get_session_storage()
    told: Told = {}
    try:
        await storage.set_session(place, {**session, "expires_in": 5})
        told["early"] = await client.locations.get_location(place, {"preferred_token_type": "location"})
        told["second"] = dict(await storage.get_session(place))
        await storage.set_session(place, {**told["second"], "access_token": "long-forgotten", "expires_in": 80_000})
        told["late"] = await client.contacts.get_duplicate_contact(place, email="nobody@example.com")
        told["third"] = dict(await storage.get_session(place))
        await storage.set_session(agency["companyId"], agency)
        await storage.set_session(place, {**told["third"], "refresh_token": "long-forgotten", "expires_in": 5})
        told["last"] = await client.locations.get_location(place, {"preferred_token_type": "location"})
        told["fourth"] = dict(await storage.get_session(place))
    finally:
        await client.close()
    return told
