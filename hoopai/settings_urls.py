"""/l/<location>/settings/…: one page per concept, each owned by its app."""

from django.urls import URLPattern, URLResolver, path

import accounts.settings_urls
import billing.settings_urls
import contacts.urls.scoring
import contacts.urls.tags
import contacts.urls.teams
import domains.settings_urls
import integrations.settings_urls
import oauth.settings_urls
import objects.urls
import onboarding.settings_urls
import opportunities.settings_urls
import privacy.settings_urls
import support.settings_urls
import webhooks.settings_urls
from hoopai import audit, views

app_name = "settings"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.settings_index, name="index"),
    path("audit", audit.log, name="audit"),
    path("audit/<id:pk>", audit.entry, name="audit_entry"),
    path("audit.csv", audit.export, name="audit_export"),
    *accounts.settings_urls.urlpatterns,
    *billing.settings_urls.urlpatterns,
    *oauth.settings_urls.urlpatterns,
    *webhooks.settings_urls.urlpatterns,
    *integrations.settings_urls.urlpatterns,
    *domains.settings_urls.urlpatterns,
    *objects.urls.urlpatterns,
    *contacts.urls.scoring.urlpatterns,
    *contacts.urls.tags.urlpatterns,
    *contacts.urls.teams.urlpatterns,
    *opportunities.settings_urls.urlpatterns,
    *privacy.settings_urls.urlpatterns,
    *support.settings_urls.urlpatterns,
    *onboarding.settings_urls.urlpatterns,
]
