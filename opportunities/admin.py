"""Opportunities and pipelines in the operator's admin: to find and to look at, for support."""

from __future__ import annotations

from django.contrib import admin

from journal.operated import Operated
from opportunities.models import Opportunity, Pipeline


@admin.register(Opportunity)
class OpportunityAdmin(Operated):
    list_display = ["name", "location", "pipeline", "stage", "status", "assigned_to", "date_added", "deleted_at"]
    list_select_related = ["location", "pipeline", "stage", "assigned_to"]
    list_filter = ["status"]
    search_fields = ["=id", "=contact__id"]
    search_help_text = "Id of the opportunity or of its contact"


@admin.register(Pipeline)
class PipelineAdmin(Operated):
    list_display = ["name", "location", "date_added", "deleted_at"]
    list_select_related = ["location"]
    search_fields = ["name", "=id"]
