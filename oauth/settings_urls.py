"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from oauth.views import private_integrations

urlpatterns = [
    path("private-integrations", private_integrations.index, name="private_integrations"),
    path("private-integrations/new", private_integrations.create, name="private_integration_create"),
    path("private-integrations/<id:pk>/rotate", private_integrations.rotate, name="private_integration_rotate"),
    path("private-integrations/<id:pk>/revoke", private_integrations.revoke, name="private_integration_revoke"),
    path("private-integrations/apps/<id:pk>/remove", private_integrations.remove_app, name="app_remove"),
]
