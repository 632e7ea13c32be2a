"""Where everything is mounted: pages under /l/<location>/, /account/, /admin/ and short prefixes; the API at the root."""

from django.contrib import admin
from django.urls import include, path, register_converter

from accounts.views import sso
from api import reference
from core.ids import IdConverter
from domains.views import asked
from hoopai import api_urls, operations, problems, views
from integrations.views.connecting import callback
from notifications.views import preferences
from oauth.views.consent import choose_location
from privacy.views import copies
from support.views import hold

register_converter(IdConverter, "id")

pages = [
    path("", views.home, name="home"),
    path("account/notifications", preferences.of_account, name="account_notifications"),
    path("account/notifications/stop/<str:token>", preferences.stop, name="stop_mail"),
    path("account/on-hold", hold.notice, name="on_hold"),
    path("account/on-hold/reply/<id:pk>", hold.reply, name="on_hold_reply"),
    path("account/on-hold/file/<id:pk>", hold.file, name="on_hold_file"),
    path("data-copy/<str:token>", copies.show, name="data_copy"),
    path("data-copy/<str:token>/<id:place>/start", copies.start, name="data_copy_start"),
    path("data-copy/<str:token>/<id:place>/<id:pk>", copies.file, name="data_copy_file"),
    path("", include("onboarding.public_urls")),
    path("account/integrations/<slug:provider>/back", callback, name="integration_callback"),
    path("account/", include("accounts.urls")),
    path("saml/acs", sso.assertion, name="saml_acs"),
    path("saml/metadata.xml", sso.metadata, name="saml_metadata"),
    path("agency/", include("accounts.agency_urls")),
    path("l/<id:location>/", views.location_home, name="location_home"),
    path("l/<id:location>/contacts/", include("contacts.urls")),
    path("l/<id:location>/opportunities/", include("opportunities.urls")),
    path("l/<id:location>/objects/", include("objects.page_urls")),
    path("l/<id:location>/settings/", include("hoopai.settings_urls")),
    path("l/<id:location>/notifications/", include("notifications.urls")),
    path("l/<id:location>/start/", include("onboarding.urls")),
    path("l/<id:location>/palette", views.palette, name="palette"),
    path("styleguide", views.styleguide, name="styleguide"),
    path("billing/", include("billing.urls")),
    path("sandbox/", include("billing.sandbox_urls")),
    path("admin/", admin.site.urls),
    path("oauth/chooselocation", choose_location, name="choose_location"),
    path("v2/oauth/chooselocation", choose_location),
    path("docs/api", reference.reference, name="api_docs"),
    path("docs/api/openapi.json", reference.openapi, name="openapi"),
    path("internal/certificates", asked.may_have_certificate, name="certificates"),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
]

urlpatterns = pages + api_urls.urlpatterns
handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
