"""Custom fields in the operator's admin, to look at."""

from __future__ import annotations

from django.contrib import admin

from journal.operated import Operated
from objects.models import CustomField


@admin.register(CustomField)
class CustomFieldAdmin(Operated):
    list_display = ["name", "key", "type", "model", "location", "date_added"]
    list_select_related = ["location"]
    list_filter = ["type", "model"]
    search_fields = ["name", "key", "=id"]
