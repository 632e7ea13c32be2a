"""The verbs of companies, locations, users and memberships."""

from accounts import payloads
from journal.verbs import allow_always, define

allow_always("user.*", "membership.disabled", "membership.deleted", "invitation.revoked")
allow_always("company.access_changed", "company.security_changed", "single_sign_on.*", "audit.exported")

define("company.created", "opened the company", icon="building", kind="account")
define("company.updated", "changed {fields} of the company", icon="building", kind="account")
define("company.access_changed", "changed {fields} of the company", icon="building", kind="account")
define("company.security_changed", "changed {fields} of the company", icon="shield", kind="account")
define("company.owner_changed", "made {name} the owner of the account", icon="key", kind="account")
define(
    "location.created",
    "opened the location",
    icon="building",
    kind="account",
    webhook="LocationCreate",
    payload=payloads.location,
)
define(
    "location.updated",
    "changed {fields} of the location",
    icon="building",
    kind="account",
    webhook="LocationUpdate",
    payload=payloads.location,
)
define("location.suspended", "suspended the location", icon="lock", kind="account")
define("location.reactivated", "opened the location again", icon="building", kind="account")
define("location.restored", "brought the deleted location back", icon="undo", kind="account")
define("location.deleted", "deleted the location", icon="building", kind="account")
define(
    "user.created",
    "added the user",
    icon="user",
    kind="account",
    webhook="UserCreate",
    payload=payloads.user,
    personal=("email", "first_name", "last_name"),
)
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
define("user.confirmed", "confirmed the e-mail address", icon="mail", kind="account")
define("user.reset_asked", "was sent a link to set a new password", icon="mail", kind="account")
define("user.locked", "was locked out after {failures} wrong {what}", icon="lock", kind="account")
define("user.sign_in_failed", "typed a wrong password", icon="lock", kind="account")
define("user.code_refused", "typed a wrong code of the second step", icon="lock", kind="account")
define("user.new_browser", "signed in from a new browser", icon="monitor", kind="account")
define("user.browser_trusted", "asked to be remembered in a browser for 30 days", icon="monitor", kind="account")
define("user.browsers_forgotten", "took back the trust of {count} browsers", icon="monitor", kind="account")
define("user.authenticator_added", "set up an authenticator app", icon="shield", kind="account")
define("user.passkey_added", "added the passkey {name}", icon="key", kind="account")
define("user.passkey_renamed", "renamed the passkey {name}", icon="key", kind="account")
define("user.passkey_removed", "removed the passkey {name}", icon="key", kind="account")
define("user.backup_codes_made", "made {count} new backup codes", icon="key", kind="account")
define("user.backup_code_used", "used a backup code; {left} are left", icon="key", kind="account")
define("user.second_step_off", "switched two-step sign-in off", icon="shield", kind="account")
define("user.second_step_reset", "took the second step of {user} away", icon="shield", kind="account")
define("user.second_step_due", "was signed out to set up two-step sign-in", icon="shield", kind="account")
define("user.unlocked", "lifted the lock of {user}", icon="lock", kind="account")
define("user.password_changed", "changed the password", icon="key", kind="account")
define("user.password_reset", "set a new password", icon="key", kind="account")
define("single_sign_on.created", "set up single sign-on", icon="key", kind="account")
define("single_sign_on.updated", "changed {fields} of single sign-on", icon="key", kind="account")
define("single_sign_on.deleted", "removed the set-up of single sign-on", icon="key", kind="account")
define("single_sign_on.refused", "refused an answer of the identity provider: {reason}", icon="lock", kind="account")
define("membership.created", "gave {user} access to the location", icon="user", kind="account")
define("membership.updated", "changed {fields} of {user}'s access", icon="user", kind="account")
define("membership.deleted", "took away {user}'s access to the location", icon="user", kind="account")
define("membership.disabled", "switched {user}'s access to the location off", icon="lock", kind="account")
define("membership.enabled", "switched {user}'s access to the location on again", icon="user", kind="account")
define(
    "invitation.created", "invited {email}", icon="mail", kind="account", personal=("email", "first_name", "last_name")
)
define("invitation.updated", "changed {fields} of the invitation to {email}", icon="mail", kind="account")
define("invitation.sent", "sent the invitation to {email} again", icon="mail", kind="account")
define("invitation.revoked", "took the invitation to {email} back", icon="mail", kind="account")
define("invitation.accepted", "accepted the invitation to {email}", icon="user", kind="account")
define("role.created", "added the role {role}", icon="shield", kind="account")
define("role.updated", "changed {fields} of the role {role}", icon="shield", kind="account")
define("role.deleted", "deleted the role {role}", icon="shield", kind="account")
define("audit.exported", "exported the audit log", icon="download", kind="account")
define("team.created", "added the team {name}", icon="people", kind="account")
define("team.updated", "changed {fields} of the team", icon="people", kind="account")
define("team.deleted", "deleted the team {name}", icon="people", kind="account")
