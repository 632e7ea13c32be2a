"""/l/<location>/contacts/…: lists first, records last, so that words win over ids."""

from contacts.urls import businesses, imports, lists, records

app_name = "contacts"
urlpatterns = lists.urlpatterns + imports.urlpatterns + businesses.urlpatterns + records.urlpatterns
