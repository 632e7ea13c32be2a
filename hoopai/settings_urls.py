"""/l/<location>/settings/…: one page per concept, each owned by its app."""

from django.urls import URLPattern, URLResolver, path

import accounts.settings_urls
import contacts.urls.tags
import oauth.settings_urls
import objects.urls
from hoopai import audit, views

app_name = "settings"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.settings_index, name="index"),
    path("audit", audit.log, name="audit"),
    path("audit.csv", audit.export, name="audit_export"),
    *accounts.settings_urls.urlpatterns,
    *oauth.settings_urls.urlpatterns,
    *objects.urls.urlpatterns,
    *contacts.urls.tags.urlpatterns,
]
