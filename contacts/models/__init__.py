from contacts.models.bulk_action import BulkAction, BulkActionRow
from contacts.models.business import Business
from contacts.models.contact import Contact
from contacts.models.importing import Import, ImportRow
from contacts.models.note import Note
from contacts.models.smart_list import SmartList
from contacts.models.tag import Tag
from contacts.models.task import Task

__all__ = [
    "BulkAction",
    "BulkActionRow",
    "Business",
    "Contact",
    "Import",
    "ImportRow",
    "Note",
    "SmartList",
    "Tag",
    "Task",
]
