from accounts.models.company import Company
from accounts.models.invitation import Invitation
from accounts.models.known_browser import KnownBrowser
from accounts.models.location import Location
from accounts.models.membership import Membership
from accounts.models.passkey import Passkey
from accounts.models.past_password import PastPassword
from accounts.models.role import Role
from accounts.models.second_factor import Authenticator, BackupCode
from accounts.models.session import Session
from accounts.models.single_sign_on import SignOnAttempt, SingleSignOn
from accounts.models.team import Team
from accounts.models.user import User

__all__ = [
    "Authenticator",
    "BackupCode",
    "Company",
    "Invitation",
    "KnownBrowser",
    "Location",
    "Membership",
    "Passkey",
    "PastPassword",
    "Role",
    "Session",
    "SignOnAttempt",
    "SingleSignOn",
    "Team",
    "User",
]
