from integrations.models.connection import Connection
from integrations.models.line import Line
from integrations.models.mapping import Mapping
from integrations.models.post import Post
from integrations.models.revocation import Revocation

__all__ = ["Connection", "Line", "Mapping", "Post", "Revocation"]
