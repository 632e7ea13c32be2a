from domains.models.domain import Domain
from domains.models.past_name import PastName
from domains.models.redirect import Redirect

__all__ = ["Domain", "PastName", "Redirect"]
