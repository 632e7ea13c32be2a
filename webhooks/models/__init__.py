from webhooks.models.delivery import Delivery, Line
from webhooks.models.endpoint import Endpoint
from webhooks.models.hour import Hour
from webhooks.models.signing_key import SigningKey

__all__ = ["Delivery", "Endpoint", "Hour", "Line", "SigningKey"]
