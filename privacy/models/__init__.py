from privacy.models.data_export import DataExport
from privacy.models.deletion import Deletion
from privacy.models.erasure import Erasure
from privacy.models.privacy_request import PrivacyRequest

__all__ = ["DataExport", "Deletion", "Erasure", "PrivacyRequest"]
