"""Addresses of the documents of a contact."""

from django.urls import path

from contacts.views import documents

urlpatterns = [
    path("<id:pk>/documents", documents.panel, name="documents"),
    path("<id:pk>/documents/upload", documents.upload, name="document_upload"),
    path("<id:pk>/documents/<id:document>/preview", documents.preview, name="document_preview"),
    path("<id:pk>/documents/<id:document>/view", documents.view, name="document_view"),
    path("<id:pk>/documents/<id:document>/download", documents.download, name="document_download"),
    path("<id:pk>/documents/<id:document>/edit", documents.edit, name="document_edit"),
    path("<id:pk>/documents/<id:document>/versions", documents.versions, name="document_versions"),
    path("<id:pk>/documents/<id:document>/show", documents.show_version, name="document_show_version"),
    path("<id:pk>/documents/<id:document>/remove", documents.remove, name="document_remove"),
    path("<id:pk>/documents/<id:document>/restore", documents.restore, name="document_restore"),
]
