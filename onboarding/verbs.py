"""The verbs of signing up."""

from journal.verbs import allow_always, define

define("acceptance.created", "accepted {document}, version {version}", icon="check", kind="account")
allow_always("acceptance.*")
