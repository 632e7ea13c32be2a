"""The verbs of endpoints and of the keys that sign."""

from journal.verbs import allow_always, define

allow_always("webhook.switched_off", "webhook.deleted", "signing_key.*")

define("webhook.created", "added the webhook {name}", icon="code", kind="settings")
define("webhook.updated", "changed {fields} of the webhook {name}", icon="code", kind="settings")
define("webhook.deleted", "deleted the webhook {name}", icon="code", kind="settings")
define("webhook.switched_on", "switched on the webhook {name}", icon="code", kind="settings")
define("webhook.switched_off", "switched off the webhook {name}", icon="warning", kind="settings")
define("webhook.replayed", "sent {count} deliveries of the webhook {name} again", icon="code", kind="settings")
define("signing_key.announced", "announced a new key pair for webhooks", icon="key", kind="settings")
