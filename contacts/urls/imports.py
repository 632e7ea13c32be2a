"""Addresses of imports."""

from django.urls import path

from contacts.views import import_steps, imports

urlpatterns = [
    path("imports", imports.index, name="imports"),
    path("imports/new", import_steps.upload, name="import_upload"),
    path("imports/<id:pk>", imports.show, name="import"),
    path("imports/<id:pk>/reading", import_steps.reading, name="import_reading"),
    path("imports/<id:pk>/map", import_steps.columns, name="import_map"),
    path("imports/<id:pk>/duplicates", import_steps.duplicates, name="import_duplicates"),
    path("imports/<id:pk>/preferences", import_steps.preferences, name="import_preferences"),
    path("imports/<id:pk>/check", imports.check, name="import_check"),
    path("imports/<id:pk>/progress", imports.progress, name="import_progress"),
    path("imports/<id:pk>/start", imports.start, name="import_start"),
    path("imports/<id:pk>/resume", imports.resume, name="import_resume"),
    path("imports/<id:pk>/cancel", imports.cancel, name="import_cancel"),
    path("imports/<id:pk>/undo", imports.undo, name="import_undo"),
    path("imports/<id:pk>/discard", imports.discard, name="import_discard"),
    path("imports/<id:pk>/rejected", imports.rejected, name="import_rejected"),
]
