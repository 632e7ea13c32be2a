"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from integrations.views import connecting, messages, overview

urlpatterns = [
    path("integrations", overview.index, name="integrations"),
    path("integrations/<slug:provider>", overview.show, name="integration"),
    path("integrations/<slug:provider>/log", overview.log, name="integration_log"),
    path("integrations/<slug:provider>/connect", connecting.connect, name="integration_connect"),
    path("integrations/<slug:provider>/disconnect", connecting.disconnect, name="integration_disconnect"),
    path("integrations/<slug:provider>/messages/<slug:happening>", messages.edit, name="integration_message"),
    path("integrations/<slug:provider>/messages/<slug:happening>/test", messages.test, name="integration_test"),
]
