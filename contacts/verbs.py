"""The verbs of contacts and of what hangs on them."""

from contacts import payloads
from journal.verbs import allow_always, define

CAUSES = {"ContactTagUpdate": ("tags",), "ContactDndUpdate": ("dnd", "dnd_settings")}  # when such a field changed
PERSONAL = ("first_name", "last_name", "email", "more_emails", "phone", "more_phones", "address", "date_of_birth")

allow_always("contact.viewed", "document.viewed")

define(
    "contact.created",
    "added the contact",
    icon="plus",
    kind="change",
    webhook="ContactCreate",
    payloads=payloads.contacts,
    trigger="Contact created",
    personal=PERSONAL,
)
define(
    "contact.updated",
    "changed {fields}",
    icon="pencil",
    kind="change",
    webhook="ContactUpdate",
    also=CAUSES,
    payloads=payloads.contacts_with_dnd,
    trigger="Contact changed",
    personal=PERSONAL,
)
define(
    "contact.assigned",
    "changed the owner",
    icon="user",
    kind="change",
    webhook="ContactUpdate",
    payloads=payloads.contacts,
)
define(
    "contact.tagged",
    "added the tag {added}",
    icon="tag",
    kind="tag",
    webhook="ContactTagUpdate",
    also={"ContactUpdate": ()},
    payloads=payloads.contacts,
    trigger="Tag added",
)
define(
    "contact.untagged",
    "removed the tag {removed}",
    icon="tag",
    kind="tag",
    webhook="ContactTagUpdate",
    also={"ContactUpdate": ()},
    payloads=payloads.contacts,
    trigger="Tag removed",
)
define(
    "contact.followed",
    "added a follower",
    icon="eye",
    kind="change",
    webhook="ContactFollowerUpdate",
    payloads=payloads.contacts_with_followers,
)
define(
    "contact.unfollowed",
    "removed a follower",
    icon="eye",
    kind="change",
    webhook="ContactFollowerUpdate",
    payloads=payloads.contacts_with_followers,
)
define(
    "contact.dnd_changed",
    "changed do not disturb",
    icon="bell-off",
    kind="consent",
    webhook="ContactDndUpdate",
    also={"ContactUpdate": ()},
    payloads=payloads.contacts_with_dnd,
    trigger="DND changed",
)
define(
    "contact.score_changed",
    "had the score changed from {from} to {to}",
    icon="chart",
    kind="score",
    webhook="ContactScoreUpdate",
    payloads=payloads.contacts,
    trigger="Score changed",
)
define("contact.attributed", "came back through a tracked interaction", icon="globe", kind="change")
define("contact.attribution_reset", "reset the attribution", icon="refresh", kind="change")
define("score_profile.created", "set up the score {name}", icon="chart", kind="settings")
define("score_profile.updated", "changed {fields} of a score", icon="chart", kind="settings")
define("score_profile.published", "published the score {name}", icon="chart", kind="settings")
define("score_profile.withdrawn", "took the score {name} back to a draft", icon="chart", kind="settings")
define("score_profile.recalculated", "started counting the score {name} anew", icon="refresh", kind="settings")
define("score_rule.created", "added the scoring rule {name}", icon="chart", kind="settings")
define("score_rule.updated", "changed {fields} of a scoring rule", icon="chart", kind="settings")
define("score_rule.deleted", "deleted the scoring rule {name}", icon="chart", kind="settings")
define("contact.field_restored", "brought back {field} as it was on {was_at}", icon="restore", kind="change")
define("contact.pictured", "changed the picture", icon="image", kind="change")
define(
    "contact.deleted",
    "moved the contact to the trash",
    icon="trash",
    kind="change",
    webhook="ContactDelete",
    payloads=payloads.contacts,
)
define(
    "contact.restored",
    "restored the contact",
    icon="restore",
    kind="change",
    webhook="ContactCreate",
    also={"ContactRestore": ()},
    payloads=payloads.contacts,
)
define("contact.access_requested", "asked to see the contact", icon="eye", kind="change")
define("contact.purged", "deleted the contact for good", icon="trash", kind="change")
define(
    "contact.import_undone",
    "took back what an import had changed",
    icon="undo",
    kind="change",
    webhook="ContactUpdate",
    also=CAUSES,
    payloads=payloads.contacts_with_dnd,
)
define(
    "contact.merged",
    "merged {names} into this contact",
    icon="merge",
    kind="change",
    webhook="ContactUpdate",
    also={**CAUSES, "ContactMerge": ()},
    payloads=payloads.merged_contacts,
    trigger="Contact merged",
    personal=(*PERSONAL, "names"),
)
define(
    "contact.merged_away", "merged {name} into {into}", icon="merge", kind="change", webhook="ContactDelete",
    payloads=payloads.contacts, personal=("name", "into"),
)  # fmt: skip
define(
    "contact.merge_undone",
    "took {names} out again",
    icon="undo",
    kind="change",
    webhook="ContactUpdate",
    also=CAUSES,
    payloads=payloads.contacts_with_dnd,
    personal=(*PERSONAL, "names"),
)
define(
    "contact.unmerged", "took {name} out of {from} again", icon="undo", kind="change", webhook="ContactCreate",
    also={"ContactRestore": ()}, payloads=payloads.contacts, personal=("name", "from"),
)  # fmt: skip
define("merge.created", "merged {number} contacts into {name}", icon="merge", kind="job", personal=("name",))
define("duplicate_scan.created", "started looking for duplicates", icon="search", kind="job")
define("duplicate_scan.cancelled", "stopped looking for duplicates", icon="x", kind="job")
define("duplicate_scan.completed", "looked for duplicates", icon="search", kind="job")
define("distinct_pair.created", "said that two contacts are different people", icon="people", kind="change")
define("distinct_pair.deleted", "took back that two contacts are different people", icon="undo", kind="change")
define("business.created", "added the company {name}", icon="building")
define("business.updated", "changed {fields} of the company", icon="building")
define("business.deleted", "moved the company {name} to the trash", icon="building")
define("business.restored", "restored the company {name}", icon="building")
define("business.purged", "deleted a company for good", icon="building")
define("tag.created", "created the tag {name}", icon="tag", kind="settings")
define("tag.updated", "renamed a tag", icon="tag", kind="settings")
define("tag.merged", "merged the tag {name} into {into}", icon="merge", kind="settings")
define("tag.deleted", "deleted the tag {name}", icon="tag", kind="settings")
define(
    "note.created",
    "wrote a note",
    icon="note",
    kind="note",
    webhook="NoteCreate",
    payloads=payloads.notes,
    personal=("title", "body"),
)
define(
    "note.updated",
    "changed a note",
    icon="note",
    kind="note",
    webhook="NoteUpdate",
    payloads=payloads.notes,
    personal=("title", "body"),
)
define("note.mentioned", "mentioned {users} in a note", icon="note", kind="note", trigger="Mentioned in a note")
define(
    "note.deleted",
    "deleted a note",
    icon="note",
    kind="note",
    webhook="NoteDelete",
    payloads=payloads.notes,
    personal=("name", "body"),
)
define(
    "task.created",
    "added the task {title}",
    icon="check-circle",
    kind="task",
    webhook="TaskCreate",
    payloads=payloads.tasks,
    trigger="Task added",
)
define("task.updated", "changed {fields} of a task", icon="check-circle", kind="task")
define(
    "task.completed",
    "completed the task {title}",
    icon="check-circle",
    kind="task",
    webhook="TaskComplete",
    payloads=payloads.tasks,
    trigger="Task completed",
)
define("task.reopened", "reopened the task {title}", icon="check-circle", kind="task")
define(
    "task.deleted",
    "deleted the task {title}",
    icon="check-circle",
    kind="task",
    webhook="TaskDelete",
    payloads=payloads.tasks,
)
define("task.due", "let the task {title} become due", icon="clock", kind="task", trigger="Task reminder")
define("recurring_task.created", "made the task {title} repeat", icon="refresh", kind="task")
define("recurring_task.updated", "changed {fields} of a repeating task", icon="refresh", kind="task")
define("recurring_task.deleted", "stopped repeating the task {title}", icon="refresh", kind="task")
define("document.added", "added the document {name}", icon="paperclip", kind="document", personal=("name",))
define("document.renamed", "renamed or moved a document", icon="pencil", kind="document", personal=("name",))
define("document.versioned", "changed the version of {name}", icon="history", kind="document", personal=("name",))
define("document.deleted", "deleted the document {name}", icon="trash", kind="document", personal=("name",))
define("document.restored", "restored the document {name}", icon="restore", kind="document", personal=("name",))
define("document.downloaded", "downloaded the document {name}", icon="download", kind="document", personal=("name",))
define("contact.viewed", "opened the contact", icon="eye", kind="account")
define("document.viewed", "opened a document", icon="eye", kind="account")
define("document.purged", "deleted a document for good", icon="trash", kind="document")
define("smart_list.created", "saved the list {name}", icon="list", kind="settings")
define("smart_list.updated", "changed {fields} of the list", icon="list", kind="settings")
define("smart_list.deleted", "deleted the list {name}", icon="list", kind="settings")
define("bulk_action.created", "started {name}", icon="bolt", kind="job")
define("bulk_action.cancelled", "cancelled {name}", icon="x", kind="job")
define("bulk_action.updated", "changed the schedule of {name}", icon="clock", kind="job")
define("bulk_action.paused", "paused {name}", icon="pause", kind="job")
define("bulk_action.resumed", "resumed {name}", icon="play", kind="job")
define("bulk_action.retried", "tried {name} again", icon="refresh", kind="job")
define("bulk_action.completed", "finished {name}", icon="check-circle", kind="job")
define("bulk_action.failed", "could not finish {name}", icon="warning", kind="job")
define("bulk_action.downloaded", "downloaded {name}", icon="download", kind="job")
define("import.created", "uploaded {name}", icon="upload", kind="job")
define("import.updated", "changed {fields} of an import", icon="upload", kind="job")
define("import.started", "started the import {name}", icon="upload", kind="job")
define(
    "import.completed",
    "imported {name}",
    icon="upload",
    kind="job",
    webhook="ImportComplete",
    payload=payloads.imported,
)
define("import.undone", "took back the import {name}", icon="undo", kind="job")
define("import.deleted", "discarded the import {name}", icon="trash", kind="job")
