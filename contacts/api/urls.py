"""The paths of this app's nouns."""

from api.routes import route
from contacts.api import businesses, contacts, followers, notes, recurring_tasks, search, tags, tasks, uploads

routes = [
    route("contacts", contacts.Contacts, GET="get-contacts", POST="create-contact"),
    route("contacts/search", search.Search, POST="search-contacts-advanced"),
    route("contacts/search/duplicate", contacts.DuplicateSearch, GET="get-duplicate-contact"),
    route("contacts/upsert", contacts.Upsert, POST="upsert-contact"),
    route("contacts/business/<id:business>", contacts.BusinessContacts, GET="get-contacts-by-businessId"),
    route("contacts/bulk/business", businesses.BulkBusiness, POST="add-remove-contact-from-business"),
    route("contacts/bulk/tags/update/<key:type>", tags.BulkTags, POST="create-association"),
    route(
        "contacts/<id:contact>", contacts.OneContact, GET="get-contact", PUT="update-contact", DELETE="delete-contact"
    ),
    route("contacts/<id:contact>/tags", tags.ContactTags, POST="add-tags", DELETE="remove-tags"),
    route(
        "contacts/<id:contact>/followers",
        followers.ContactFollowers,
        POST="add-followers-contact",
        DELETE="remove-followers-contact",
    ),
    route("contacts/<id:contact>/notes", notes.ContactNotes, GET="get-all-notes", POST="create-note"),
    route(
        "contacts/<id:contact>/notes/<id:note>",
        notes.ContactNote,
        GET="get-note",
        PUT="update-note",
        DELETE="delete-note",
    ),
    route("contacts/<id:contact>/tasks", tasks.ContactTasks, GET="get-all-tasks", POST="create-task"),
    route(
        "contacts/<id:contact>/tasks/<id:task>",
        tasks.ContactTask,
        GET="get-task",
        PUT="update-task",
        DELETE="delete-task",
    ),
    route("contacts/<id:contact>/tasks/<id:task>/completed", tasks.TaskCompleted, PUT="update-task-completed"),
    route("businesses", businesses.Businesses, GET="get-businesses-by-location", POST="create-business"),
    route(
        "businesses/<id:business>",
        businesses.OneBusiness,
        GET="get-business",
        PUT="update-business",
        DELETE="delete-Business",
    ),
    route("locations/<id:location>/tags", tags.LocationTags, GET="get-location-tags", POST="create-tag"),
    route(
        "locations/<id:location>/tags/<id:tag>",
        tags.LocationTag,
        GET="get-tag-by-id",
        PUT="update-tag",
        DELETE="delete-tag",
    ),
    route("locations/<id:location>/customFields/upload", uploads.CustomFieldUpload, POST="upload-file-customFields"),
    route("locations/<id:location>/tasks/search", tasks.TaskSearch, POST="task-search"),
    route("locations/<id:location>/recurring-tasks", recurring_tasks.RecurringTasks, POST="create-recurring-task"),
    route(
        "locations/<id:location>/recurring-tasks/<id:recurring_task>",
        recurring_tasks.OneRecurringTask,
        GET="get-recurring-task-by-id",
        PUT="update-recurring-task",
        DELETE="delete-recurring-task",
    ),
]
