"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from objects.views import fields, folders, values

urlpatterns = [
    path("fields", fields.index, name="fields"),
    path("fields/new", fields.create, name="field_create"),
    path("fields/preview", fields.preview, name="field_preview"),
    path("fields/option", fields.option, name="field_option"),
    path("fields/order", fields.order, name="fields_order"),
    path("fields/<id:pk>", fields.edit, name="field_edit"),
    path("fields/<id:pk>/delete", fields.delete, name="field_delete"),
    path("folders/new", folders.create, name="folder_create"),
    path("folders/order", folders.order, name="folders_order"),
    path("folders/<id:pk>/rename", folders.rename, name="folder_rename"),
    path("folders/<id:pk>/delete", folders.delete, name="folder_delete"),
    path("values", values.index, name="values"),
    path("values/new", values.create, name="value_create"),
    path("values/<id:pk>", values.edit, name="value_edit"),
    path("values/<id:pk>/delete", values.delete, name="value_delete"),
]
