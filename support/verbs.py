"""The verbs of tickets, holds and HIPAA mode. Nearly all work while an account is read-only or on hold."""

from journal.verbs import allow_always, define

allow_always("ticket.*", "hold.*", "agreement.*", "company.hipaa_ending", "company.hipaa_provider_stopped")

TICKET = {"icon": "help", "kind": "account", "personal": ("subject", "answers", "requester_name")}
define("ticket.created", "opened the ticket “{subject}”", **TICKET)
define("ticket.updated", "changed {fields} of a ticket", **TICKET)
define("ticket.deleted", "deleted a ticket", **TICKET)
define("ticket.replied", "replied on the ticket “{subject}”", **TICKET)
define("ticket.reopened", "opened the ticket “{subject}” again", **TICKET)
define("ticket.answered", "answered the ticket “{subject}”", **TICKET)
define("ticket.solved", "marked the ticket “{subject}” as solved", **TICKET)
define("ticket.closed", "closed the ticket “{subject}”", **TICKET)
define("ticket.late", "did not get a first reply in time on “{subject}”", **TICKET)
define("ticket.access_withdrawn", "withdrew support's access for “{subject}”", **TICKET)

HOLD = {"icon": "lock", "kind": "account"}
define("hold.created", "put a hold on the account ({kind})", **HOLD)
define("hold.updated", "changed {fields} of a hold", **HOLD)
define("hold.deleted", "deleted a hold", **HOLD)
define("hold.lifted", "lifted a hold", **HOLD)
define("hold.export_allowed", "let the account on hold export its data", **HOLD)
define("hold.export_stopped", "stopped the export of the account on hold", **HOLD)

HIPAA = {"icon": "shield", "kind": "account"}
define("agreement.created", "filed the business associate agreement of {signed}", **HIPAA)
define("agreement.updated", "changed {fields} of the business associate agreement", **HIPAA)
define("agreement.deleted", "deleted the business associate agreement", **HIPAA)
define("company.hipaa_on", "switched HIPAA mode on", **HIPAA)
define("company.hipaa_ending", "ends HIPAA mode on {ends}: {reason}", **HIPAA)
define("company.hipaa_provider_acknowledged", "lets data go to {name} in HIPAA mode", **HIPAA)
define("company.hipaa_provider_stopped", "lets no more data go to {name} in HIPAA mode", **HIPAA)
