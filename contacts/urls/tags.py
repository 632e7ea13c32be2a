"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from contacts.views import tags

urlpatterns = [
    path("tags", tags.index, name="tags"),
    path("tags/new", tags.create, name="tag_create"),
    path("tags/<id:pk>/rename", tags.rename, name="tag_rename"),
    path("tags/<id:pk>/merge", tags.merge, name="tag_merge"),
    path("tags/<id:pk>/delete", tags.delete, name="tag_delete"),
]
