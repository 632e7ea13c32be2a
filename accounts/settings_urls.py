"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from accounts.views import location_settings

urlpatterns = [
    path("profile", location_settings.business_profile, name="profile"),
    path("people", location_settings.people, name="people"),
    path("people/<id:pk>", location_settings.access, name="access"),
    path("people/<id:pk>/unlock", location_settings.unlock, name="unlock"),
]
