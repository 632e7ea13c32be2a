"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from objects.views import associations, fields, folders, schemas, values

urlpatterns = [
    path("associations", associations.index, name="associations"),
    path("associations/new", associations.create, name="association_create"),
    path("associations/<id:pk>", associations.edit, name="association_edit"),
    path("associations/<id:pk>/delete", associations.delete, name="association_delete"),
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
    path("fields/deleted", fields.deleted, name="fields_deleted"),
    path("fields/<id:pk>/restore", fields.restore, name="field_restore"),
    path("objects", schemas.index, name="objects"),
    path("objects/new", schemas.create, name="object_create"),
    path("objects/deleted/<id:pk>/restore", schemas.restore, name="object_restore"),
    path("objects/deleted/<id:pk>/purge", schemas.purge, name="object_purge"),
    path("objects/<str:key>", schemas.edit, name="object_edit"),
    path("objects/<str:key>/delete", schemas.delete, name="object_delete"),
    path("values/folders/new", values.folder_create, name="value_folder_create"),
    path("values/folders/<id:pk>/rename", values.folder_rename, name="value_folder_rename"),
    path("values/folders/<id:pk>/delete", values.folder_delete, name="value_folder_delete"),
    path("values", values.index, name="values"),
    path("values/new", values.create, name="value_create"),
    path("values/<id:pk>", values.edit, name="value_edit"),
    path("values/<id:pk>/delete", values.delete, name="value_delete"),
]
