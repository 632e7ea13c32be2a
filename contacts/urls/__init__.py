"""/l/<location>/contacts/…: lists first, records last, so that words win over ids."""

from contacts.urls import businesses, documents, duplicates, imports, lists, records

app_name = "contacts"
urlpatterns = (
    lists.urlpatterns
    + imports.urlpatterns
    + businesses.urlpatterns
    + duplicates.urlpatterns
    + documents.urlpatterns
    + records.urlpatterns
)
