"""Where everything is mounted: pages under /l/<location>/, /account/, /admin/ and short prefixes; the API at the root."""

from django.contrib import admin
from django.urls import include, path, register_converter

from api import reference
from core.ids import IdConverter
from hoopai import api_urls, operations, problems, views
from oauth.views.consent import choose_location

register_converter(IdConverter, "id")

pages = [
    path("", views.home, name="home"),
    path("account/", include("accounts.urls")),
    path("l/<id:location>/", views.location_home, name="location_home"),
    path("l/<id:location>/contacts/", include("contacts.urls")),
    path("l/<id:location>/settings/", include("hoopai.settings_urls")),
    path("l/<id:location>/palette", views.palette, name="palette"),
    path("styleguide", views.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("oauth/chooselocation", choose_location, name="choose_location"),
    path("v2/oauth/chooselocation", choose_location),
    path("docs/api", reference.reference, name="api_docs"),
    path("docs/api/openapi.json", reference.openapi, name="openapi"),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
]

urlpatterns = pages + api_urls.urlpatterns
handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
