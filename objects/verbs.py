"""The verbs of custom fields and custom values."""

from journal.verbs import define

define("custom_field.created", "added the field {name}", icon="sliders", kind="settings")
define("custom_field.updated", "changed {fields} of the field", icon="sliders", kind="settings")
define("custom_field.deleted", "deleted the field {name}", icon="sliders", kind="settings")
define("custom_field.reordered", "changed the order of the custom fields", icon="sliders", kind="settings")
define("field_folder.reordered", "changed the order of the folders", icon="sliders", kind="settings")
define("field_folder.created", "added the folder {name}", icon="sliders", kind="settings")
define("field_folder.updated", "changed {fields} of the folder", icon="sliders", kind="settings")
define("field_folder.deleted", "deleted the folder {name}", icon="sliders", kind="settings")
define("custom_value.created", "added the custom value {name}", icon="code", kind="settings")
define("custom_value.updated", "changed {fields} of the custom value", icon="code", kind="settings")
define("custom_value.deleted", "deleted the custom value {name}", icon="code", kind="settings")
