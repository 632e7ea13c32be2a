"""The verbs of contacts and of what hangs on them."""

from journal.verbs import define

PERSONAL = ("first_name", "last_name", "email", "more_emails", "phone", "more_phones", "address", "date_of_birth")

define(
    "contact.created",
    "added the contact",
    icon="plus",
    kind="change",
    webhook="ContactCreate",
    trigger="Contact created",
    personal=PERSONAL,
)
define(
    "contact.updated",
    "changed {fields}",
    icon="pencil",
    kind="change",
    webhook="ContactUpdate",
    trigger="Contact changed",
    personal=PERSONAL,
)
define("contact.assigned", "changed the owner", icon="user", kind="change", webhook="ContactUpdate")
define(
    "contact.tagged", "added the tag {added}", icon="tag", kind="tag", webhook="ContactTagUpdate", trigger="Tag added"
)
define(
    "contact.untagged",
    "removed the tag {removed}",
    icon="tag",
    kind="tag",
    webhook="ContactTagUpdate",
    trigger="Tag removed",
)
define("contact.followed", "added a follower", icon="eye", kind="change")
define("contact.unfollowed", "removed a follower", icon="eye", kind="change")
define(
    "contact.dnd_changed",
    "changed do not disturb",
    icon="bell-off",
    kind="consent",
    webhook="ContactDndUpdate",
    trigger="DND changed",
)
define("contact.pictured", "changed the picture", icon="image", kind="change")
define("contact.deleted", "moved the contact to the trash", icon="trash", kind="change", webhook="ContactDelete")
define("contact.restored", "restored the contact", icon="restore", kind="change")
define("contact.purged", "deleted the contact for good", icon="trash", kind="change")
define("contact.import_undone", "took back what an import had changed", icon="undo", kind="change")
define("business.created", "added the company {name}", icon="building")
define("business.updated", "changed {fields} of the company", icon="building")
define("business.deleted", "deleted the company {name}", icon="building")
define("tag.created", "created the tag {name}", icon="tag", kind="settings")
define("tag.updated", "renamed a tag", icon="tag", kind="settings")
define("tag.merged", "merged the tag {name} into {into}", icon="merge", kind="settings")
define("tag.deleted", "deleted the tag {name}", icon="tag", kind="settings")
define("note.created", "wrote a note", icon="note", kind="note", webhook="NoteCreate", personal=("title", "body"))
define("note.updated", "changed a note", icon="note", kind="note", webhook="NoteUpdate", personal=("title", "body"))
define("note.deleted", "deleted a note", icon="note", kind="note", webhook="NoteDelete")
define(
    "task.created",
    "added the task {title}",
    icon="check-circle",
    kind="task",
    webhook="TaskCreate",
    trigger="Task added",
)
define("task.updated", "changed {fields} of a task", icon="check-circle", kind="task")
define(
    "task.completed",
    "completed the task {title}",
    icon="check-circle",
    kind="task",
    webhook="TaskComplete",
    trigger="Task completed",
)
define("task.reopened", "reopened the task {title}", icon="check-circle", kind="task")
define("task.deleted", "deleted the task {title}", icon="check-circle", kind="task", webhook="TaskDelete")
define("smart_list.created", "saved the list {name}", icon="list", kind="settings")
define("smart_list.updated", "changed {fields} of the list", icon="list", kind="settings")
define("smart_list.deleted", "deleted the list {name}", icon="list", kind="settings")
define("bulk_action.created", "started {name}", icon="bolt", kind="job")
define("bulk_action.cancelled", "cancelled {name}", icon="x", kind="job")
define("bulk_action.downloaded", "downloaded {name}", icon="download", kind="job")
define("import.created", "uploaded {name}", icon="upload", kind="job")
define("import.updated", "changed {fields} of an import", icon="upload", kind="job")
define("import.started", "started the import {name}", icon="upload", kind="job")
define("import.completed", "imported {name}", icon="upload", kind="job")
define("import.undone", "took back the import {name}", icon="undo", kind="job")
define("import.deleted", "discarded the import {name}", icon="trash", kind="job")
