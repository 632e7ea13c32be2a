"""Addresses of companies."""

from django.urls import path

from contacts.views import business_panels, business_trash, businesses

urlpatterns = [
    path("companies", businesses.index, name="businesses"),
    path("companies/columns", businesses.columns, name="business_columns"),
    path("companies/trash", business_trash.index, name="businesses_trash"),
    path("companies/trash/<id:pk>/restore", business_trash.restore, name="business_restore"),
    path("companies/trash/<id:pk>/purge", business_trash.purge, name="business_purge"),
    path("companies/new", businesses.create, name="business_create"),
    path("companies/<id:pk>", businesses.show, name="business"),
    path("companies/<id:pk>/edit", businesses.edit, name="business_edit"),
    path("companies/<id:pk>/delete", businesses.delete, name="business_delete"),
    path("companies/<id:pk>/contacts/add", businesses.add_contacts, name="business_add"),
    path("companies/<id:pk>/contacts/remove", businesses.remove_contact, name="business_remove"),
    path("companies/<id:pk>/activity", business_panels.activity, name="business_activity"),
    path("companies/<id:pk>/tasks", business_panels.tasks, name="business_tasks"),
    path("companies/<id:pk>/notes", business_panels.notes, name="business_notes"),
]
