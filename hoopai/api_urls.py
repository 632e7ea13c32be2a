"""The table of API routes, gathered from each app. The URL is not the owner: ownership follows the data."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
