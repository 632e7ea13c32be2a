"""The verbs of companies, locations, users and memberships."""

from journal.verbs import define

define("company.created", "opened the company", icon="building", kind="account")
define("company.updated", "changed {fields} of the company", icon="building", kind="account")
define("location.created", "opened the location", icon="building", kind="account", webhook="LocationCreate")
define(
    "location.updated", "changed {fields} of the location", icon="building", kind="account", webhook="LocationUpdate"
)
define("location.deleted", "deleted the location", icon="building", kind="account")
define("user.created", "added the user", icon="user", kind="account", personal=("email", "first_name", "last_name"))
define(
    "user.updated",
    "changed {fields} of the user",
    icon="user",
    kind="account",
    personal=("email", "first_name", "last_name", "phone"),
)
define("user.deleted", "removed the user", icon="user", kind="account")
define("user.signed_in", "signed in", icon="key", kind="account")
define("user.signed_out", "signed out", icon="logout", kind="account")
define("user.sessions_ended", "signed out {count} other browsers", icon="logout", kind="account")
define("user.reset_asked", "was sent a link to set a new password", icon="mail", kind="account")
define("user.locked", "was locked out after {failures} wrong passwords", icon="lock", kind="account")
define("user.unlocked", "lifted the lock of {user}", icon="lock", kind="account")
define("user.password_changed", "changed the password", icon="key", kind="account")
define("user.password_reset", "set a new password", icon="key", kind="account")
define("membership.created", "gave {user} access to the location", icon="user", kind="account")
define("membership.updated", "changed {fields} of {user}'s access", icon="user", kind="account")
define("membership.deleted", "took away {user}'s access to the location", icon="user", kind="account")
define("audit.exported", "exported the audit log", icon="download", kind="account")
