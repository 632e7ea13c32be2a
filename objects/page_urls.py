"""/l/<location>/objects/…: associations on any record, and the records of custom objects."""

from django.urls import URLPattern, path

from objects.views import record, records, relations

app_name = "objects"
urlpatterns: list[URLPattern] = [
    path("relations/<id:pk>", relations.panel, name="relations"),
    path("relations/companies/<id:pk>", relations.panel, {"kind": "business"}, name="business_relations"),
    path("relations/<str:kind>/<id:pk>", relations.panel, name="record_relations"),
    path("relations/<str:kind>/<id:pk>/add", relations.add, name="relation_add"),
    path("relations/<str:kind>/<id:pk>/options", relations.options, name="relation_options"),
    path("relations/<str:kind>/<id:pk>/remove", relations.remove, name="relation_remove"),
    path("relations/<str:kind>/<id:pk>/restore", relations.restore, name="relation_restore"),
    path("<id:schema>", records.index, name="records"),
    path("<id:schema>/new", records.create, name="record_create"),
    path("<id:schema>/filter", records.filter_, name="record_filter"),
    path("<id:schema>/columns", records.columns, name="record_columns"),
    path("<id:schema>/export", records.export, name="record_export"),
    path("<id:schema>/trash", records.trash, name="record_trash"),
    path("records/<id:pk>", record.show, name="record"),
    path("records/<id:pk>/activity", record.activity, name="record_activity"),
    path("records/<id:pk>/name", record.name, name="record_name"),
    path("records/<id:pk>/owner", record.assign, name="record_assign"),
    path("records/<id:pk>/followers/<slug:deed>", record.follow, name="record_follow"),
    path("records/<id:pk>/delete", record.delete, name="record_delete"),
    path("records/<id:pk>/fields/<id:field>", record.change, name="record_field"),
    path("records/<id:pk>/fields/<id:field>/files", record.files, name="record_files"),
    path("records/<id:pk>/fields/<id:field>/files/<id:file>", record.file, name="file"),
]
