"""/l/<location>/settings/…: one page per concept, each owned by its app."""

from django.urls import URLPattern, URLResolver

app_name = "settings"
urlpatterns: list[URLPattern | URLResolver] = []
