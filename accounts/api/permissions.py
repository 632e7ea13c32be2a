"""The contract's own words for what a user may do: 38 switches and 189 scopes, and which of our abilities they move.

What moves nothing yet is kept as it was given and told back; what moves an ability is always told from the membership.
"""

from __future__ import annotations

from typing import Any

from accounts import abilities
from accounts.models import Membership, User

OFF = {
    "campaignsReadOnly", "workflowsReadOnly", "websitesEnabled", "assignedDataOnly", "adwordsReportingEnabled",
    "membershipEnabled",
    "facebookAdsReportingEnabled", "attributionsReportingEnabled", "botService", "settingsEnabled", "refundsEnabled",
    "cancelSubscriptionEnabled", "exportPaymentsEnabled",
}  # fmt: skip
SWITCHES = (
    "campaignsEnabled", "campaignsReadOnly", "contactsEnabled", "workflowsEnabled", "workflowsReadOnly",
    "triggersEnabled",
    "funnelsEnabled", "websitesEnabled", "opportunitiesEnabled", "dashboardStatsEnabled", "bulkRequestsEnabled",
    "appointmentsEnabled", "reviewsEnabled", "onlineListingsEnabled", "phoneCallEnabled", "conversationsEnabled",
    "assignedDataOnly", "adwordsReportingEnabled", "membershipEnabled", "facebookAdsReportingEnabled",
    "attributionsReportingEnabled", "settingsEnabled", "tagsEnabled", "leadValueEnabled", "marketingEnabled",
    "agentReportingEnabled", "botService", "socialPlanner", "bloggingEnabled", "invoiceEnabled",
    "affiliateManagerEnabled",
    "contentAiEnabled", "refundsEnabled", "recordPaymentEnabled", "cancelSubscriptionEnabled", "paymentsEnabled",
    "communitiesEnabled", "exportPaymentsEnabled",
)  # fmt: skip
SWITCH_MOVES = {
    "contactsEnabled": "contacts.readonly",
    "bulkRequestsEnabled": "contacts.bulk",
    "settingsEnabled": "settings.write",
    "tagsEnabled": "locations/tags.write",
}
SCOPE_MOVES = {
    "contacts.write": "contacts.write",
    "contacts/bulkActions.write": "contacts.bulk",
    "locations/tags.write": "locations/tags.write",
    "settings.write": "settings.write",
    "audit-logs.readonly": "audit.readonly",
    "private-integration-location.write": "private_integrations.write",
}

_SHORT = """
campaigns r w|calendars r w|calendars/events w|calendars/groups w|contacts w|contacts/bulkActions w|workflows r w
triggers w|funnels w|forms w|surveys w|quizzes w|websites w|medias r w|opportunities w|opportunities/leadValue r
opportunities/bulkActions w|reporting/phone r|reporting/adwords r|reporting/facebookAds r|reporting/attributions r
reporting/reports r w|reporting/agent r|reporting/stats export|prospecting r w|prospecting/auditReport w
prospecting/reports r|payments w|payments/records w|payments/orders r export import collectPayment
payments/subscriptions r w update export pauseResumeCancel sharePaymentMethod
payments/transactions r export import refund viewReceipts
payments/settings r w configureReceipt configureSubscription
payments/taxesSettings r updateInclusiveExclusive manageRates configureAutomatic
products r w delete duplicate bulkActions|invoices r w|invoices/schedule r w|invoices/template r w
reputation/review w|reputation/listing w|reputation/reviewsAIAgents w|reputation/gbp w|conversations r w
conversations/message r w|contentAI w|dashboard/stats r|locations/tags r w|marketing w|eliza w|settings w
socialplanner/post r w|socialplanner/account r w|socialplanner/category r w|socialplanner/csv r w
socialplanner/group w|socialplanner/hashtag r w|socialplanner/oauth r w|socialplanner/recurring r w
socialplanner/review r w|socialplanner/rss r w|socialplanner/search r|socialplanner/setting r w|socialplanner/stat r
socialplanner/tag r w|socialplanner/filters r|socialplanner/medias r w|socialplanner/watermarks r w
socialplanner/metatag r|socialplanner/facebook r|socialplanner/linkedin r|socialplanner/twitter r
socialplanner/notification r w|socialplanner/snapshot r w|marketing/affiliate w|blogs w|membership w|communities w
gokollab w|certificates r w|adPublishing r w|private-integration-location r w|private-integration-company r w
native-integrations r w|wordpress w read|custom-menu-link w|qrcodes w|users/team-management r w|loginas w
users-sso-login-management r w|sso-config w|snapshots/api r create edit push refresh share delete
internaltools.location-transfer r w|affiliateportal r w|companies w|internaltools.billing r w
internaltools.billing-common r w|voice-ai-agents r w|voice-ai-common r w|voice-ai-agent-goals r w
voice-ai-dashboard r|agency/launchpad r w|launchpad/location r w|text-ai-agents w|text-ai-agent-goals r w
text-ai-agent-training w|text-ai-agents-dashboard r
locations create delete export.list features-limits.manage
locations pause-resume agency-subaccounts.manage billing.manage details.manage
audit-logs r export
"""


def _spelt() -> tuple[str, ...]:
    long = {"r": "readonly", "w": "write"}
    found = []
    for line in _SHORT.replace("\n", "|").split("|"):
        name, *endings = line.split() or [""]
        found += [f"{name}.{long.get(ending, ending)}" for ending in endings]
    return tuple(found)


SCOPES = _spelt()
AGENCY_ONLY = (
    "snapshots/api.",
    "internaltools.",
    "agency/",
    "companies.",
    "locations.",
    "private-integration-company.",
)
NOT_FOR_USERS = (
    "payments/settings.",
    "native-integrations.",
    "users/",
    "users-sso",
    "sso-config.",
    "loginas.",
    *AGENCY_ONLY,
)


def by_role(role: str, is_agency: bool) -> list[str]:
    """The scopes that come with a role when none were named."""
    if is_agency and role == "admin":
        return list(SCOPES)
    withheld = AGENCY_ONLY if role == "admin" else NOT_FOR_USERS
    return [name for name in SCOPES if not name.startswith(withheld) and (role == "admin" or name not in SCOPE_MOVES)]


def shown_scopes(user: User, membership: Membership | None) -> list[str]:
    role = "admin" if user.agency_role == "admin" or (membership and membership.role == "admin") else "user"
    if role == "admin":
        return by_role("admin", user.agency_role == "admin")
    kept = by_role("user", bool(user.agency_role)) if user.scopes is None else user.scopes
    held = membership.abilities if membership else abilities.of_role("user")
    moved = {name for name, ability in SCOPE_MOVES.items() if ability in held}
    return [name for name in SCOPES if name in moved or (name in kept and name not in SCOPE_MOVES)]


def shown_switches(user: User, membership: Membership | None) -> dict[str, bool]:
    is_admin = user.agency_role == "admin" or (membership is not None and membership.role == "admin")
    held = abilities.of_role("admin") if is_admin else membership.abilities if membership else abilities.of_role("user")
    found = {name: bool(user.permissions.get(name, name not in OFF)) for name in SWITCHES}
    found |= {name: ability in held for name, ability in SWITCH_MOVES.items()}
    found["assignedDataOnly"] = bool(membership and membership.only_assigned)
    return found


def wanted(membership: Membership, switches: dict[str, Any], scopes: list[str] | None) -> set[str]:
    """The abilities a user's membership is to have once these switches and scopes are applied; a refusal wins."""
    may = set(membership.abilities)
    if scopes is not None:
        for name, ability in SCOPE_MOVES.items():
            (may.add if name in scopes else may.discard)(ability)
    for name, ability in SWITCH_MOVES.items():
        if switches.get(name) is False:
            may.discard(ability)
        elif switches.get(name) is True and scopes is None:
            may.add(ability)
    if switches.get("contactsEnabled") is False:
        may -= {"contacts.write", "contacts.bulk"}
    return may
