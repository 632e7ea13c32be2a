"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from support.views import hipaa, tickets

urlpatterns = [
    path("security/hipaa", hipaa.show, name="hipaa"),
    path("security/hipaa/on", hipaa.switch_on, name="hipaa_on"),
    path("security/hipaa/agreement", hipaa.agreement, name="hipaa_agreement"),
    path("security/hipaa/providers", hipaa.provider, name="hipaa_provider"),
    path("support", tickets.index, name="support"),
    path("support/new", tickets.create, name="ticket_create"),
    path("support/<id:pk>", tickets.show, name="ticket"),
    path("support/<id:pk>/solve", tickets.solve, name="ticket_solve"),
    path("support/<id:pk>/access", tickets.withdraw, name="ticket_withdraw"),
    path("support/file/<id:pk>", tickets.file, name="ticket_file"),
]
