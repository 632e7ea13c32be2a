"""The verbs of exports, privacy requests, erasures of people and deletions of accounts. All of them always work."""

from contacts import payloads
from journal.verbs import allow_always, define

allow_always("contact.erased", "location.emptied", "data_export.*", "deletion.*", "privacy_request.*")

define("location.emptied", "deleted the data of {name} for good", icon="trash", kind="account")
define("deletion.started", "began to delete the account", icon="trash", kind="account")
define("data_export.created", "began to export data", icon="download", kind="account")
define("data_export.updated", "changed {fields} of an export", icon="download", kind="account")
define("data_export.deleted", "deleted an export", icon="download", kind="account")
define("data_export.ready", "finished an export of {count} rows", icon="download", kind="account")
define("data_export.failed", "could not finish an export", icon="download", kind="account")
define("data_export.cancelled", "cancelled an export", icon="download", kind="account")
define("data_export.downloaded", "downloaded the export {name}", icon="download", kind="account")
define("data_export.expired", "let the file of an export expire", icon="download", kind="account")
REQUEST = {"icon": "shield", "kind": "account", "personal": ("name", "email", "note", "proof")}
define("privacy_request.created", "received a privacy request", **REQUEST)
define("privacy_request.updated", "changed {fields} of a privacy request", **REQUEST)
define("privacy_request.moved", "marked a privacy request as {state}", **REQUEST)
define("privacy_request.extended", "extended a privacy request until {due}", **REQUEST)
define("privacy_request.deleted", "deleted a privacy request", **REQUEST)
define(
    "contact.erased",
    "erased the person #{number} for good",
    icon="trash",
    kind="change",
    webhook="ContactDelete",
    payloads=payloads.contacts,
)
