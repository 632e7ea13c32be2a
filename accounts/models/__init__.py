from accounts.models.company import Company
from accounts.models.location import Location
from accounts.models.membership import Membership
from accounts.models.session import Session
from accounts.models.user import User

__all__ = ["Company", "Location", "Membership", "Session", "User"]
