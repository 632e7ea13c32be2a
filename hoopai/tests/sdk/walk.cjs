// One walk through the contacts API with the official TypeScript client. Reads what to use from standard input
// ({url, token, place, person, oauth?}) and prints every answer as one JSON object.
"use strict";
const { HighLevel } = require("@gohighlevel/api-client");

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { status: error.statusCode, message: error.message, body: error.response };
  }
  return { status: 200 };
}

async function contacts(client, place, person) {
  const told = {};
  const locationId = place;
  told.created = await client.contacts.createContact({
    locationId, firstName: "Rosan", lastName: "Deo", email: "Rosan@Example.com", phone: "(503) 555-0144", tags: ["Lead"],
  });
  const contactId = told.created.contact.id;
  const it = { contactId };
  told.duplicate = await refusal(client.contacts.createContact({ locationId, email: "rosan@example.com" }));
  told.unknownMember = await refusal(client.contacts.createContact({ locationId, firstName: "No", nonsense: 1 }));
  told.got = await client.contacts.getContact(it);
  told.listed = await client.contacts.getContacts({ locationId, limit: 20, query: "rosan" });
  told.searched = await client.contacts.searchContactsAdvanced({
    locationId, pageLimit: 10, page: 1,
    filters: [{ group: "OR", filters: [
      { field: "email", operator: "eq", value: "rosan@example.com" },
      { field: "tags", operator: "contains", value: "lea" },
    ] }],
    sort: [{ field: "dateAdded", direction: "desc" }],
  });
  told.found = await client.contacts.getDuplicateContact({ locationId, email: "rosan@example.com" });
  told.updated = await client.contacts.updateContact(it, { city: "Portland", companyName: "Harbor" });
  told.upserted = await client.contacts.upsertContact({ locationId, email: "rosan@example.com", lastName: "Deo-Ray" });
  told.tagged = await client.contacts.addTags(it, { tags: ["VIP", "Oak"] });
  told.untagged = await client.contacts.removeTags(it, { tags: ["oak"] });
  told.bulkTagged = await client.contacts.createAssociation(
    { type: "add" }, { contacts: [contactId], tags: ["bulk"], locationId, removeAllTags: false });
  told.followed = await client.contacts.addFollowersContact(it, { followers: [person] });
  told.unfollowed = await client.contacts.removeFollowersContact(it, { followers: [person] });
  told.noted = await client.contacts.createNote(it, { body: "Called back.", userId: person });
  told.renoted = await client.contacts.updateNote({ contactId, id: told.noted.note.id }, { body: "Called again.", userId: person });
  told.notes = await client.contacts.getAllNotes(it);
  told.tasked = await client.contacts.createTask(it, {
    title: "Call", body: "", dueDate: "2030-01-31T10:00:00Z", completed: false, assignedTo: person });
  const task = { contactId, taskId: told.tasked.task.id };
  told.completed = await client.contacts.updateTaskCompleted(task, { completed: true });
  told.tasks = await client.contacts.getAllTasks(it);
  told.taskSearch = await client.locations.taskSearch({ locationId }, { contactId: [contactId], completed: true, limit: 5 });
  told.taskDeleted = await client.contacts.deleteTask(task);
  told.business = await client.businesses.createBusiness({ name: "Harbor", locationId });
  told.linked = await client.contacts.addRemoveContactFromBusiness(
    { locationId, ids: [contactId], businessId: told.business.business.id });
  told.staff = await client.contacts.getContactsByBusinessId({ businessId: told.business.business.id, locationId, limit: "10", skip: "0" });
  return { told, contactId };
}

async function location(client, place, told) {
  const locationId = place;
  told.location = await client.locations.getLocation({ locationId });
  told.locations = await client.locations.searchLocations({ limit: "5" });
  told.zones = await client.locations.getTimezones({ locationId });
  told.field = await client.locations.createCustomField(
    { locationId }, { name: "Wood", dataType: "SINGLE_OPTIONS", options: ["Oak", "Ash"], model: "contact", position: 0 });
  told.fields = await client.locations.getCustomFields({ locationId, model: "contact" });
  told.value = await client.locations.createCustomValue({ locationId }, { name: "Brand", value: "teal" });
  told.values = await client.locations.getCustomValues({ locationId });
  told.tags = await client.locations.getLocationTags({ locationId });
}

async function withToken({ url, token, place, person }) {
  HighLevel.BASE_URL = url;
  const client = new HighLevel({ privateIntegrationToken: token, logLevel: "error" });
  const { told, contactId } = await contacts(client, place, person);
  await location(client, place, told);
  told.answered = await client.contacts.updateContact(
    { contactId }, { customFields: [{ id: told.field.customField.id, field_value: "Ash" }] });
  told.deleted = await client.contacts.deleteContact({ contactId });
  told.gone = await refusal(client.contacts.getContact({ contactId }));
  return told;
}

// An app's own storage holds a token about to expire, then one that the server refuses: both times the client renews it.
// At last it holds a refresh token that is worth nothing, and the client gets a new pair with the agency's token.
async function withOauth({ url, place, oauth }) {
  HighLevel.BASE_URL = url;
  const client = new HighLevel({ clientId: oauth.clientId, clientSecret: oauth.clientSecret, logLevel: "error" });
  const storage = client.getSessionStorage();
  await storage.setSession(place, { ...oauth.session, expires_in: 5 });
  const told = { early: await client.locations.getLocation({ locationId: place }, { preferredTokenType: "location" }) };
  told.second = await storage.getSession(place);
  await storage.setSession(place, { ...told.second, access_token: "long-forgotten", expires_in: 80000 });
  told.late = await client.contacts.getContacts({ locationId: place });
  told.third = await storage.getSession(place);
  await storage.setSession(oauth.agency.companyId, oauth.agency);
  await storage.setSession(place, { ...told.third, refresh_token: "long-forgotten", expires_in: 5 });
  told.last = await client.locations.getLocation({ locationId: place }, { preferredTokenType: "location" });
  told.fourth = await storage.getSession(place);
  return told;
}

async function main() {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  const given = JSON.parse(text);
  process.stdout.write(JSON.stringify(await (given.oauth ? withOauth(given) : withToken(given))));
}

main().then(() => process.exit(0), (error) => {
  console.error(error.message, JSON.stringify(error.response ?? null), error.stack);
  process.exit(1);
});
