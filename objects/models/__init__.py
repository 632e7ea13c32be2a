from objects.models.association import Association, Relation
from objects.models.custom_field import CustomField, FieldFolder
from objects.models.custom_value import CustomValue, ValueFolder
from objects.models.object_schema import ObjectSchema
from objects.models.record import Record
from objects.models.shelved_value import ShelvedValue

__all__ = [
    "Association",
    "CustomField",
    "CustomValue",
    "FieldFolder",
    "ObjectSchema",
    "Record",
    "Relation",
    "ShelvedValue",
    "ValueFolder",
]
