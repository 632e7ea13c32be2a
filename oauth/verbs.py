"""The verbs of apps, installs and private integrations."""

from journal.verbs import allow_always, define
from oauth import payloads

allow_always("app.uninstalled", "private_integration.revoked")

define("app.created", "registered the app {name}", icon="code", kind="settings")
define("app.updated", "changed {fields} of the app", icon="code", kind="settings")
define(
    "app.installed",
    "installed the app {app}",
    icon="plus",
    kind="settings",
    webhook="INSTALL",
    payload=payloads.install,
)
define(
    "app.uninstalled",
    "removed the app {app}",
    icon="trash",
    kind="settings",
    webhook="UNINSTALL",
    payload=payloads.uninstall,
)
define("private_integration.created", "created the private integration {name}", icon="key", kind="settings")
define("private_integration.updated", "changed {fields} of a private integration", icon="key", kind="settings")
define("private_integration.rotated", "gave the private integration {name} a new token", icon="key", kind="settings")
define("private_integration.revoked", "revoked the private integration {name}", icon="trash", kind="settings")
