from objects.models.custom_field import CustomField, FieldFolder
from objects.models.custom_value import CustomValue

__all__ = ["CustomField", "CustomValue", "FieldFolder"]
