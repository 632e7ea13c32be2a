"""Addresses of companies."""

from django.urls import path

from contacts.views import businesses

urlpatterns = [
    path("companies", businesses.index, name="businesses"),
    path("companies/new", businesses.create, name="business_create"),
    path("companies/<id:pk>", businesses.show, name="business"),
    path("companies/<id:pk>/edit", businesses.edit, name="business_edit"),
    path("companies/<id:pk>/delete", businesses.delete, name="business_delete"),
    path("companies/<id:pk>/contacts/add", businesses.add_contacts, name="business_add"),
    path("companies/<id:pk>/contacts/remove", businesses.remove_contact, name="business_remove"),
    path("companies/<id:pk>/activity", businesses.activity, name="business_activity"),
]
