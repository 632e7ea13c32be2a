from support.models.agreement import Agreement
from support.models.hold import Hold
from support.models.reply import Attachment, Reply
from support.models.ticket import Ticket

__all__ = ["Agreement", "Attachment", "Hold", "Reply", "Ticket"]
