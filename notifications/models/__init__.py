from notifications.models.notification import Notification
from notifications.models.preference import Preference

__all__ = ["Notification", "Preference"]
