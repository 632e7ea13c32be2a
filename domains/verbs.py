"""The verbs of domains. What the clock finds out is told while an account is read-only too; so is taking a name away."""

from journal.verbs import allow_always, define

allow_always(
    "domain.verified",
    "domain.activated",
    "domain.failed",
    "domain.broken",
    "domain.mended",
    "domain.deleted",
    "redirect.deleted",
)

SETTINGS = {"icon": "globe", "kind": "settings"}

define("domain.created", "added the domain {name}", **SETTINGS)
define("domain.updated", "changed {fields} of the domain {name}", **SETTINGS)
define("domain.deleted", "removed the domain {name}", **SETTINGS)
define("domain.verified", "found the DNS records of {name} to be right", **SETTINGS)
define("domain.activated", "got a certificate for {name}: the domain is active", **SETTINGS)
define("domain.failed", "gave up on the domain {name}: {reason}", icon="warning", kind="settings")
define("domain.broken", "found the domain {name} broken: {reason}", icon="warning", kind="settings")
define("domain.mended", "found the domain {name} working again", **SETTINGS)
define("domain.tried_again", "tried the domain {name} again", **SETTINGS)
define("redirect.created", "added the redirect of {path} at {name}", **SETTINGS)
define("redirect.updated", "changed {fields} of the redirect of {path} at {name}", **SETTINGS)
define("redirect.deleted", "deleted the redirect of {path} at {name}", **SETTINGS)
