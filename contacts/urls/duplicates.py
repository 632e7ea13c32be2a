"""Addresses of duplicates and merges."""

from django.urls import path

from contacts.views import duplicates, merge

urlpatterns = [
    path("duplicates", duplicates.index, name="duplicates"),
    path("duplicates/scan", duplicates.start, name="duplicates_scan"),
    path("duplicates/scan/<id:pk>", duplicates.progress, name="duplicates_progress"),
    path("duplicates/scan/<id:pk>/cancel", duplicates.cancel, name="duplicates_cancel"),
    path("duplicates/reject", duplicates.reject, name="duplicates_reject"),
    path("duplicates/unreject", duplicates.unreject, name="duplicates_unreject"),
    path("<id:pk>/duplicates", duplicates.hint, name="duplicates_hint"),
    path("merge", merge.merge, name="merge"),
    path("merge/run", merge.run, name="merge_run"),
    path("merges", merge.merges, name="merges"),
    path("merges/<id:pk>", merge.merged, name="merged"),
    path("merges/<id:pk>/undo", merge.unmerge, name="unmerge"),
]
