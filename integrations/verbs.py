"""The verbs of connections and of what is told to them."""

from journal.verbs import allow_always, define

allow_always("integration.disconnected", "integration.troubled", "integration.abandoned")

SETTING = {"icon": "puzzle", "kind": "settings"}

define("integration.begun", "began to connect {name}", **SETTING)
define("integration.connected", "connected {name} ({account})", **SETTING)
define("integration.abandoned", "did not finish connecting {name}", **SETTING)
define("integration.troubled", "found that {name} needs attention: {why}", icon="warning", kind="settings")
define("integration.mended", "put {name} right", **SETTING)
define("integration.disconnected", "disconnected {name} ({account})", **SETTING)
define("integration_mapping.created", "set up the message {name} to #{channel}", **SETTING)
define("integration_mapping.updated", "changed {fields} of the message {name}", **SETTING)
