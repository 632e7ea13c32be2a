"""The verbs of custom fields, custom values, custom objects and associations."""

from journal.verbs import define
from objects import payloads
from objects import payloads_associations as linked

define("custom_field.created", "added the field {name}", icon="sliders", kind="settings")
define("custom_field.updated", "changed {fields} of the field", icon="sliders", kind="settings")
define("custom_field.deleted", "deleted the field {name}", icon="sliders", kind="settings")
define("custom_field.restored", "restored the field {name}", icon="restore", kind="settings")
define("custom_field.purged", "deleted the field {name} for good", icon="trash", kind="settings")
define("custom_field.reordered", "changed the order of the custom fields", icon="sliders", kind="settings")
define("field_folder.reordered", "changed the order of the folders", icon="sliders", kind="settings")
define("field_folder.created", "added the folder {name}", icon="sliders", kind="settings")
define("field_folder.updated", "changed {fields} of the folder", icon="sliders", kind="settings")
define("field_folder.deleted", "deleted the folder {name}", icon="sliders", kind="settings")
define("custom_value.created", "added the custom value {name}", icon="code", kind="settings")
define("custom_value.updated", "changed {fields} of the custom value", icon="code", kind="settings")
define("custom_value.deleted", "deleted the custom value {name}", icon="code", kind="settings")
define("value_folder.created", "added the folder {name}", icon="code", kind="settings")
define("value_folder.updated", "changed {fields} of the folder", icon="code", kind="settings")
define("value_folder.deleted", "deleted the folder {name}", icon="code", kind="settings")
define(
    "object_schema.created",
    "added the object {plural}",
    icon="database",
    kind="settings",
)
define(
    "object_schema.named",
    "lets {field} name the records",
    icon="database",
    kind="settings",
    webhook="ObjectSchemaCreate",
    payload=payloads.schema,
)
define(
    "object_schema.updated",
    "changed {fields} of the object {name}",
    icon="database",
    kind="settings",
    webhook="ObjectSchemaUpdate",
    payload=payloads.schema,
)
define("object_schema.deleted", "moved the object {name} to the trash", icon="trash", kind="settings")
define("object_schema.restored", "restored the object {name}", icon="restore", kind="settings")
define("object_schema.purged", "deleted the object {name} for good", icon="trash", kind="settings")
define(
    "record.created",
    "added the record",
    icon="plus",
    webhook="RecordCreate",
    payload=payloads.record,
    trigger="Record created",
)
define(
    "record.updated",
    "changed {fields}",
    icon="pencil",
    webhook="RecordUpdate",
    payload=payloads.record,
    trigger="Record changed",
)
define("record.assigned", "changed the owner", icon="user", webhook="RecordUpdate", payload=payloads.record)
define("record.followed", "added a follower", icon="eye", webhook="RecordUpdate", payload=payloads.record)
define("record.unfollowed", "removed a follower", icon="eye", webhook="RecordUpdate", payload=payloads.record)
define(
    "record.deleted",
    "moved the record to the trash",
    icon="trash",
    webhook="RecordDelete",
    payload=payloads.record,
    trigger="Record deleted",
)
define("record.restored", "restored the record", icon="restore", webhook="RecordCreate", payload=payloads.record)
define("record.purged", "deleted the record for good", icon="trash")
define(
    "association.created",
    "added the association {name}",
    icon="link",
    kind="settings",
    webhook="AssociationCreate",
    payload=linked.association,
)
define(
    "association.updated",
    "changed {fields} of the association {name}",
    icon="link",
    kind="settings",
    webhook="AssociationUpdate",
    payload=linked.association,
)
define(
    "association.deleted",
    "deleted the association {name}",
    icon="link",
    kind="settings",
    webhook="AssociationDelete",
    payload=linked.association,
)
define(
    "relation.created",
    "added the association {label}",
    icon="link",
    kind="association",
    webhook="RelationCreate",
    payload=linked.relation,
)
define(
    "relation.deleted",
    "removed the association {label}",
    icon="link",
    kind="association",
    webhook="RelationDelete",
    payload=linked.relation,
)
define(
    "relation.created_beside", "added the association {label}", icon="link", kind="association"
)  # to the other one of two contacts
define("relation.deleted_beside", "removed the association {label}", icon="link", kind="association")
define("relation.moved", "took over the association {label} in a merge", icon="link", kind="association")
define("relation.moved_back", "gave back the association {label} after a merge", icon="link", kind="association")
