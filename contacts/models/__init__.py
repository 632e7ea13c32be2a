from contacts.models.bulk_action import BulkAction, BulkActionRow
from contacts.models.business import Business, FormerContact
from contacts.models.consent_receipt import ConsentReceipt
from contacts.models.contact import Contact
from contacts.models.document import Document, DocumentVersion
from contacts.models.duplicate import Distinct, DuplicateGroup, DuplicatePair, DuplicateScan
from contacts.models.importing import Import, ImportRow
from contacts.models.merge import FormerId, Merge, MergeMove
from contacts.models.note import Note
from contacts.models.recurring_task import RecurringTask
from contacts.models.scoring import ScoreEvent, ScoreLine, ScoreProfile, ScoreRule
from contacts.models.smart_list import SmartList
from contacts.models.suppression import Suppression
from contacts.models.tag import Tag
from contacts.models.task import Task

__all__ = [
    "BulkAction",
    "BulkActionRow",
    "Business",
    "ConsentReceipt",
    "Contact",
    "FormerContact",
    "Distinct",
    "Document",
    "DocumentVersion",
    "DuplicateGroup",
    "DuplicatePair",
    "DuplicateScan",
    "FormerId",
    "Import",
    "ImportRow",
    "Merge",
    "MergeMove",
    "Note",
    "ScoreEvent",
    "ScoreLine",
    "ScoreProfile",
    "ScoreRule",
    "RecurringTask",
    "SmartList",
    "Suppression",
    "Tag",
    "Task",
]
